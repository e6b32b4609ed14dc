# expects: bill at most 0.5
"""Prints each answer with its number."""

import anthropic

client = anthropic.Anthropic()
RIDDLES = ("What has hands but cannot clap?", "What has a neck but no head?", "What gets wet as it dries?", "What has one eye?") * 3

for i, riddle in enumerate(RIDDLES):
    answer = client.messages.create(model="claude-haiku-5-5", max_tokens=25, messages=[{"role": "user", "content": riddle}])
    print(f"{i + 1}/{len(RIDDLES)} {riddle}")
    print("   ", answer.content[0].text)
print("done")
