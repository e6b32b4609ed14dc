"""One client for each kind of program; they keep their connections open."""

from __future__ import annotations

import functools
import os

import anthropic
import openai


@functools.lru_cache(maxsize=1)
def claude() -> anthropic.Anthropic:
    return anthropic.Anthropic(max_retries=4, timeout=120.0)


def async_claude() -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(max_retries=4, timeout=120.0)


@functools.lru_cache(maxsize=1)
def gateway() -> openai.OpenAI:
    """The company's gateway: OpenAI's protocol, whatever the model."""
    return openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])
