# expects: bill at most 0.5
"""A method of the object."""

from concurrent.futures import ThreadPoolExecutor

import anthropic


class Desk:
    def __init__(self):
        self.client = anthropic.Anthropic()
        self.log = []

    def reply(self, mail: str) -> str:
        response = self.client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=25,
            system="You answer mail.",
            messages=[{"role": "user", "content": mail}],
        )
        return response.content[0].text

    def reply_all(self, mails):
        with ThreadPoolExecutor(max_workers=len(mails)) as pool:
            futures = [pool.submit(self.reply, mail) for mail in mails]
            for future in futures:
                self.log.append(future.result())


desk = Desk()
desk.reply_all(["Hello?", "Where are you?", "When?", "Thanks"])
print(desk.log)
