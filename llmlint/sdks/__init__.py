"""What SDKs look like, one file an SDK, as data that the prefilter, the second look, providers, rules and fixes read.

A module defines `SDK`. One whose requests need reading of their own has a module of the same name in `llmlint.providers`. Nothing is imported
before it is needed: most runs see no call, and only ask for the words.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmlint.sdks.shape import Evidence, Sdk

TELLING = ("anthropic", "openai", "litellm")
"""The SDKs whose resources and methods have names of their own, such as `messages.create`. They are tried first."""

_ORDER = ("google", "langchain", "bedrock", "mistral", "cohere", "pydantic_ai", "http")

GATES: dict[bytes, dict[bytes, tuple[str, ...]]] = {
    b"ompletion": {b"/chat/completions": ("http",)},
    b"message": {
        b"/v1/messages": ("http",),
        b"send_message": ("google",),
        b"converse": ("bedrock",),
        b".chat": ("mistral", "cohere"),
    },
    b"responses": {b"/v1/responses": ("http",)},
    b"generate": {b"generate_content": ("google",), b"enerateContent": ("http",)},
    b"invoke": {b"invoke(": ("langchain",), b"invoke_model": ("bedrock",)},
    b"langchain": {b"langchain": ("langchain",)},
    b"pydantic_ai": {b"pydantic_ai": ("pydantic_ai",)},
}
"""The other SDKs, by the first of the words of each `Evidence`, and those by a word that each file with them holds: few searches settle most
files."""


@cache
def sdk(name: str) -> Sdk:
    """An SDK by the name of its module."""
    found: Sdk = importlib.import_module(f"{__name__}.{name}").SDK
    return found


@cache
def all_sdks() -> tuple[Sdk, ...]:
    """All SDKs in the order in which they are tried."""
    names = dict.fromkeys(name for words in GATES.values() for found in words.values() for name in found)
    return tuple(sdk(name) for name in (*TELLING, *sorted(names, key=_ORDER.index)))


@cache
def evidence_by(name: str, word: bytes) -> tuple[Evidence, ...]:
    """What shows a call of an SDK in files with a word."""
    return tuple(each for each in sdk(name).evidence if each.words[0] == word)


@cache
def evidence() -> tuple[Evidence, ...]:
    """All that shows in the bytes of a file that it may call an SDK whose methods have no telling names."""
    return tuple(each for found in all_sdks() for each in found.evidence)


@cache
def names_of_methods() -> frozenset[str]:
    """The names of all methods that count only with evidence."""
    return frozenset(name for each in evidence() for name in each.names)
