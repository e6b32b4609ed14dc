"""A contract reviewer that is made once and asked several times."""

from __future__ import annotations

import anthropic

CHECKLIST = """\
You review supplier contracts for a bookseller. Work through this list, in this order, and quote the clause that you rely on.

1. Parties. Both are named with their legal form and their seat. A trade name alone is not enough. Where a subsidiary signs, the parent is
   named as well, and there is a sentence on who is liable for what. Say so if a signature block names other people than the preamble.
2. Term. The contract has a first day and either a last day or a period of notice. Automatic renewal is acceptable for one year at
   most, and only where we can end it with three months' notice or less. A notice by letter only is unusual today; mention it.
3. Price. Amounts come with currency and tax. An index clause names the index, the month that it is read in, and a ceiling of five
   per cent a year. Discounts are percentages of a list price that is attached. Minimum volumes are listed under risks, not under price.
4. Delivery. Dates are dates and not weeks. The place of delivery is our warehouse in Leipzig unless the order says otherwise. Risk passes at
   the ramp. Partial deliveries need our consent. For late deliveries there is a penalty of half a per cent a day, and ten at most.
5. Returns. Unsold books go back within twelve months at the price that we paid. Damaged books go back at any time at the
   supplier's cost. A fee for returns is a deviation, whatever it is called.
6. Data. Customer data does not leave the union. If there is any processing on our behalf, an agreement on it is attached, with the list of
   subcontractors and a right to audit that does not depend on a reason.
7. Liability. Nothing is excluded for intent, gross negligence, injury or product liability. For the rest the ceiling is the yearly
   volume of the contract or more. Indirect damage may be excluded if that holds for both sides.
8. Law. German law, courts in Leipzig. Arbitration is acceptable above one hundred thousand euros, in German, with three people.

Answer with the numbers of the points that deviate, a sentence for each, and the word "clear" if there are none.
"""


class ContractReviewer:
    """Keeps its client and its instructions."""

    def __init__(self, model: str = "claude-sonnet-5-5") -> None:
        self.client = anthropic.Anthropic()
        self.model = model
        self.instructions = CHECKLIST

    def review(self, contract: str) -> str:
        message = self.client.messages.create(
            model=self.model,
            system=self.instructions,
            max_tokens=200,
            messages=[
                {"role": "user", "content": contract},
            ],
        )
        return message.content[0].text


def main() -> None:
    reviewer = ContractReviewer()
    for number, clause in enumerate(
        ("Renews by itself for three years.", "Returns cost a fee of 9 %.", "Courts in Vaduz."), start=1
    ):
        print(f"{number}. {reviewer.review(clause)}")


if __name__ == "__main__":
    main()
