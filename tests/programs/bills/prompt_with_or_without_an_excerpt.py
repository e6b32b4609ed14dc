# fixes: safe
"""A function returns the rules alone or behind an excerpt; all calls have one."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()


def prompt_for(excerpt: str | None) -> str:
    if excerpt is None:
        return RULES
    return f"Excerpt: {excerpt}\n\n{RULES}"


def ask(question: str, excerpt: str | None = None) -> str:
    answer = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=80, system=prompt_for(excerpt), messages=[{"role": "user", "content": question}]
    )
    return answer.content[0].text


for number, question in enumerate(open("questions.txt").read().splitlines()[:5]):
    print(ask(question, RULES[number * 40 : number * 40 + 200]))
