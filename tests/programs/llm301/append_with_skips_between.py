# expects: bill at most 0.5
"""Items with and without a call add to one list, some of them twice: those without wait for the items ahead, and the rows keep their order."""

import time

import anthropic

client = anthropic.Anthropic()
LETTERS = ["Dear all", "", "The mill is sold", "skip me", "Send flour", "Rain again"] * 2


def rate(letter):
    if not letter:
        return "empty"
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": letter}])
    return message.content[0].text


def rate_all(letters):
    rows = []
    long = 0
    for number, letter in enumerate(letters):
        if letter.startswith("skip"):
            rows.append({"number": number, "skipped": True})
            continue
        grade = rate(letter)
        rows.append({"number": number, "grade": grade})
        if len(letter) > 9:
            long += 1
            rows.extend([{"number": number, "long": True}])
        print(f"{number}: {grade}")
        time.sleep(0.01)

    print(long)
    return rows


for row in rate_all(LETTERS):
    print(row)
