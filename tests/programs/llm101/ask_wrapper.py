"""Three jobs share one helper; the long instructions are handed to it."""

import os

import anthropic

HANDBOOK = open("handbook.md", encoding="utf-8").read()
MODEL = os.environ.get("SUPPORT_MODEL", "claude-sonnet-5-5")

_client = None


def get_client():
    global _client
    if _client is None:
        _client = anthropic.Anthropic()
    return _client


def ask(system, prompt, *, max_tokens=150):
    """One question, one answer."""
    response = get_client().messages.create(
        model=MODEL,
        max_tokens=max_tokens,
        system=system,
        messages=[{"role": "user", "content": prompt}],
    )
    return "".join(block.text for block in response.content if block.type == "text")


def draft(question):
    return ask(HANDBOOK, f"Draft an answer to: {question}")


def check(answer):
    return ask(HANDBOOK, f"Does this answer break a rule? {answer}", max_tokens=40)


def main():
    for question in ("Can I get off in Linz?", "Where is my suitcase?", "May my son travel alone?"):
        text = draft(question)
        print(text)
        print("  check:", check(text))


main()
