# %%
from openai import OpenAI

client = OpenAI()
model = "gpt-6-astra"

# %%
r = client.responses.create(model=model, input="Compare three ways to cross the Alps by rail at night, and choose one.")
print(r.output_text)

# %%
print(client.responses.create(model=model, input="And which one would you never choose?").output_text)
