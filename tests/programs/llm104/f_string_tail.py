"""The marked message begins with the time and the customer."""

import csv
import datetime
import io

import anthropic

client = anthropic.Anthropic()
MANUAL = open("handbook.md").read()
CASES = "gold,Ann,My seat was taken.\nnew,Bob,I cannot log in.\nsilver,Cat,The wagon is missing!"

for level, name, complaint in csv.reader(io.StringIO(CASES)):
    with client.messages.stream(
        model="claude-sonnet-5-5",
        max_tokens=150,
        system=[
            {"type": "text", "text": f"You are the night desk. {MANUAL}"},
        ],
        messages=[
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": f"At {datetime.datetime.now()}, {name} ({level}) writes: {complaint}",
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
            }
        ],
    ) as stream:
        for text in stream.text_stream:
            print(text, end="")
    print()
