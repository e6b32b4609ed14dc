# expects: same bill
# %%
import anthropic

client = anthropic.Anthropic()
style = [{"type": "text", "text": "Answer like a conductor.", "cache_control": {"type": "ephemeral"}}]

# %%
r = client.messages.create(model="claude-sonnet-5-5", max_tokens=99, system=style, messages=[{"role": "user", "content": "What time is it?"}])
print(r.content[0].text)
