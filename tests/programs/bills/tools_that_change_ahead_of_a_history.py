# fixes: LLM105 unsafe
"""Each turn brings other tools, which stand ahead of the history."""

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


def tool(n):
    return {
        "name": f"tool_{n}",
        "description": "Looks up.",
        "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}},
    }


def chat(texts):
    messages = [{"role": "user", "content": RULES}, {"role": "assistant", "content": "Read."}]
    for n, text in enumerate(texts):
        messages.append({"role": "user", "content": text})
        reply = client.messages.create(
            model="claude-sonnet-5-5", max_tokens=300, tools=[tool(n)], tool_choice={"type": "none"}, messages=messages
        )
        messages.append({"role": "assistant", "content": reply.content[0].text})
    print(len(messages))


chat(QUESTIONS)
