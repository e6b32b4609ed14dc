"""One settings dict for all calls, splatted into each; the tools are part of it."""

from anthropic import Anthropic

CATALOGUE = open("handbook.md").read()
SETTINGS = dict(
    model="claude-sonnet-5-5",
    max_tokens=256,
    tools=[
        {
            "name": "quote_rule",
            "description": "Quote the rule of the handbook that decides the question.\n" + CATALOGUE,
            "input_schema": {"type": "object", "properties": {"rule": {"type": "string"}, "is_clear": {"type": "boolean"}}},
        }
    ],
)


def quote(client, question):
    conversation = [{"role": "user", "content": question}]
    return client.messages.create(messages=conversation, **SETTINGS)


def main():
    client = Anthropic()
    for question in ["Dog in a shared compartment?", "Refund after 20 days?", "Change of name?"]:
        for block in quote(client, question).content:
            print(question, block.type, getattr(block, "input", None))


main()
