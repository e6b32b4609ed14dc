"""Tags articles, several at a time."""

import asyncio
import json
from pathlib import Path

from anthropic import AsyncAnthropic

MODEL = "claude-opus-4-8"
client = AsyncAnthropic()


async def tag_article(article: str) -> list[str]:
    message = await client.messages.create(
        model=MODEL,
        max_tokens=60,
        system='Extract up to three tags from the article. Reply with JSON only: {"tags": ["...", "..."]}',
        messages=[{"role": "user", "content": article}],
    )
    return json.loads(message.content[0].text)["tags"]


async def main() -> None:
    articles = Path("handbook.md").read_text().split("\n## ")[:5]
    for article, tags in zip(articles, await asyncio.gather(*map(tag_article, articles))):
        print(article.splitlines()[0], tags)


asyncio.run(main())
