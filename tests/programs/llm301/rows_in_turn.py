# expects: bill at most 0.5
"""Rows of items with one call, two or none, saved as they grow: each item finds those ahead of it in their order."""

import json
from pathlib import Path

import anthropic

client = anthropic.Anthropic()
SAVED = Path("sheets.json")
LABELS = ["Salix alba", "", "Carex nigra agg.", "?", "Poa annua", "", "Iris", "Trifolium repens, white", ""] * 3


def ask(text):
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": text}])
    return message.content[0].text


def note(number, text):
    with open("notes.txt", "a") as notes:
        notes.write(f"{number}: {text}\n")


def name_all():
    rows = []
    for number, label in enumerate(LABELS):
        # Nothing to read.
        if not label:
            note(number, f"no label, behind {len(rows)} rows")
            rows.append({"number": number})
            continue
        if label == "?":
            answer = "unknown"
        else:
            answer = ask(f"Which plant is {label}?")
            if len(label) > 12:
                answer += ask(f"Is {label} rare?")
        rows.append({"number": number, "answer": answer})
        note(number, answer)
        if len(rows) % 5 == 0:
            SAVED.write_text(json.dumps(rows))
            print(number, "saved", len(rows))
    return rows


for row in name_all():
    print(row)
print(SAVED.read_text())
print(Path("notes.txt").read_text())
