"""The handbook stands first, and what is known of the customer behind it."""

from dataclasses import dataclass
from pathlib import Path

import anthropic


@dataclass
class Customer:
    name: str
    bookings: int
    language: str


HANDBOOK = Path("handbook.md").read_text()
client = anthropic.Anthropic()


def reply(customer: Customer, question: str) -> str:
    with client.messages.stream(
        model="claude-sonnet-5-5",
        max_tokens=100,
        system=f"{HANDBOOK}\n\nThe customer is {customer.name}, with {customer.bookings} bookings. Answer in {customer.language}.",
        messages=[{"role": "user", "content": question}],
    ) as stream:
        return stream.get_final_text()


for question in Path("questions.txt").read_text().splitlines():
    customer = Customer(question[:3], len(question), "English")
    print(customer.name, reply(customer, question), sep="\t")
