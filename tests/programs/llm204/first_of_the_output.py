"""The text is read from the first item of the output, which is the reasoning where a model reasons."""

from openai import OpenAI

client = OpenAI()


def ask(text: str) -> str:
    response = client.responses.create(model="gpt-4.1", input=text, temperature=0.3, max_output_tokens=90)
    return response.output[0].content[0].text


print(ask("What is a coupling?"))
print(ask("What is a buffer?"))
