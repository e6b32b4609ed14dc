"""No system prompt: the customer comes first, and the rules behind them."""

import csv

import anthropic

client = anthropic.Anthropic()
TERMS = open("handbook.md").read()
ROWS = ["7,Ann", "8,Ben", "9,Cy"]

for number, name in csv.reader(ROWS):
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=60,
        messages=[
            {
                "role": "user",
                "content": f"Write to customer {number}, whose name is {name}.\n\n{TERMS}",
            }
        ],
    )
    print(message.content[0].text)
