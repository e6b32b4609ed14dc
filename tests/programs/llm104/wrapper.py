"""A helper that puts the top-level mark on whatever it sends."""

import anthropic

client = anthropic.Anthropic(max_retries=0)
BOOK = open("handbook.md").read()


def complete(prompt: str, limit: int = 100) -> str:
    """One turn."""
    result = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=limit,
        system=[{"type": "text", "text": BOOK}],
        messages=[{"role": "user", "content": prompt}],
        cache_control={"type": "ephemeral"},
    )
    return "".join(part.text for part in result.content)


def title(text: str) -> str:
    return complete(f"A title of 5 words for this case: {text}", limit=30)


def category(text: str) -> str:
    return complete(f"Answer with one of: refund, change, lost, other. The case: {text}", limit=10)


for case in open("questions.txt").read().split("\n")[:3]:
    print(title(case), "/", category(case))
