# expects: bill at most 0.5
"""Some items are skipped ahead of the call."""

import anthropic


class Desk:
    def __init__(self):
        self.client = anthropic.Anthropic()
        self.drafts = []

    def draft(self, mails):
        for mail in mails:
            if mail["kind"] == "spam":
                continue
            name = mail["from"].title()
            message = self.client.messages.create(
                model="claude-haiku-5-5",
                max_tokens=30,
                system="You answer mail.",
                messages=[{"role": "user", "content": f"{name} writes: {mail['text']}"}],
            )
            self.drafts.append(f"{name}: {message.content[0].text}")


desk = Desk()
desk.draft(
    [
        {"kind": "mail", "from": "ana", "text": "When do you open?"},
        {"kind": "spam", "from": "bot", "text": "Buy now!"},
        {"kind": "mail", "from": "ben", "text": "Is there parking?"},
        {"kind": "mail", "from": "cleo", "text": "Do you sell maps?"},
        {"kind": "mail", "from": "dan", "text": "Can I pay by card?"},
    ]
)
print("\n".join(desk.drafts))
