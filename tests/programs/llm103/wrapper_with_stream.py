"""A wrapper that streams takes the prompt and the tools."""

import functools

import anthropic

RULES = open("handbook.md").read()
DECIDE = {
    "name": "decide",
    "description": f"Decide what the customer gets. {RULES}",
    "input_schema": {
        "type": "object",
        "properties": {"amount": {"type": "number"}, "kind": {"enum": ["refund", "voucher", "nothing"]}},
        "required": ["amount", "kind"],
    },
}


@functools.lru_cache(maxsize=None)
def client() -> anthropic.Anthropic:
    return anthropic.Anthropic()


def call(prompt: str, tools: list) -> dict:
    with client().messages.stream(
        model="claude-sonnet-4-6",
        max_tokens=128,
        tools=tools,
        tool_choice={"type": "any"},
        messages=[{"role": "user", "content": prompt}],
    ) as stream:
        message = stream.get_final_message()
    return message.content[0].input


def decide(case: str) -> dict:
    return call(f"The case: {case}", [DECIDE])


for number, case in enumerate(["Train cancelled", "Two hours late", "Slept badly", "No restaurant car"]):
    print(number, decide(case))
