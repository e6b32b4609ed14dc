"""Prompt caches as the two vendors' pages describe them: marks and prefixes for Claude, automatic prefixes for the rest."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from llmlint.catalog import Model
from metered.bill import Tokens
from metered.clock import Clock
from metered.prompt import Block, digest, tokens_of

_SECONDS = {"5m": 300.0, "1h": 3600.0}
# How far back from a mark a read looks (prompt caching page, September 2026).
_LOOK_BACK = 20
# What automatic caching counts in, and how long it lasts (OpenAI's page, 2026 copies: 5 to 10 minutes, or 30 from GPT-5.6 on).
_STEP = 128
_AUTOMATIC_SECONDS = 600.0
# Among how many machines requests without a key are spread, where OpenAI speaks of the load alone.
_MACHINES = 3


@dataclass
class _Entry:
    expires: float
    seconds: float


@dataclass
class Visit:
    """What one request meets in the cache, and what it will leave there once its answer begins."""

    tokens: Tokens
    writes: list[tuple[tuple[str, str], float]] = field(default_factory=list)
    text: tuple[tuple[str, str], str] | None = None

    def without_cache(self) -> Visit:
        return Visit(Tokens(input=self.tokens.prompt))


class Cache:
    """The entries of one account. Entries of one model are never read by another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._texts: dict[tuple[str, str], list[tuple[str, _Entry]]] = {}
        self._lock = threading.Lock()

    def look_up(self, blocks: Sequence[Block], model: Model, seeds: dict[str, str]) -> Visit:
        """What a Claude request reads and will write. `seeds` are, by level, settings whose change invalidates the level and later ones."""
        sizes = list(itertools.accumulate(block.size(model) for block in blocks))
        total = max(1, round(sizes[-1])) if sizes else 1
        keys = _keys(blocks, model, seeds)
        marks = [index for index, block in enumerate(blocks) if block.mark is not None]
        if model.cache_minimum is None or not marks:
            return Visit(Tokens(input=total))
        with self._lock:
            now = self._clock.now()
            read = max((self._hit(keys, mark, now) for mark in marks), default=-1)
        cached = round(sizes[read]) if read >= 0 else 0
        tokens, writes, position = Tokens(read=cached), [], cached
        for mark in marks:
            size = round(sizes[mark])
            if mark <= read or size < model.cache_minimum:
                continue
            ttl = blocks[mark].mark or "5m"
            writes.append((keys[mark], _SECONDS[ttl]))
            tokens += Tokens(write_1h=size - position) if ttl == "1h" else Tokens(write_5m=size - position)
            position = size
        return Visit(tokens + Tokens(input=total - position), writes)

    def look_up_automatic(self, blocks: Sequence[Block], model: Model, key: str | None) -> Visit:
        """What a request reads and will write where the API caches by itself: the longest start that it shares with an earlier one.

        `key` is the `prompt_cache_key`: requests with the same key and start go to the same machine. Without one they are spread.
        """
        text = "\x00".join(f"{block.role}\x01{block.text}" for block in blocks)
        total = max(1, round(sum(block.size(model) for block in blocks)))
        minimum = model.cache_minimum
        if minimum is None or total < minimum:
            return Visit(Tokens(input=total))
        machine = f"key {key}" if key is not None else f"machine {int(digest(text), 16) % _MACHINES}"
        place = (model.id, machine)
        with self._lock:
            now = self._clock.now()
            shared = 0
            for earlier, entry in self._texts.get(place, []):
                if entry.expires > now:
                    length = _common(text, earlier)
                    if length > shared:
                        shared = length
                        entry.expires = now + entry.seconds
        cached = min(tokens_of(text[:shared], model), total) // _STEP * _STEP
        cached = cached if cached >= minimum else 0
        written = (total - cached) // _STEP * _STEP if model.cache_write_5m is not None else 0
        return Visit(Tokens(input=total - cached - written, read=cached, write_5m=written), text=(place, text))

    def publish(self, visit: Visit) -> None:
        """The answer begins: what the request wrote can be read from now on."""
        with self._lock:
            now = self._clock.now()
            for key, seconds in visit.writes:
                self._entries[key] = _Entry(now + seconds, seconds)
            if visit.text is not None:
                place, text = visit.text
                self._texts.setdefault(place, []).append((text, _Entry(now + _AUTOMATIC_SECONDS, _AUTOMATIC_SECONDS)))

    def _hit(self, keys: list[tuple[str, str]], mark: int, now: float) -> int:
        """The last block before a mark up to which something is cached, -1 if nothing is. A hit renews what it reads."""
        for index in range(mark, max(-1, mark - _LOOK_BACK), -1):
            entry = self._entries.get(keys[index])
            if entry is not None and entry.expires > now:
                entry.expires = now + entry.seconds
                return index
        return -1


def place_top_level(blocks: list[Block], ttl: str) -> list[Block]:
    """The blocks with the mark of a top-level `cache_control`: on the last one that can have it."""
    for index in range(len(blocks) - 1, -1, -1):
        if blocks[index].kind != "thinking" and (blocks[index].text or blocks[index].kind != "text"):
            return [*blocks[:index], replace(blocks[index], mark=ttl), *blocks[index + 1 :]]
    return blocks


def _keys(blocks: Sequence[Block], model: Model, seeds: dict[str, str]) -> list[tuple[str, str]]:
    """For each block a name of all that stands up to it."""
    keys, running, level = [], "", ""
    for block in blocks:
        if block.level != level:
            level = block.level
            running = digest(running, level, seeds.get(level, ""))
        running = digest(running, str(block.turn), block.role, block.identity)
        keys.append((model.id, running))
    return keys


def _common(one: str, other: str) -> int:
    limit = min(len(one), len(other))
    if one[:limit] == other[:limit]:
        return limit
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
