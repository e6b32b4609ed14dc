# fixes: LLM105 unsafe
"""The first message shows how things stand now, ahead of all rounds before."""

import anthropic

client = anthropic.Anthropic()


class Board:
    moves = 0

    def show(self) -> str:
        self.moves += 1
        return f"{self.moves} pieces moved"


def play(board: Board, book: str) -> None:
    messages = [{"role": "user", "content": book}]
    for _ in range(6):
        now = {"role": "user", "content": f"The board: {board.show()}"}
        reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=300, messages=[now, *messages])
        messages.append({"role": "assistant", "content": reply.content[0].text})
        messages.append({"role": "user", "content": "Go on."})
    print(len(messages))


play(Board(), open("handbook.md").read())
