# %%
import datetime

import anthropic

client = anthropic.Anthropic()
text = open("handbook.md").read()

# %%
answers = []
for q in open("questions.txt").read().splitlines():
    r = client.messages.create(model="claude-sonnet-5-5", max_tokens=50, system=f"Now is {datetime.datetime.now()}.\n\n{text}", messages=[{"role": "user", "content": q}])
    answers.append(r.content[0].text)

# %%
print("\n".join(answers))
