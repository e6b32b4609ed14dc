# expects: bill at most 0.5
"""Rows of a file, which is open while the loop runs."""

import csv

import anthropic

client = anthropic.Anthropic()

with open("rows.csv", "w", newline="") as out:
    csv.writer(out).writerows([["id", "text"], ["a", "red shoes"], ["b", "blue coat"], ["c", "green hat"], ["d", "grey scarf"]])

labelled = []
with open("rows.csv", newline="") as file:
    for row in csv.DictReader(file):
        response = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=10,
            messages=[{"role": "user", "content": "Answer with one of: shoe, coat, hat. " + row["text"]}],
        )
        labelled.append({**row, "label": response.content[0].text})
print(labelled)
