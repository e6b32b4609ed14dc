# expects: bill at most 0.5
"""A pool's map, in a list."""

from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()


def sentiment(review: str) -> str:
    response = client.messages.create(
        model="claude-haiku-5-5", max_tokens=10, messages=[{"role": "user", "content": f"Answer with one of: good, bad. {review}"}]
    )
    return response.content[0].text


def sentiments(reviews: list[str]) -> list[str]:
    with ThreadPoolExecutor(max_workers=4) as executor:
        return list(executor.map(sentiment, reviews))


print(sentiments(["fine", "poor", "great", "awful"]))
