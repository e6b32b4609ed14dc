"""Half an hour at Fernweh, or as many seconds as the first argument says: what people ask of the program, and the share of the nightly jobs
that goes with it.

Runs beside the package and is not part of what llmlint sees. A bill of $4,200 a month is some $3 for half an hour, so this is how close together
requests of such a company come. Sleeping moves the clock of the metered API. Prints every answer; the same seed gives the same answers.
"""

from __future__ import annotations

import asyncio
import csv
import heapq
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fernweh.chat.conversation import Conversation
from fernweh.clients import async_claude, claude
from fernweh.documents.contracts import review_contract
from fernweh.documents.invoices import read_invoice
from fernweh.jobs import newsletter, nightly_summaries, tag_archive
from fernweh.marketing.copy import city_page
from fernweh.reports.sql import write_query
from fernweh.reports.translate import to_german
from fernweh.support.answers import check_answer, draft_answer
from fernweh.support.compensation import ClaimDesk
from fernweh.support.letters import LetterWriter
from fernweh.tickets.triage import classify_ticket, extract_booking

# fmt: off
WORDS = (
    "train", "night", "booking", "berth", "car", "window", "platform", "delay", "morning", "bag", "ticket", "refund",
    "heating", "water", "door", "noise", "child", "dog", "bicycle", "breakfast", "station", "crew", "ticket", "name",
    "date", "seat", "price", "card", "voucher", "letter", "supplier", "month", "clause", "delivery", "track", "engine",
    "repair", "invoice", "amount", "partner", "notice",
)
# fmt: on
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gul", "Hal")
Event = tuple[float, int, Callable[[], object]]


def words(dice: random.Random, count: int) -> str:
    """Text of a length, as people write it: in sentences."""
    found = [dice.choice(WORDS) for _ in range(count)]
    for index in range(0, count, 11):
        found[index] = found[index].capitalize()
        if index:
            found[index - 1] += "."
    return " ".join(found) + "."


def times(dice: random.Random, count: int) -> Iterator[float]:
    """Moments of the half hour, in seconds, as they fall."""
    return iter(sorted(dice.uniform(0, SECONDS) for _ in range(count)))


def plan(dice: random.Random, loop: asyncio.AbstractEventLoop) -> Iterator[Event]:
    """All that happens, with when it does. Handlers of the web server are called as it would call them."""
    number = 0

    def event(at: float, action: Callable[[], object]) -> Event:
        nonlocal number
        number += 1
        return at, number, action

    def every(name: str, make: Callable[[], Callable[[], object]]) -> Iterator[Event]:
        return (event(at, make()) for at in times(dice, COUNTS[name]))

    def question() -> str:
        return words(dice, dice.randint(12, 40))

    def with_text(function: Callable[..., object], *texts: str) -> Callable[[], object]:
        return lambda: function(*texts)

    desk, writer, visitors = ClaimDesk(claude()), LetterWriter(), async_claude()
    yield from every("contracts", lambda: with_text(review_contract, words(dice, 3), words(dice, dice.randint(1800, 3200))))
    yield from every("invoices", lambda: with_text(read_invoice, words(dice, dice.randint(900, 1600))))
    yield from every("drafts", lambda: with_text(draft_answer, dice.choice(NAMES), question()))
    yield from every("checks", lambda: with_text(check_answer, question()))
    yield from every("claims", lambda: with_text(desk.decide, question()))
    yield from every("queries", lambda: with_text(write_query, dice.choice(("finance", "sales", "crews")), question()))
    yield from every("announcements", lambda: with_text(to_german, question()))
    yield from every("tickets", lambda: with_text(classify_ticket, words(dice, dice.randint(60, 200))))
    yield from every("fields", lambda: with_text(extract_booking, words(dice, dice.randint(60, 200))))
    yield from every("pages", lambda: with_text(city_page, dice.choice(NAMES), words(dice, 150)))

    def letter() -> Callable[[], object]:
        clerk, notes = dice.choice(NAMES), question()
        return lambda: loop.run_until_complete(writer.write(clerk, notes))

    yield from every("letters", letter)
    for at in times(dice, COUNTS["visitors"]):
        conversation = Conversation(visitors, dice.choice(NAMES))
        for turn in range(dice.randint(8, 12)):
            moment = at + turn * dice.uniform(40, 80)
            yield event(moment, with_turn(loop, conversation, words(dice, dice.randint(15, 90))))


def with_turn(loop: asyncio.AbstractEventLoop, conversation: Conversation, text: str) -> Callable[[], object]:
    return lambda: loop.run_until_complete(conversation.say(text))


def night(dice: random.Random) -> Iterator[object]:
    """The jobs of the crontab, on what the day left behind."""
    reports = Path("reports")
    reports.mkdir()
    for number in range(COUNTS["reports"]):
        Path(reports, f"NJ{400 + number}.txt").write_text(words(dice, dice.randint(250, 500)), encoding="utf-8")
    with Path("archive.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "letter"))
        rows.writerows((number, words(dice, dice.randint(150, 400))) for number in range(COUNTS["letters in the archive"]))
    changes = [{"line": f"NJ {300 + number}", "text": words(dice, 120)} for number in range(COUNTS["lines that change"])]
    Path("changes.json").write_text(json.dumps(changes), encoding="utf-8")
    yield from nightly_summaries.main(reports)
    yield from tag_archive.main(Path("archive.csv"))
    yield from newsletter.main(Path("changes.json"))


SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 1800.0
# How often each happens: the mix of the audit, see docs/bill.md.
COUNTS = {
    "contracts": 18,
    "invoices": 19,
    "visitors": 3,
    "drafts": 35,
    "checks": 15,
    "claims": 30,
    "queries": 22,
    "announcements": 20,
    "letters": 15,
    "tickets": 75,
    "fields": 48,
    "pages": 28,
    "reports": 18,
    "letters in the archive": 14,
    "lines that change": 9,
}


def main() -> None:
    dice = random.Random(2026)
    loop = asyncio.new_event_loop()
    events = list(plan(dice, loop))
    heapq.heapify(events)
    now = 0.0
    while events:
        at, number, action = heapq.heappop(events)
        time.sleep(at - now)
        now = at
        print(number, action())
    for line in night(dice):
        print(line)
    loop.close()


if __name__ == "__main__":
    main()
