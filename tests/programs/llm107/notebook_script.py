# expects: fails before with BadRequestError
# %%
import anthropic

client = anthropic.Anthropic()
shots = [{"role": "user", "content": [{"type": "text", "text": "2+2", "cache_control": {"type": "ephemeral"}}]}, {"role": "assistant", "content": [{"type": "text", "text": "4", "cache_control": {"type": "ephemeral"}}]}, {"role": "user", "content": [{"type": "text", "text": "3+3", "cache_control": {"type": "ephemeral"}}]}, {"role": "assistant", "content": [{"type": "text", "text": "6", "cache_control": {"type": "ephemeral"}}]}, {"role": "user", "content": [{"type": "text", "text": "4+4", "cache_control": {"type": "ephemeral"}}]}]

# %%
print(client.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=shots).content[0].text)
