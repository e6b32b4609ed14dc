"""What the requests of one account cost, line by line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from llmlint.catalog import Model


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one request: `input` those neither read from the cache nor written to it, the two kinds of writes, reads, and output."""

    input: int = 0
    write_5m: int = 0
    write_1h: int = 0
    read: int = 0
    output: int = 0

    @property
    def write(self) -> int:
        return self.write_5m + self.write_1h

    @property
    def prompt(self) -> int:
        """All that was sent."""
        return self.input + self.write + self.read

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.write_5m + other.write_5m,
            self.write_1h + other.write_1h,
            self.read + other.read,
            self.output + other.output,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One request that was answered.

    `model` is its canonical id; `kind` is `messages`, `chat`, `responses`, `batch` (a row of a batch) or `flex`. `dollars` is what it costs by the
    list prices of llmlint's catalogue. `text` is the prompt; `bucket` a label that the server's `bucket_of` gave it.
    """

    model: str
    kind: str
    tokens: Tokens
    dollars: float
    text: str
    bucket: str


@dataclass
class Bill:
    """The lines of an account, in the order in which they were answered."""

    lines: list[Line] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, line: Line) -> None:
        with self._lock:
            self.lines.append(line)

    def refuse(self, reason: str) -> None:
        """Note a request that was answered with an error, which costs nothing."""
        with self._lock:
            self.refused.append(reason)

    @property
    def dollars(self) -> float:
        return sum(line.dollars for line in self.lines)

    @property
    def tokens(self) -> Tokens:
        return total(line.tokens for line in self.lines)

    def by(self, key: Callable[[Line], str]) -> dict[str, Bill]:
        """One bill for each value of `key`, by name."""
        groups: dict[str, Bill] = {}
        for line in self.lines:
            groups.setdefault(key(line), Bill()).lines.append(line)
        return dict(sorted(groups.items()))

    def by_bucket(self) -> dict[str, Bill]:
        return self.by(lambda line: line.bucket)

    def by_model(self) -> dict[str, Bill]:
        return self.by(lambda line: line.model)


def total(tokens: Iterable[Tokens]) -> Tokens:
    return sum(tokens, Tokens())


def price(model: Model, tokens: Tokens, *, half: bool = False) -> float:
    """USD for the tokens by the catalogue's list prices. Raises ValueError where a price that is needed is not known.

    `half`: at the price of a batch, where all prices fall as the input price does.
    """
    if model.input is None or model.output is None:
        raise ValueError(f"the catalogue has no price of {model.id}")
    base = model.input
    dollars = (
        tokens.input * base
        + tokens.write_5m * (base if model.cache_write_5m is None else model.cache_write_5m)
        + tokens.write_1h * (2 * base if model.cache_write_1h is None else model.cache_write_1h)
        + tokens.read * (base if model.cache_read is None else model.cache_read)
        + tokens.output * model.output
    )
    if half:
        # Half of everything, where the catalogue has no figure for the model.
        dollars *= (model.batch_input or base / 2) / base
    return dollars / 1_000_000
