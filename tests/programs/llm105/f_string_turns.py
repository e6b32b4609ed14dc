"""A game in which each turn tells the model the state of the board."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()


def play(seed: int) -> list[str]:
    moves = []
    messages = []
    for turn in range(5):
        board = [(seed * 7 + turn * 5 + cell) % 3 for cell in range(9)]
        messages.append(
            {"role": "user", "content": f"Turn {turn}, board {board}.{' Rules: ' + RULES if turn == 0 else ''} Your move?"}
        )
        answer = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=20,
            system=f"You play seat {seed}.",
            messages=messages,
        )
        move = answer.content[0].text
        messages.append({"role": "assistant", "content": move})
        moves.append(move)
    return moves


for move in play(4):
    print(move)
