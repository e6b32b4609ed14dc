# expects: bill at most 0.6
"""Twelve questions in one batch: the handbook is written to the cache ahead of it."""

import time

import anthropic

client = anthropic.Anthropic()
HANDBOOK = open("handbook.md", encoding="utf-8").read()
QUESTIONS = [
    f"{question} I travel on the {day}."
    for question in ("Can I get off in Linz?", "Where is my suitcase?", "May my son travel alone?", "Is there a shower?")
    for day in ("3rd of May", "9th of June", "12th of July")
]


def submit(questions):
    rows = []
    for number, question in enumerate(questions):
        rows.append(
            {
                "custom_id": f"question-{number:02}",
                "params": {
                    "model": "claude-sonnet-5-5",
                    "max_tokens": 150,
                    "system": HANDBOOK,
                    "messages": [{"role": "user", "content": question}],
                },
            }
        )
    return client.messages.batches.create(requests=rows)


def main():
    batch = submit(QUESTIONS)
    while batch.processing_status != "ended":
        time.sleep(0.01)
        batch = client.messages.batches.retrieve(batch.id)
    answers = {row.custom_id: row.result.message.content[0].text for row in client.messages.batches.results(batch.id)}
    for name in sorted(answers):
        print(name, answers[name])


main()
