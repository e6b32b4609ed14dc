"""An option of the command line."""

import argparse

import anthropic

parser = argparse.ArgumentParser()
parser.add_argument("-n", "--tokens", type=int, default=80)
arguments = parser.parse_args()

client = anthropic.Anthropic()
for hour in (22, 2, 6):
    reply = client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=arguments.tokens,
        messages=[{"role": "user", "content": f"It is {hour} o'clock on the train. What do we hear?"}],
    )
    print(hour, reply.content[0].text)
