"""Accounts of the metered API whose calls go through the batching client."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai

from metered import Account, MeteredServer, Settings

CLAUDE: dict[str, Any] = {"model": "claude-haiku-5-5", "max_tokens": 100}


@dataclass
class Shop:
    """An account of the metered API, and clients that send its calls in batches. `helper` is the module with the batching client."""

    server: MeteredServer
    name: str
    folder: Path
    stack: ExitStack
    helper: Any

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
        return sorted(path.stem for path in self.folder.glob("*.txt"))

    def batching(self, client: Any, **options: Any) -> Any:
        """The batching client; `options` are constants of the module, and limits of the API."""
        given = {"window": 0.5, "poll_seconds": 0.01, "folder": self.folder, **options}
        api = (
            self.helper._Anthropic if isinstance(client, (anthropic.Anthropic, anthropic.AsyncAnthropic)) else self.helper._OpenAI
        )
        for name, value in given.items():
            setattr(api if name.startswith("max_") else self.helper, name if name.startswith("max_") else name.upper(), value)
        return self.helper.batching(client)

    def claude(self, *, client: dict[str, Any] | None = None, **options: Any) -> anthropic.Anthropic:
        url = self.server.anthropic_url(self.name)
        given = anthropic.Anthropic(**{"base_url": url, "api_key": "k", **(client or {})})
        return self.stack.enter_context(self.batching(given, **options))

    def gpt(self, **options: Any) -> openai.OpenAI:
        given = openai.OpenAI(base_url=self.server.openai_url(self.name), api_key="k")
        return self.stack.enter_context(self.batching(given, **options))

    def async_claude(self, **options: Any) -> anthropic.AsyncAnthropic:
        """To be closed by whoever makes it, in its event loop."""
        given = anthropic.AsyncAnthropic(base_url=self.server.anthropic_url(self.name), api_key="k")
        return self.batching(given, **options)

    def async_gpt(self, **options: Any) -> openai.AsyncOpenAI:
        given = openai.AsyncOpenAI(base_url=self.server.openai_url(self.name), api_key="k")
        return self.batching(given, **options)
