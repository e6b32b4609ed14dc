# expects: bill at most 0.5
"""A helper that nothing else uses, and a comment that is in the way."""

import anthropic
from concurrent.futures import ThreadPoolExecutor

client = anthropic.Anthropic()


# Asks for a date.
def _date(letter):
    prompt = f"When was this written? {letter}"
    message = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=15,
        messages=[{"role": "user", "content": prompt}],
    )
    return message.content[0].text


def dates(letters):
    with ThreadPoolExecutor() as pool:
        # One a letter.
        found = list(pool.map(_date, letters))
        print(len(found))

        return found


print(dates(["Dear Ana", "Dear Ben", "Dear Cleo", "Dear Dan"]))
