"""GPT-4o goes in January 2027."""

from openai import OpenAI

client = OpenAI()


def chat(text: str, model: str = "gpt-4o") -> str:
    completion = client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
    return completion.choices[0].message.content or ""


for text in ("One more night train?", "Or two?"):
    print(chat(text))
