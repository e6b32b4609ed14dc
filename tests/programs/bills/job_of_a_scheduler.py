# fixes: safe
"""A scheduler runs a job with one call, a day apart."""

import anthropic

client = anthropic.Anthropic()
RULES = open("handbook.md").read()
LINES = [line for line in RULES.splitlines() if line.strip()]


def find(question):
    start = sum(map(ord, question)) % (len(LINES) - 2)
    return "\n".join(LINES[start : start + 2])


QUESTIONS = (
    "Are dogs allowed?",
    "And cats on the ferry?",
    "May I cancel?",
    "Where is the bar?",
    "Who is the manager?",
    "Is there soup?",
)


import time


class Jobs:
    def __init__(self):
        self.jobs = []

    def every(self):
        return self

    @property
    def day(self):
        return self

    def do(self, job):
        self.jobs.append(job)

    def run(self):
        for n in range(5):
            for job in self.jobs:
                job()
            time.sleep(86400)


schedule = Jobs()


def report():
    print(
        client.messages.create(
            model="claude-sonnet-5-5", max_tokens=80, system=RULES, messages=[{"role": "user", "content": "How was the day?"}]
        )
        .content[0]
        .text
    )


schedule.every().day.do(report)
schedule.run()
