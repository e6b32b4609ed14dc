# expects: fails before with BadRequestError
"""Five marks, and the API takes four."""

import anthropic

client = anthropic.Anthropic()
message = client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=60,
    system=[
        {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be right.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be calm.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be done.", "cache_control": {"type": "ephemeral"}},
    ],
    messages=[{"role": "user", "content": "Hello!"}],
)
print(message.content[0].text)
