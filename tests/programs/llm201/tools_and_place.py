"""A search tool, and an answer that is read by its place; the older model does not think."""

import anthropic

client = anthropic.Anthropic()
TOOLS = [
    {
        "name": "search",
        "description": "Looks something up in the archive.",
        "input_schema": {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]},
    }
]


def ask(question: str) -> str:
    messages = [{"role": "user", "content": question}]
    while True:
        answer = client.messages.create(model="claude-opus-4-8", max_tokens=600, tools=TOOLS, messages=messages)
        calls = [block for block in answer.content if block.type == "tool_use"]
        if not calls:
            return answer.content[0].text
        messages.append({"role": "assistant", "content": answer.content})
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "nothing"} for call in calls]
        messages.append({"role": "user", "content": results})


print(ask("Who built the tunnel? Think it through step by step."))
