"""The formats of exports, one a file. A file's format is the first whose `matches` takes its records, so exact ones come first."""

from __future__ import annotations

from llmlint.audit.formats import (
    anthropic_api,
    anthropic_console,
    bedrock,
    braintrust,
    claude_code,
    cloudflare,
    cur,
    exchanges,
    helicone,
    langfuse,
    langsmith,
    litellm,
    openai_api,
    openinference,
    opentelemetry,
)
from llmlint.audit.formats.base import Format

FORMATS: tuple[Format, ...] = (
    anthropic_api.FORMAT,
    anthropic_console.FORMAT,
    openai_api.FORMAT,
    bedrock.FORMAT,
    cur.FORMAT,
    litellm.FORMAT,
    langfuse.FORMAT,
    helicone.FORMAT,
    langsmith.FORMAT,
    braintrust.FORMAT,
    openinference.FORMAT,
    opentelemetry.FORMAT,
    cloudflare.FORMAT,
    claude_code.FORMAT,
    exchanges.FORMAT,
)
