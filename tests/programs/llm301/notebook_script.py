# expects: bill at most 0.51
# %%
import anthropic

client = anthropic.Anthropic()
names = open("questions.txt").read().splitlines()

# %% ask
replies = []
for n in names:
    replies.append(client.messages.create(model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": n}]))

# %%
print(len(replies), sum(r.usage.output_tokens for r in replies))
for r in replies:
    print(r.stop_reason, r.content[0].text)
