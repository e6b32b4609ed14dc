# fixes: safe
"""Three callers of one helper pass three models."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
QUESTIONS = ("Are dogs allowed?", "And cats on the ferry?", "May I cancel?", "Where is the bar?")


def ask(question, model="claude-sonnet-5-5"):
    reply = client.messages.create(model=model, max_tokens=80, system=RULES, messages=[{"role": "user", "content": question}])
    return reply.content[0].text


def main():
    first = ask("Why?", "claude-sonnet-5-5")
    second = ask("And how?", "claude-opus-5-5")
    third = ask("And when?", "claude-haiku-5-5")
    print(first, second, third)

if __name__ == "__main__":
    main()
