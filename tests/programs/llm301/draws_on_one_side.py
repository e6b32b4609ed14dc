# expects: bill at most 0.51
"""Draws of seeded generators, of one ahead of the call and of another behind it: each item has those that it has in the loop."""

import random

import anthropic

random.seed(3)
dice = random.Random(5)
client = anthropic.Anthropic()
SCOUTS = ["Ada", "Bo", "Cleo", "Dee", "Eli", "Fay"]
BADGES = ["oak", "ash", "elm", "fir"]
CAMPS = ["lake", "hill", "cave", "moor"]


def song(scout):
    badge = random.choice(BADGES)
    message = client.messages.create(
        model="claude-haiku-4-5",
        max_tokens=50,
        messages=[{"role": "user", "content": f"A song about {scout} and the badge of the {badge}"}],
    )
    return f"{badge}: {message.content[0].text}"


rows = []
for scout in SCOUTS:
    text = song(scout)
    rows.append((scout, text, dice.choice(CAMPS)))
print(*rows, sep="\n")
print(random.random(), dice.random())
