"""Pulls the fields of an order out of a mail."""

import json

import anthropic

import config

client = anthropic.Anthropic()
INSTRUCTIONS = """Extract the fields of the order from the mail. Return only a JSON object:
{"number": "...", "customer": "...", "total": "..."}
Use null for fields that are missing."""


def extract_order(mail: str) -> dict:
    response = client.messages.create(
        model=config.MODELS["extract"],
        max_tokens=120,
        system=INSTRUCTIONS,
        messages=[{"role": "user", "content": mail}],
    )
    return json.loads(response.content[0].text)


for mail in open("questions.txt").read().splitlines():
    print(extract_order(mail))
