"""A helper gets the history and gives back the next turn; the caller keeps the list."""

import anthropic

_client = anthropic.Anthropic()


def next_turn(history: list[dict], *, model: str = "claude-sonnet-5-5") -> str:
    response = _client.messages.create(
        model=model,
        max_tokens=250,
        system="You edit manuals. Answer in 60 words.",
        messages=history,
    )
    return response.content[0].text


def edit(draft: str, wishes: list[str]) -> list[str]:
    history = [{"role": "user", "content": draft}]
    versions = []
    for wish in wishes:
        versions.append(next_turn(history))
        history.append({"role": "assistant", "content": versions[-1]})
        history.append({"role": "user", "content": wish})
    return versions


for version in edit(open("handbook.md").read(), ["Friendlier.", "Without the dogs.", "In the first person."]):
    print("*", version)
