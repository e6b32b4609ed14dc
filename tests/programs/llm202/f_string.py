"""Routes questions to departments; the departments are part of an f-string."""

from anthropic import Anthropic

DEPARTMENTS = ["sales", "legal", "workshop"]
client = Anthropic()


def route(question: str) -> str:
    message = client.messages.create(
        model="claude-opus-5-5",
        max_tokens=8,
        messages=[
            {
                "role": "user",
                "content": f"Classify this question into exactly one of the departments: {', '.join(DEPARTMENTS)}.\n"
                f"Reply with the department only.\n\nQuestion: {question}",
            }
        ],
    )
    return message.content[0].text


for question in open("questions.txt").read().splitlines():
    print(route(question))
