# expects: bill at most 0.5
"""Empty lines are left out, and the line's number is kept with its answer."""

import anthropic

client = anthropic.Anthropic()
LINES = """the train was late

the soup was cold
the room was clean

the guide was kind
""".splitlines()


def mood(client, line):
    # One request a line.
    return [
        (number, client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=20,
            system="Answer with one of: good, bad.",
            messages=[{"role": "user", "content": line}],  # the line as it is
        ).content[0].text.upper())
        for number, line in enumerate(LINES, start=1)
        if line.strip()
    ]


for number, text in mood(client, LINES):
    print(f"{number}: {text}")
