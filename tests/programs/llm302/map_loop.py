# expects: bill at most 0.5
"""A loop over the pool's map."""

import concurrent.futures

import anthropic

client = anthropic.Anthropic()


def name_of(product):
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": f"A name for {product}"}]
    )
    return message.content[0].text


with concurrent.futures.ThreadPoolExecutor() as pool:
    # In the order of the products.
    for number, name in enumerate(pool.map(name_of, ["soap", "lamp", "chair", "boots"])):
        text = f"""{number}:
  {name}"""
        print(text)
