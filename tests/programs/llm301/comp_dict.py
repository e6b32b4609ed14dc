# expects: bill at most 0.5
"""A dict comprehension: the key is the item."""

import anthropic

client = anthropic.Anthropic()


def glossary(words: set[str]) -> dict[str, str]:
    return {
        word: client.messages.create(
            model="claude-haiku-5-5", max_tokens=30, messages=[{"role": "user", "content": f"Define: {word}"}]
        ).content[0].text
        for word in words
    }


found = glossary({"tide", "ebb", "quay", "sloop", "keel"})
for word in sorted(found):
    print(word, "=", found[word])
