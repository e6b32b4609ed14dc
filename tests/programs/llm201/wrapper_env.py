"""A helper that takes the model from the environment."""

import os

import anthropic


def complete(prompt, **options):
    client = anthropic.Anthropic()
    response = client.messages.create(
        model=os.environ.get("PLANNER_MODEL", "claude-opus-5-5"),
        max_tokens=options.get("max_tokens", 200),
        messages=[{"role": "user", "content": prompt}],
    )
    return response.content[0].text


print(complete("Invent a name for a night train, and argue for it."))
print(complete("Which line should we close, and what follows from it?", max_tokens=90))
