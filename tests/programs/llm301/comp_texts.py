# expects: bill at most 0.5
"""One answer a line, by a list comprehension."""

import anthropic

client = anthropic.Anthropic()
WORDS = ["harbour", "lantern", "meadow", "orchard", "saddle", "thimble", "urn", "violet", "window", "yarn"]

answers = [
    client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=40,
        messages=[{"role": "user", "content": f"Define the word {word} in six words."}],
    )
    .content[0]
    .text
    for word in WORDS
]
print("\n".join(answers))
