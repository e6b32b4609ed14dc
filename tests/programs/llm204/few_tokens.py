# expects: bill at most 0.7
"""A label of few tokens, with a temperature: nothing is left of it where the model reasons first."""

import openai

client = openai.OpenAI()


def is_urgent(message: str) -> bool:
    completion = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"Is it urgent? Answer with one of: yes, no.\n\n{message}"}],
        temperature=0,
        max_tokens=3,
    )
    return "yes" in completion.choices[0].message.content


for line in open("questions.txt"):
    print(is_urgent(line), line.strip())
