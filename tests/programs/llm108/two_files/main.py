# options: --min-confidence low
"""Short answers for the display at the platform."""

from openai import OpenAI

from texts import SHORT, SYSTEM

openai_client = OpenAI()

for delay in (5, 15, 35, 70, 130):
    with openai_client.chat.completions.stream(
        model="gpt-6.1-terra",
        messages=[
            {"role": "developer", "content": SYSTEM},
            {"role": "user", "content": f"The train is {delay} minutes late. {SHORT}"},
        ],
    ) as stream:
        print(delay, stream.get_final_completion().choices[0].message.content)
