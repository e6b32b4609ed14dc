"""Models that neither OpenAI nor Anthropic serve, by what their names hold: who asks for one talks to somebody else's host.

Read on 2026-11-28 against genai-prices 0.2.3: names of other vendors' models there hold each of these, and no name of OpenAI's or Anthropic's
models does. Falcon, StarCoder, InternLM, Doubao and DBRX have no price there.
"""

from __future__ import annotations

import re
from collections.abc import Collection

LINES = (
    "llama", "deepseek", "gemini", "gemma", "mistral", "codestral", "ministral", "magistral", "devstral", "mixtral", "pixtral", "qwen", "qwq",
    "grok", "command-r", "nemotron", "vicuna", r"\bphi-", "glm-", "kimi", "falcon", "sonar", "zephyr", "wizardlm", "openchat", "starcoder",
    "baichuan", "internlm", "moonshot", "doubao", "hunyuan", r"\bgranite", r"\bolmo", "hermes", "minimax", "dbrx", "jamba", r"\byi-",
)  # fmt: skip
"""Patterns of the lines' names, in small letters."""

SERVERS = ("tgi", "vllm", r"local[-_]?model")
"""Whole names that servers of one model are asked for, whatever that model is called."""

_OTHER = re.compile(f"{'|'.join(LINES)}|^(?:{'|'.join(SERVERS)})$", re.IGNORECASE)


def are_elsewhere(models: Collection[str]) -> bool:
    """Whether models, by their names, can only be served by a host that is neither OpenAI's nor Anthropic's."""
    return bool(models) and all(not model.startswith("ft:") and _OTHER.search(model) for model in models)
