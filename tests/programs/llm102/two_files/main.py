"""The rules come from another file, and the time from the clock."""

import datetime

import anthropic

from texts import RULES

client = anthropic.Anthropic()


def reply(case: str) -> str:
    now = datetime.datetime.now().isoformat()
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=60,
        system=f"Current time: {now}\n\n{RULES}",
        messages=[{"role": "user", "content": case}],
    )
    return message.content[0].text


with open("questions.txt") as cases:
    print(*(reply(case) for case in cases), sep="\n")
