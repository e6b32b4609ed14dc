# %% [markdown]
# # Which answers need a second look?

# %%
import anthropic

client = anthropic.Anthropic()
model = "claude-sonnet-5-5"

# %%
guide = open("handbook.md").read()
len(guide)

# %%
drafts = [
    "You get the full price back, no matter what.",
    "Bicycles travel free of charge in every train.",
    "Please send us a copy of your passport.",
]

# %%
verdicts = []
for draft in drafts:
    r = client.messages.create(
        model=model, max_tokens=50, system=guide, messages=[{"role": "user", "content": "Check: " + draft}]
    )
    verdicts.append(r.content[0].text)

# %%
for draft, verdict in zip(drafts, verdicts):
    print(f"{draft!r}: {verdict}")
