"""Texts for the shop."""

import anthropic

from defaults import LIMIT, MODEL

client = anthropic.Anthropic()
for product in ("eye mask", "ear plugs", "slippers"):
    text = client.messages.create(model=MODEL, max_tokens=LIMIT, messages=[{"role": "user", "content": f"Sell me {product}."}])
    print(product, text.content[0].text)
