# %%
import os

import openai

client = openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"])
prompt = open("handbook.md").read()

# %%
scores = {}
for text in ["Dear Sir", "hi", "Moin!"]:
    r = client.chat.completions.create(
        model="anthropic/claude-sonnet-5.5", messages=[{"role": "system", "content": prompt}, {"role": "user", "content": text}]
    )
    scores[text] = r.choices[0].message.content

# %%
for text, score in scores.items():
    print(text, score)
