# expects: bill at most 0.61
"""The helper is also called once on its own, and its answer is read in several steps."""

import json

import anthropic

client = anthropic.Anthropic()


# Words of a text, as the model counts them.
def count(text, *, unit="words"):
    # The limit is known.
    limit = len(text) * 2
    reply = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=20,
        system=f"Count {unit}, up to {limit}.",
        messages=[{"role": "user", "content": text}],  # only the text
    )
    found = reply.content[0].text
    if not found:
        return {"unit": unit, "found": None}
    return {"unit": unit, "found": json.dumps(found[:20])}  # short


print(count("a b c"))
texts = {"one": "x y", "two": "y z", "three": "z", "four": "w", "five": "v", "six": "u", "seven": "t", "eight": "s", "nine": "r", "ten": "q"}
counts = {name: count(text, unit="letters") for name, text in texts.items()}
print(json.dumps(counts, indent=1))
