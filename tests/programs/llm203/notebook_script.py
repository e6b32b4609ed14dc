# %%
from openai import OpenAI

ai = OpenAI()

# %%
for q in ["Why do trains squeal?", "Why do doors beep?"]:
    print(ai.responses.create(model="gpt-5.6-sol", input=q).output_text)
