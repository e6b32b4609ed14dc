# expects: fails before with NotFoundError
# %%
import anthropic

c = anthropic.Anthropic()

# %%
r = c.messages.create(
    model="claude-3-haiku-20240307", max_tokens=50, messages=[{"role": "user", "content": "Name a song about trains."}]
)
r.content[0].text

# %%
print(r.content[0].text)
