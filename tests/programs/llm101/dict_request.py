"""The request is built once as a dict and filled in for each question."""

import json
import sys

from anthropic import Anthropic

with open("handbook.md") as file:
    BOOK = file.read()

BASE = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 120,
    "system": BOOK,
}


def request_for(question: str, language: str) -> dict:
    request = {**BASE, "messages": [{"role": "user", "content": question}]}
    if language != "en":
        request["messages"].append({"role": "assistant", "content": "What language shall I use?"})
        request["messages"].append({"role": "user", "content": language})
    return request


def main() -> int:
    client = Anthropic()
    answers = {}
    for question, language in [("Is there wifi?", "en"), ("Gibt es WLAN?", "de"), ("Can I book a window?", "en")]:
        response = client.messages.create(**request_for(question, language))
        answers[question] = response.content[0].text
    json.dump(answers, sys.stdout, indent=2)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
