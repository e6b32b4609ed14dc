"""A helper adds the name of the clerk in front of everything."""

import anthropic

client = anthropic.Anthropic()
GUIDE = open("handbook.md").read()


def complete(clerk: str, prompt: str) -> str:
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=70,
        system=f"The clerk on duty is {clerk}.\n\n{GUIDE}",
        messages=[{"role": "user", "content": prompt}],
    )
    return response.content[0].text


for line in open("questions.txt"):
    clerk, question = line.split(" ", 1)
    print(clerk, complete(clerk, question))
