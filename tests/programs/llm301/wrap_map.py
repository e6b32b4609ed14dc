# expects: bill at most 0.5
"""The builtin map, used up by a list and by a loop."""

import anthropic

client = anthropic.Anthropic()


def polish(sentence, tone):
    response = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=30,
        messages=[{"role": "user", "content": f"Make this {tone}: {sentence}"}],
    )
    return response.content[0].text


SENTENCES = ["come here", "go away", "sit down", "stand up"] * 3
TONES = ["kind", "formal", "short", "long"] * 3
for text in map(polish, SENTENCES, TONES):
    print(text)
