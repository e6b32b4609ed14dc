"""First steps for new cases."""

import anthropic

from toolbox import ALL

client = anthropic.Anthropic()


def first_step(case: str):
    answer = client.messages.create(
        model="claude-opus-5-5",
        max_tokens=200,
        tools=ALL,
        messages=[{"role": "user", "content": case}],
    )
    return answer.content[0]


for case in ["My suitcase is gone", "Thank you for everything!", "Buy cheap watches now", "Change my date to May 5"]:
    step = first_step(case)
    print(case, "|", step.name, step.input)
