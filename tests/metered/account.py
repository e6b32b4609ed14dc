"""One customer of the metered API: a cache, a bill, batches and a clock of its own."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from llmlint.catalog import Catalog, Model
from metered.answers import Answer
from metered.bill import Bill, Line, Tokens, price
from metered.cache import Cache, Visit
from metered.clock import Clock

if TYPE_CHECKING:
    from metered.batches import Batch
    from metered.openai_batches import Batch as OpenAIBatch
    from metered.openai_batches import File

BucketOf = Callable[[str, Mapping[str, object]], str]
"""From the text of a prompt and the body of its request to a label for the bill."""


class Charge(NamedTuple):
    """One answered request, for whoever records the traffic: when it came by the account's clock, and what it sent, cost and gave back."""

    at: float
    kind: str
    model: Model
    request: Mapping[str, object]
    tokens: Tokens
    dollars: float
    bucket: str
    reply: Answer


def user_of(text: str, request: Mapping[str, object]) -> str:
    """The default label: `metadata.user_id` of a Messages request, `user` of a chat request, or nothing."""
    metadata = request.get("metadata")
    named = metadata.get("user_id") if isinstance(metadata, dict) else request.get("user")
    return named if isinstance(named, str) else ""


@dataclass
class Settings:
    """How the API behaves.

    `today` is the day by which models are retired. `latency` is how many seconds pass before an answer begins: until then nobody can
    read from the cache what the request writes. `polls` is how often a batch is still in progress when it is asked for.
    `batch_rows` and `batch_bytes` are the limits of a batch, `batch_wave` how many of its rows run at the same time, none of which can
    read what another one writes. `openai_batch_rows` and `openai_batch_bytes` are the limits of OpenAI's batches. `passes_breakpoints`: the
    host of the chat API passes cache breakpoints on to Claude; `routes_claude_by_key`: it caches what Claude requests with one
    `prompt_cache_key` have in common, which no host is known to do. `clock_stands_still`: time passes only where the program sleeps, so that a
    slow machine changes nothing. `record` is told of each charge and says for how many seconds the clock moves on, as if the work had taken
    that long.
    """

    catalog: Catalog = field(default_factory=Catalog.bundled)
    today: datetime.date = datetime.date(2026, 11, 23)
    latency: float = 0.01
    polls: int = 2
    batch_rows: int = 100_000
    batch_bytes: int = 256_000_000
    batch_wave: int = 4
    openai_batch_rows: int = 50_000
    openai_batch_bytes: int = 200_000_000
    passes_breakpoints: bool = True
    routes_claude_by_key: bool = False
    bucket_of: BucketOf = user_of
    clock_stands_still: bool = False
    record: Callable[[Charge], float] | None = None


class Account:
    """What the server keeps for one base URL."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock(stands_still=settings.clock_stands_still)
        self.cache = Cache(self.clock)
        self.bill = Bill()
        self.batches: dict[str, Batch] = {}
        self.files: dict[str, File] = {}
        self.openai_batches: dict[str, OpenAIBatch] = {}
        self.lock = threading.Lock()

    def begin(self, visit: Visit) -> None:
        """Wait until the answer begins; from then on others can read what the request wrote."""
        time.sleep(self.settings.latency)
        self.cache.publish(visit)

    def charge(
        self,
        kind: str,
        model: Model,
        visit: Visit,
        reply: Answer,
        text: str,
        request: Mapping[str, object],
        *,
        half: bool = False,
    ) -> Tokens:
        """Put an answered request on the bill. `half`: at the price of a batch, which is also that of OpenAI's flex tier."""
        tokens = visit.tokens + Tokens(output=reply.tokens)
        bucket = self.settings.bucket_of(text, request)
        dollars = price(model, tokens, half=half)
        self.bill.add(Line(model.id, kind, tokens, dollars, text, bucket))
        if self.settings.record is not None:
            charge = Charge(self.clock.now(), kind, model, request, tokens, dollars, bucket, reply)
            self.clock.advance(self.settings.record(charge))
        return tokens
