# expects: fails before with BadRequestError
"""A helper that marks all that it gets."""

import anthropic

client = anthropic.Anthropic()


STYLE = "Be formal."


def ask(question, facts):
    response = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=60,
        system=[
            {"type": "text", "text": "You are a porter.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": STYLE, "cache_control": {"type": "ephemeral"}},
        ],
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Facts follow.", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": facts, "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": question, "cache_control": {"type": "ephemeral"}},
                ],
            }
        ],
    )
    return response.content[0].text


QUESTION, FACTS = open("questions.txt").read().splitlines()[:2]
print(ask(QUESTION, FACTS))
