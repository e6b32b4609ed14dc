"""An old Haiku, where its successor costs a tenth."""

import anthropic

MODEL = "claude-haiku-4-5"
client = anthropic.Anthropic()

for word in ["berth", "bunk", "couchette"]:
    message = client.messages.create(
        model=MODEL, max_tokens=60, messages=[{"role": "user", "content": f"Define {word} in 12 words."}]
    )
    print(message.content[0].text)
