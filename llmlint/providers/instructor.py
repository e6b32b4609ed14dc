"""instructor (1.7 to 1.15, read on 2026-11-26): clients that take another SDK's requests with a `response_model`, in several forms.

`instructor.from_anthropic(…)` and its like are `Object`s named after the function. Which SDK sends the request is in the function's name or,
for `from_provider("anthropic/claude-…")`, in its first argument, which names the model too.
"""

from __future__ import annotations

from dataclasses import dataclass

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.values.values import Object, Text, Value

_BY_FUNCTION = {"from_anthropic": "anthropic", "from_openai": "openai", "from_litellm": "litellm"}
# Clients of vendors whose models are their own; the messages are in OpenAI's form.
_VENDORS = frozenset(
    {"mistral", "cohere", "genai", "gemini", "google", "vertexai", "groq", "perplexity", "fireworks", "cerebras", "xai", "writer", "deepseek",
     "generative-ai", "databricks", "together", "anyscale"}
)  # fmt: skip
_BY_PROVIDER = {"anthropic": "anthropic", "openai": "openai", "azure_openai": "openai", "litellm": "litellm"}


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What a client of instructor sends its requests through: a provider's name (None where it is another SDK; `is_of_vendor`: that of a vendor
    with models of its own), the SDK's client, and the model that the client was made with."""

    provider: str | None
    is_of_vendor: bool = False
    client: tuple[Value, ...] = ()
    models: tuple[Value, ...] = ()


def wrapped_by(evaluator: Evaluator, value: Object) -> Wrapped | None:
    """What is behind a client of instructor; None for other objects."""
    if not isinstance(value.of, str) or not value.of.startswith("instructor.from_") or value.call is None or value.place is None:
        return None
    function = value.of.rpartition(".")[2]
    first = value.call.value("model", 0) if function == "from_provider" else value.call.value("client", 0)
    given = evaluator.evaluate(first, value.place) if first is not None else ()
    if function != "from_provider":
        return Wrapped(_BY_FUNCTION.get(function), function.removeprefix("from_") in _VENDORS, given)
    names = {each.value.partition("/")[0] for each in given if isinstance(each, Text) and each.value is not None}
    providers = {_BY_PROVIDER.get(name) for name in names}
    return Wrapped(providers.pop() if len(providers) == 1 else None, bool(names) and names <= _VENDORS, models=given)
