# expects: bill at most 0.5
"""An async client in a comprehension: one after another all the same."""

import asyncio

import anthropic


class Reader:
    def __init__(self):
        self.client = anthropic.AsyncAnthropic()
        self.model = "claude-haiku-5-5"

    async def titles(self, chapters):
        replies = [
            (await self.client.messages.create(
                model=self.model,
                max_tokens=20,
                messages=[{"role": "user", "content": f"A title for: {chapter}"}],
            ))
            for chapter in chapters
        ]
        return [reply.content[0].text for reply in replies]


print(asyncio.run(Reader().titles(["the storm", "the island", "the raft", "the sail on the horizon"])))
