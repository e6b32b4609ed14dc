"""An option of the command line."""

import argparse

import anthropic

parser = argparse.ArgumentParser()
parser.add_argument("-m", "--model", default="claude-sonnet-4-5")
arguments = parser.parse_args()

client = anthropic.Anthropic()
for hour in (22, 2, 6):
    reply = client.messages.create(
        model=arguments.model,
        max_tokens=80,
        messages=[{"role": "user", "content": f"It is {hour} o'clock on the train. What do we hear?"}],
    )
    print(hour, reply.content[0].text)
