"""One LLM call (or one bucket of calls) of an export, the same for every format."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from llmlint.sites.digests import digest_of


class Tokens(NamedTuple):
    """Token counts. `input` excludes cached tokens; `read` came from the cache; the writes are by lifetime.

    `write_5m` also holds OpenAI's 30-minute writes, and `write_1h` its 12-hour ones: the shorter and the longer lifetime of each vendor.
    """

    input: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0

    @property
    def write(self) -> int:
        return self.write_5m + self.write_1h

    @property
    def prompt(self) -> int:
        """All tokens that were sent."""
        return self.input + self.read + self.write_5m + self.write_1h

    def plus(self, other: Tokens) -> Tokens:
        return Tokens(*(mine + its for mine, its in zip(self, other, strict=True)))


def exclusive(total: int, read: int, write_5m: int, write_1h: int, output: int) -> Tokens:
    """Tokens of a source whose input count is documented to include cached tokens.

    Several exporters of such sources write the exclusive count. If reads and writes are more than the input, the count cannot include them.
    """
    cached = read + write_5m + write_1h
    return Tokens(total if cached > total else total - cached, read, write_5m, write_1h, output)


class Location(NamedTuple):
    """Where in the source a call was made, as far as the export knows."""

    path: str | None
    line: int | None
    function: str | None


class Part(NamedTuple):
    """A text of a prompt: its digest, its length in characters, and the text itself."""

    digest: str
    chars: int
    text: str


def part(text: str) -> Part:
    return Part(digest_of(text), len(text), text)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a request sent. `tools` is the JSON of the tool definitions, empty without tools. `messages` are (role, text) in order,
    without the system messages that stand first: these are in `system`."""

    tools: Part
    system: Part
    messages: tuple[tuple[str, Part], ...]
    tool_names: tuple[str, ...] = ()

    @property
    def chars(self) -> int:
        return self.tools.chars + self.system.chars + sum(text.chars for _, text in self.messages)

    @property
    def prefix(self) -> str:
        """A digest of tools and system prompt, which stand first; empty where the request has neither."""
        if not self.tools.chars and not self.system.chars:
            return ""
        return self.begun(self.system.digest)

    def begun(self, system: str) -> str:
        """A digest of the tools and a system prompt, which is given by its own."""
        return digest_of(f"{self.tools.digest} {system}") if self.tools.chars else system

    def tokens_through(self, messages: int, sent: int) -> int:
        """About how many of the tokens `sent` stand before the end of a message, by characters; 0: in tools and system prompt."""
        chars = self.tools.chars + self.system.chars + sum(text.chars for _, text in self.messages[:messages])
        return sent * chars // self.chars if self.chars else 0

    def ends(self, sent: int) -> list[int]:
        """`tokens_through` of each message."""
        whole = self.chars
        chars = itertools.accumulate((text.chars for _, text in self.messages), initial=self.tools.chars + self.system.chars)
        return [sent * each // whole if whole else 0 for each in chars][1:]

    def chain(self) -> list[str]:
        """Digests of the messages from the first up to each, so that a request whose messages another one continues is seen."""
        so_far = itertools.accumulate(text.digest for _, text in self.messages)
        return [digests if index == 0 else digest_of(digests) for index, digests in enumerate(so_far)]


@dataclass(slots=True)
class Row:
    """One call, or a bucket of calls where the export has sums only (`is_bucket`; `calls` is then None where it has no count).

    `start` and `end` are seconds since 1970 in UTC. `tier`: `standard`, `batch`, `flex`, `fast` or `priority`. `billed` is the export's own
    amount in USD, `cost` the one computed from the catalogue. `endpoint` is whatever the export calls the origin of a call: a span name, a tag,
    a path, a key. `is_cost_only`: an amount without tokens, from a cost report. `id` identifies a call that several lines or files may hold.
    """

    start: float | None
    model: str
    tokens: Tokens
    end: float | None = None
    calls: int | None = 1
    tier: str = "standard"
    billed: Decimal | None = None
    cost: Decimal | None = None
    endpoint: str | None = None
    key: str | None = None
    location: Location | None = None
    prompt: Prompt | None = None
    prompt_name: str | None = None
    max_tokens: int | None = None
    is_bucket: bool = False
    is_cost_only: bool = False
    has_cache_columns: bool = True
    id: str | None = None

    @property
    def dollars(self) -> Decimal | None:
        """What the call cost: billed where the export says so, else computed."""
        return self.billed if self.billed is not None else self.cost
