# fixes: safe
"""The mark works where a text is passed, and must stay though the default is empty."""

import anthropic

client = anthropic.Anthropic()


def answer(question: str, background: str = "") -> str:
    system = "You answer letters." + (f"\nBackground:\n{background}" if background else "")
    reply = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=80,
        system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": question}],
    )
    return reply.content[0].text


background = open("handbook.md").read()
for line in open("questions.txt").read().splitlines()[:5]:
    print(answer(line, background))
