"""Accounts of the metered API whose calls go through the batching client."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai

from llmlint.fixes.templates.llm_batches import batching
from metered import Account, MeteredServer, Settings

CLAUDE: dict[str, Any] = {"model": "claude-haiku-5-5", "max_tokens": 100}


@dataclass
class Shop:
    """An account of the metered API, and clients that send its calls in batches."""

    server: MeteredServer
    name: str
    folder: Path
    stack: ExitStack

    @property
    def account(self) -> Account:
        return self.server.account(self.name)

    def set_up(self, **settings: Any) -> None:
        """A new account, with other settings."""
        self.server._accounts.pop(self.name, None)
        self.server.account(self.name, Settings(**{"latency": 0.0, "polls": 0, **settings}))

    @property
    def kinds(self) -> Counter[str]:
        return Counter(line.kind for line in self.account.bill.lines)

    @property
    def sizes(self) -> list[int]:
        """How many requests each Message Batch has."""
        return [len(batch.requests) for batch in self.account.batches.values()]

    @property
    def kept(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def options(self, **options: Any) -> dict[str, Any]:
        return {"window": 0.5, "poll_seconds": 0.01, "folder": self.folder, **options}

    def claude(self, *, client: dict[str, Any] | None = None, **options: Any) -> anthropic.Anthropic:
        url = self.server.anthropic_url(self.name)
        given = anthropic.Anthropic(**{"base_url": url, "api_key": "k", **(client or {})})
        return self.stack.enter_context(batching(given, **self.options(**options)))

    def gpt(self, **options: Any) -> openai.OpenAI:
        given = openai.OpenAI(base_url=self.server.openai_url(self.name), api_key="k")
        return self.stack.enter_context(batching(given, **self.options(**options)))

    def async_claude(self, **options: Any) -> anthropic.AsyncAnthropic:
        """To be closed by whoever makes it, in its event loop."""
        given = anthropic.AsyncAnthropic(base_url=self.server.anthropic_url(self.name), api_key="k")
        return batching(given, **self.options(**options))

    def async_gpt(self, **options: Any) -> openai.AsyncOpenAI:
        given = openai.AsyncOpenAI(base_url=self.server.openai_url(self.name), api_key="k")
        return batching(given, **self.options(**options))
