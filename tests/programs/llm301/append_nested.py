# expects: bill at most 0.5
"""A small loop inside: each question for each page."""

import anthropic

client = anthropic.Anthropic()
PAGES = ["Tea is grown in hills.", "Coffee is grown in shade.", "Salt is dug from mines.", "Silk is spun by moths."]
QUESTIONS = ("Where?", "What?")

answers = []
for number, page in enumerate(PAGES):
    title = page.split()[0]
    for question in QUESTIONS:
        response = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=30,
            messages=[{"role": "user", "content": f"{page} {question}"}],
        )
        answers.append((number, title, question))
        answers.append(response.content[0].text)
print(*answers, sep="\n")
