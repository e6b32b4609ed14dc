# expects: fails before with BadRequestError
"""A dict with five marks."""

import anthropic

request = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 40,
    "system": [
        {"type": "text", "text": "A.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "B.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "C.", "cache_control": {"type": "ephemeral"}},
    ],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "D?", "cache_control": {"type": "ephemeral"}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "D!", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": "E?"},
    ],
}
print(anthropic.Anthropic().messages.create(**request).content[0].text)
