# fixes: LLM105 unsafe
"""A helper sends the list; the loop that makes it longer also counts the rounds into the system prompt."""

import anthropic

client = anthropic.Anthropic()


def send(system: str, messages: list[dict]) -> str:
    return client.messages.create(model="claude-sonnet-5-5", max_tokens=300, system=system, messages=messages).content[0].text


def interview(questions: list[str]) -> None:
    messages: list[dict] = []
    number = 0
    for question in questions:
        number += 1
        messages.append({"role": "user", "content": question})
        messages.append({"role": "assistant", "content": send(f"Question {number} of {len(questions)}. Be brief.", messages)})
    print(len(messages))


interview([open("handbook.md").read() + "\nWho wrote this?", "For whom?", "When?", "Why so long?", "What is left out?"])
