# fixes: LLM105 unsafe
"""Each turn goes to another model, which has a cache of its own."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
LINES = [line for line in RULES.splitlines() if line.strip()]


def find(question):
    start = sum(map(ord, question)) % (len(LINES) - 2)
    return "\n".join(LINES[start : start + 2])


QUESTIONS = (
    "Are dogs allowed?",
    "And cats on the ferry?",
    "May I cancel?",
    "Where is the bar?",
    "Who is the manager?",
    "Is there soup?",
)


def chat(texts):
    messages = [{"role": "user", "content": RULES}, {"role": "assistant", "content": "Read."}]
    for n, text in enumerate(texts):
        messages.append({"role": "user", "content": text})
        model = (
            f"claude-{('opus', 'sonnet')[n % 2]}-5-5"
            if n < 2
            else ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")[n % 3]
        )
        reply = client.messages.create(model=model, max_tokens=300, messages=messages)
        messages.append({"role": "assistant", "content": reply.content[0].text})
    print(len(messages))


chat(QUESTIONS[:3])
