"""What SDKs look like, one file an SDK, as data that the prefilter, the second look, providers, rules and fixes read.

A module defines `SDK`. One whose requests need reading of their own has a module of the same name in `llmlint.providers`.
"""

from __future__ import annotations

from functools import cache

from llmlint.sdks import anthropic, bedrock, cohere, google, http, langchain, litellm, mistral, openai, pydantic_ai
from llmlint.sdks.shape import Evidence, Sdk

SDKS: tuple[Sdk, ...] = tuple(
    module.SDK for module in (anthropic, openai, litellm, google, langchain, bedrock, mistral, cohere, pydantic_ai, http)
)
"""In the order in which they are tried: the more telling first."""


@cache
def evidence() -> tuple[Evidence, ...]:
    """What shows in the bytes of a file that it may call an SDK whose methods have no telling names."""
    return tuple(each for sdk in SDKS for each in sdk.evidence)


@cache
def names_of_methods() -> frozenset[str]:
    """The names of all methods that count only with evidence."""
    return frozenset(name for each in evidence() for name in each.names)
