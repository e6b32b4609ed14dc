# expects: bill at most 0.5
"""Rows of a CSV file, of items with and without a call: each has its own rows, which are written in order. Failures are handled for each item."""

import csv

import anthropic

client = anthropic.Anthropic()
PLANTS = ["oak", "", "fern", "x" * 40, "moss", "reed"] * 2


def describe(plant):
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": plant}])
    return message.content[0].text


with open("plants.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["plant", "text"])
    for number, plant in enumerate(PLANTS):
        if not plant:
            writer.writerow([number, "-"])
            continue
        try:
            text = describe(plant)
        except Exception as error:
            writer.writerow([number, f"failed: {error}"])
            continue
        writer.writerows([[number, plant], [number, text]])
        file.flush()
        print(number, text)

with open("plants.csv") as file:
    print(file.read())
