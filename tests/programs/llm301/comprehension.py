# expects: bill at most 0.51
"""Labels in a comprehension."""

import anthropic

client = anthropic.Anthropic()

with open("questions.txt") as file:
    questions = file.read().splitlines()

labels = [
    client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=5,
        system="Answer with one of: ticket, luggage, animal, delay.",
        messages=[{"role": "user", "content": question}],
    )
    .content[0]
    .text
    for question in questions
]
print(dict(zip(questions, labels)))
