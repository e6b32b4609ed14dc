"""A helper with a default."""

import anthropic

client = anthropic.Anthropic()


def ask(question, model="claude-haiku-4-5"):
    response = client.messages.create(model=model, max_tokens=200, messages=[{"role": "user", "content": question}])
    return response.content[0].text


print(ask("Explain a bogie step by step."))
print(ask("And a coupling?"))
