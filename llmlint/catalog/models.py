"""What is known of one model, and how the generated table is read."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Requests:
    """What a request of a model may hold, and what the model does unless it is told not to. `source` says where and when that was read.

    `thinks`: it thinks, or reasons, unless told not to. `off` is what turns that off (a `thinking.type` of Claude, a reasoning effort of
    GPT), None where nothing does; `least` is the lowest effort then. `budgets`: it takes thinking budgets. `prefill`: it goes on with
    a message of the assistant at the end. `max_tokens`: it takes that parameter in Chat Completions. `sampling` (temperature and the like),
    `forced_tools` (a `tool_choice` that forces one) and `chat_tools` (function tools in Chat Completions) are `always`, `off` (only
    while it does not think) or `never`. `room` is how many tokens of the limit of an answer to leave for what it thinks; None where it does not.
    """

    thinks: bool
    off: str | None
    least: str | None
    budgets: bool
    prefill: bool
    max_tokens: bool
    room: int | None
    room_source: str | None
    sampling: str
    forced_tools: str
    chat_tools: str
    source: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model of a provider.

    `id` is the provider's own undated name (`claude-opus-4-5`, `gpt-4o`); `snapshot` the date that its dated name carries.
    `vendor` is `anthropic`, `openai` or `google`, or one of which only prices are known; `tier` is `premium`, `mid`, `small`, or None for
    models that do not compare.

    Prices are USD per million tokens on the provider's own API, without discounts, and for prompts below the length at which
    some models cost more (100,000 tokens for Haiku 5.5, 272,000 for GPT-5.4 and later). None where no price is published:
    a None for `cache_read` or a cache write then means that such tokens cost as much as other input. A model with prices for
    OpenAI's flex tier takes `service_tier="flex"`; for others the API refuses that, as far as is known.

    `cache_minimum` is the smallest prompt prefix in tokens that can be cached. `retires` is the day on which the provider's own
    API stops serving the model, past or announced. `successor` is the id of the model to move to.
    `tokenizer` is `claude-4.7` (Opus 4.7 and later, Claude 5), `claude-3` (before), `openai` (o200k_base) or `openai-cl100k`.
    `requests` is what its requests may hold, None where that is not known.
    Each `…_source` says where and when the figure was read.
    """

    id: str
    vendor: str
    family: str
    tier: str | None
    tokenizer: str
    snapshot: str | None
    requests: Requests | None
    input: float | None
    output: float | None
    cache_read: float | None
    cache_write_5m: float | None
    cache_write_1h: float | None
    batch_input: float | None
    batch_output: float | None
    flex_input: float | None
    flex_output: float | None
    price_source: str | None
    price_date: datetime.date | None
    cache_minimum: int | None
    cache_minimum_source: str | None
    released: datetime.date | None
    released_source: str | None
    retires: datetime.date | None
    retires_source: str | None
    successor: str | None
    successor_source: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """The generated table: models by id, exact further spellings to ids, and the current model of each vendor and tier.

    `date` is the day on which the prices were read.
    """

    date: datetime.date
    models: Mapping[str, Model]
    aliases: Mapping[str, str]
    current: Mapping[str, Mapping[str, str]]


def load_table() -> Table:
    """Read the table that ships with the package."""
    data = json.loads(Path(__file__).with_name("models.json").read_text(encoding="utf-8"))
    sources: dict[str, str] = data["sources"]
    requests = {name: _requests(row, sources) for name, row in data["requests"].items()}
    models = {row["id"]: _model(row, sources, requests) for row in data["models"]}
    return Table(datetime.date.fromisoformat(data["date"]), models, data["aliases"], data["current"])


def _requests(row: dict[str, Any], sources: dict[str, str]) -> Requests:
    said = {name: sources[row[name]] for name in ("source", "room_source") if row[name] is not None}
    return Requests(**{**row, **said})


def _model(row: dict[str, Any], sources: dict[str, str], requests: dict[str, Requests]) -> Model:
    row["requests"] = requests.get(row["requests"])
    for name, value in row.items():
        if value is None:
            continue
        if name in ("price_date", "released", "retires"):
            row[name] = datetime.date.fromisoformat(value)
        elif name.endswith("_source"):
            row[name] = sources[value]
    return Model(**row)
