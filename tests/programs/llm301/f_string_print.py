# expects: bill at most 0.51
"""Prints as it goes, and numbers what it prints."""

import anthropic

client = anthropic.Anthropic()
chapters = open("handbook.md").read().split("## ")[1:]

for number, chapter in enumerate(chapters, start=1):
    title, _, body = chapter.partition("\n")
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=80,
        messages=[{"role": "user", "content": f"Chapter {number}, {title}: what would a child ask?\n{body}"}],
    )
    print(f"{number}. {title}")
    print(f"   {message.content[0].text} ({message.usage.output_tokens})")
