# %%
import anthropic

client = anthropic.Anthropic()

# %%
texts = open("questions.txt").read().splitlines()
SYSTEM = "Classify the report as one of: defect, delay, fine. Answer with the label only."

# %%
labels = []
for t in texts:
    r = client.messages.create(
        model="claude-opus-4-7",
        max_tokens=5,
        system=SYSTEM,
        messages=[{"role": "user", "content": t}],
    )
    labels.append(r.content[0].text)
print(labels)
