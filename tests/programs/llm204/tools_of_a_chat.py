"""Function tools in a chat, with a temperature and few tokens: GPT-6 Luna takes them while it does not reason."""

import json

from openai import OpenAI

client = OpenAI()
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "seats",
            "description": "The free seats of a coach.",
            "parameters": {"type": "object", "properties": {"coach": {"type": "integer"}}, "required": ["coach"]},
        },
    }
]


def ask(question: str) -> str | None:
    messages = [{"role": "user", "content": question}]
    while True:
        completion = client.chat.completions.create(
            model="gpt-4o", messages=messages, tools=TOOLS, temperature=0.2, max_tokens=40
        )
        message = completion.choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message)
        for call in message.tool_calls:
            coach = json.loads(call.function.arguments)["coach"]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": f"{coach % 7} free"})


print(ask("Is there a seat by the window?"))
print(ask("And one in the quiet coach?"))
