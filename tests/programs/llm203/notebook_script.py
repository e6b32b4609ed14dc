# %%
from openai import OpenAI

ai = OpenAI()

# %%
for q in ["Why do trains squeal?", "Why do doors beep?"]:
    print(ai.responses.create(model="gpt-5.5", input=q).output_text)
