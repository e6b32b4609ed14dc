# fixes: LLM105 unsafe
"""A chat in a global list: the moment ahead of it keeps each turn from reading the one before."""

import itertools
import time

import anthropic

client = anthropic.Anthropic()
seconds = itertools.count()
turns: list[dict] = []


def say(text: str) -> None:
    turns.append({"role": "user", "content": text})
    moment = time.strftime("%H:%M:%S", time.localtime(time.time() + next(seconds)))
    reply = client.messages.create(
        model="claude-haiku-5-5", max_tokens=300, system=f"You guide visitors. It is now {moment}.", messages=turns
    )
    turns.append({"role": "assistant", "content": reply.content[0].text})
    print(len(turns))


say(open("handbook.md").read() + "\nWhich chapter is the longest?")
for text in ("And the shortest?", "Put both in one sentence.", "In Danish.", "Without commas.", "Thank you."):
    say(text)
