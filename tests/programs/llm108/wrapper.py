"""A helper of which everybody passes the same instructions."""

import os

import openai

GUIDE = open("handbook.md").read()
gateway = openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


def ask(instructions, text, model="claude-opus-5-5"):
    result = gateway.chat.completions.create(
        model=model,
        messages=[{"role": "system", "content": instructions}, {"role": "user", "content": text}],
    )
    return result.choices[0].message.content


def tone(text):
    return ask(GUIDE, f"Is the tone right? {text}")


def facts(text):
    return ask(GUIDE, f"Are the facts right? {text}")


for draft in ("You get it all back!", "Sorry about the noise."):
    print(tone(draft))
    print(facts(draft))
