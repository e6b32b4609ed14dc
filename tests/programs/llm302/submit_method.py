# expects: bill at most 0.5
"""The client's method is submitted itself."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def names(products):
    with ThreadPoolExecutor(8) as pool:
        futures = [
            pool.submit(
                client.messages.create,
                model="claude-haiku-5-5",
                max_tokens=20,
                messages=[{"role": "user", "content": f"A name for this product: {product}"}],
            )
            for product in products
        ]
        return [future.result().content[0].text for future in futures]


print(names(["soap", "lamp", "chair", "boots"]))
