# expects: bill at most 0.5
"""The plain loop."""

import anthropic

client = anthropic.Anthropic()

reviews = ["It broke.", "It works.", "It hums.", "It fell apart.", "It shines."]
labels = []
for review in reviews:
    response = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=10,
        messages=[{"role": "user", "content": f"Answer with one of: praise, complaint. {review}"}],
    )
    labels.append(response.content[0].text)
print(labels)
