# options: --min-confidence low
"""GPT caches by itself; the key brings calls with the same start together."""

from pathlib import Path

from openai import OpenAI

HANDBOOK = Path("handbook.md").read_text(encoding="utf-8")
client = OpenAI()


def answer(question: str) -> str:
    completion = client.chat.completions.create(
        model="gpt-6.1-sol",
        messages=[
            {"role": "system", "content": HANDBOOK},
            {"role": "user", "content": question},
        ],
    )
    return completion.choices[0].message.content


for question in ["Skis?", "Refund?", "Two dogs?", "Late by an hour?", "No heating?", "Breakfast at five?"]:
    print(question, answer(question))
