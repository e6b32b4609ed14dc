# expects: bill at most 0.51
"""A loop that ends once enough was found, which no batch could do: its calls go to the flex tier."""

import openai

client = openai.OpenAI()
TICKETS = ["the lamp is broken", "where is my parcel?", "thank you", "the bill is wrong", "goodbye", "one more thing"]


def label(ticket):
    response = client.chat.completions.create(
        model="gpt-5-mini",
        messages=[{"role": "user", "content": f"Label this: {ticket}"}],
    )
    return response.choices[0].message.content


labels = []
for ticket in TICKETS:
    labels.append(label(ticket))
    if sum(map(len, labels)) > 10_000:
        break
print(*labels, sep="\n")
