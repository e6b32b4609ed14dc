# options: --min-confidence low
"""The handbook comes first, and the customer at the end of the same message."""

import openai

client = openai.OpenAI()
handbook = open("handbook.md").read()
customers = {"Ann": "bicycle", "Ben": "dog", "Cam": "refund", "Dee": "skis", "Eli": "name", "Fay": "wifi"}

for name, topic in customers.items():
    chat = client.chat.completions.create(
        model="gpt-6.1-sol",
        messages=[{"role": "user", "content": f"{handbook}\n\nWrite to {name} about the {topic} in 30 words."}],
    )
    print(name, chat.choices[0].message.content)
