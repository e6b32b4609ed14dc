# expects: bill at most 0.5
"""The helper puts the request together in steps; one of its parameters is only for the answer."""

import anthropic

client = anthropic.Anthropic()
SYSTEM = "You are a clerk."


def summarise(document, label):
    text = document["text"].strip()
    if len(text) > 40:
        text = text[:40] + "..."
    content = [{"type": "text", "text": text}]
    for note in document["notes"]:
        content.append({"type": "text", "text": f"Note: {note}"})
    response = client.messages.create(
        model="claude-haiku-5-5", max_tokens=30, system=SYSTEM, messages=[{"role": "user", "content": content}]
    )
    return f"[{label}] {response.content[0].text}"


documents = [
    {"text": " The roof leaks. ", "notes": []},
    {"text": "The lift is slow and stops between the third floor and the fourth.", "notes": ["since May", "twice"]},
    {"text": "The door sticks.", "notes": ["in winter"]},
    {"text": "The lamp is out.", "notes": []},
]
for number, document in enumerate(documents * 3):
    print(summarise(document, f"no. {number}"))
