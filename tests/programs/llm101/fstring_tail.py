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
CUSTOMERS = [
    (Customer("Ana", 2, "Portuguese"), "When does boarding begin?"),
    (Customer("Bo", 1, "Danish"), "Do I need a visa?"),
    (Customer("Chi", 7, "English"), "Why was I charged twice?"),
    (Customer("Dov", 1, "Hebrew"), "Is the food kosher?"),
]
client = anthropic.Anthropic()


def reply(customer: Customer, question: str) -> str:
    with client.messages.stream(
        model="claude-sonnet-5-5",
        max_tokens=100,
        system=f"{HANDBOOK}\n\nThe customer is {customer.name}, with {customer.bookings} bookings. Answer in {customer.language}.",
        messages=[{"role": "user", "content": question}],
    ) as stream:
        return stream.get_final_text()


for customer, question in CUSTOMERS:
    print(customer.name, reply(customer, question), sep="\t")
