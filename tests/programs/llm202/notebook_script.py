# %%
import openai

client = openai.OpenAI()

# %%
texts = open("questions.txt").read().splitlines()
SYSTEM = "Classify the report as one of: defect, delay, fine. Answer with the label only."

# %%
labels = []
for t in texts:
    r = client.chat.completions.create(
        model="gpt-6-astra",
        max_completion_tokens=5,
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": t}],
    )
    labels.append(r.choices[0].message.content)
print(labels)
