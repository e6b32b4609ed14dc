# expects: same bill
"""The marked block is a short f-string of constants."""

import anthropic

COMPANY = "Fernweh"
client = anthropic.Anthropic()
with client.messages.stream(
    model="claude-opus-5-5",
    max_tokens=60,
    system=[{"type": "text", "text": f"You write for {COMPANY}.", "cache_control": {"type": "ephemeral"}}],
    messages=[{"role": "user", "content": "A slogan, please."}],
) as stream:
    print(stream.get_final_text())
