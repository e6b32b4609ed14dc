# expects: bill at most 0.5
"""Few questions for each of many documents: the loop over questions stands in the function that the loop over documents calls."""

import anthropic

client = anthropic.Anthropic()
QUESTIONS = ("Who?", "Where?", "Why?")
STORIES = ["The keeper left the lamp on.", "A goat ate the map.", "Nobody came to the fair.", "Snow fell in May.", "The well ran dry."]


def facts_of(story):
    facts = {}
    for question in QUESTIONS:
        message = client.messages.create(
            model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": f"{story}\n{question}"}]
        )
        facts[question] = message.content[0].text
        print(" ", question, len(facts[question]))
    return facts


for story in STORIES:
    print(story)
    facts = facts_of(story)
    print(sorted(facts.items()))
