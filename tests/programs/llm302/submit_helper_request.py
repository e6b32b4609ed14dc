# expects: bill at most 0.5
"""The request is made by a function already."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def request_for(city):
    return {"model": "claude-haiku-5-5", "max_tokens": 25, "messages": [{"role": "user", "content": f"Describe {city}"}]}


def describe(city):
    return client.messages.create(**request_for(city)).content[0].text


with ThreadPoolExecutor(4) as pool:
    futures = [pool.submit(describe, city) for city in ("Graz", "Linz", "Wels", "Enns")]
    print([future.result() for future in futures])
