# expects: bill at most 0.05
"""Sorts tickets with the largest model there is."""

import anthropic

client = anthropic.Anthropic()
PROMPT = "Classify the ticket as one of: billing, booking, lost property, praise. Answer with the label only."


def classify(ticket: str) -> str:
    response = client.messages.create(
        model="claude-opus-5-5",
        max_tokens=10,
        system=PROMPT,
        messages=[{"role": "user", "content": ticket}],
    )
    return response.content[0].text


with open("questions.txt", encoding="utf-8") as tickets:
    for ticket in tickets:
        print(ticket.strip(), classify(ticket))
