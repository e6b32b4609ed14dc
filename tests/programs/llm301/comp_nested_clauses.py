# expects: bill at most 0.5
"""Each language for each page, in one comprehension with two clauses."""

import anthropic

client = anthropic.Anthropic()
PAGES = {"home": "Welcome to the shop.", "about": "We sell tea.", "jobs": "We look for a taster."}


def translate(languages):
    return {
        (name, language): client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=40,
            messages=[{"role": "user", "content": f"Translate to {language}: {text}"}],
        ).content[0].text
        for name, text in PAGES.items()
        for language in languages
    }


for key, text in translate(["de", "fi", "cy", "et"]).items():
    print(*key, text)
