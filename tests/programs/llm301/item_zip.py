# expects: bill at most 0.5
"""Two lists side by side, and a name that the module uses already."""

import anthropic

requests = {"sent": 0}
client = anthropic.Anthropic()
NAMES = ["Ana", "Ben", "Cleo", "Dan"] * 3
TEXTS = ["Hello?", "Open?", "Lost it.", "Thanks!"] * 3

for name, text in zip(NAMES, TEXTS):
    message = client.messages.create(
        model='claude-haiku-5-5', max_tokens=20, messages=[{'role': 'user', 'content': f'{name}: {text}'}]
    )
    requests['sent'] += 1
    print(name, message.content[0].text)
print(requests)
