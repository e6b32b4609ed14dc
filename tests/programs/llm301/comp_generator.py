# expects: bill at most 0.5
"""Items that can be gone through only once, and a generator that is used up at once."""

import anthropic

client = anthropic.Anthropic()


def names(lines):
    for line in lines:
        yield line.strip().title()


def slogans(lines):
    return " | ".join(
        f"{name}: " + client.messages.create(
            model="claude-haiku-5-5", max_tokens=25, messages=[{"role": "user", "content": f"A slogan for {name}"}]
        ).content[0].text
        for name in names(lines)
    )


print(slogans(iter(["acme \n", " bolt\n", "crane\n", "drill\n"])))
