# expects: bill at most 0.5
"""The messages themselves are kept: text and usage are read later."""

from anthropic import Anthropic

MODEL = "claude-haiku-5-5"


def ask_all(client, questions):
    return [client.messages.create(model=MODEL, max_tokens=30, messages=[{"role": "user", "content": q}]) for q in questions]


answers = ask_all(Anthropic(), ["Why is the sea salt?", "Why is grass green?", "Why do cats purr?", "Why is ice cold?"])
for answer in answers:
    print(answer.role, answer.content[0].text, answer.stop_reason)
