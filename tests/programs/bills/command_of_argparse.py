# fixes: safe
"""One of two commands of a parser is run."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


import argparse
def first(args):
    print(ask("A?"))
def second(args):
    print(ask("B?"))
parser = argparse.ArgumentParser()
sub = parser.add_subparsers()
sub.add_parser("a").set_defaults(func=first)
sub.add_parser("b").set_defaults(func=second)
args = parser.parse_args(["a"])
args.func(args)
