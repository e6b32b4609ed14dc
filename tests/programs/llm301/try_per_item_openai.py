# expects: bill at most 0.51
"""Each item has its own error handling, and a helper that tries again stands between the loop and the call."""

import time

import openai

client = openai.OpenAI()


def complete(messages):
    for attempt in range(3):
        try:
            return client.chat.completions.create(model="gpt-6-luna", messages=messages)
        except openai.RateLimitError:
            time.sleep(2**attempt)
    raise RuntimeError("no answer")


def label(ticket):
    response = complete([{"role": "user", "content": f"Label this: {ticket}"}])
    return response.choices[0].message.content


tickets = ["the lamp is broken", "", "where is my parcel?", "thank you", "the bill is wrong"]
results, failed = [], 0
for number, ticket in enumerate(tickets):
    try:
        if not ticket:
            raise ValueError(f"ticket {number} is empty")
        results.append((number, label(ticket)))
    except ValueError as error:
        failed += 1
        print(error)
        continue
    time.sleep(1)
print(failed, *results, sep="\n")
