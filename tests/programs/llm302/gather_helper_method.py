# expects: bill at most 0.5
"""A method, and the client of the object."""

import asyncio

from anthropic import AsyncAnthropic


class Captions:
    def __init__(self, style):
        self.client = AsyncAnthropic()
        self.style = style

    async def caption(self, picture):
        prompt = f"{self.style}: {picture}"
        reply = await self.client.messages.create(
            model="claude-haiku-5-5", max_tokens=25, messages=[{"role": "user", "content": prompt}]
        )
        return self.clean(reply.content[0].text)

    def clean(self, text):
        return text.strip(" .")

    async def run(self, pictures):
        captions = await asyncio.gather(*[self.caption(picture) for picture in pictures])
        return dict(zip(pictures, captions))


print(asyncio.run(Captions("A dry caption").run(["dog.png", "cat.png", "cow.png", "hen.png"])))
