"""Which models a request asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.catalog import vendor_of
from llmlint.catalog.others import are_elsewhere
from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_test_file
from llmlint.link.values import guards
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.values import TESTED, Object, Record, Text, Value
from llmlint.providers.base import Provider
from llmlint.providers.hosts import Host
from llmlint.request_data import ModelValue
from llmlint.scan.expressions import dotted_name
from llmlint.sdks.shape import Sdk


def asks_for_others(arguments: CallArguments, provider: Provider, vendor: str | None, models: Sequence[ModelValue]) -> bool:
    """Whether the models of a request, or those that the tests around it let through, are somebody else's."""
    if vendor not in (None, "anthropic", "openai"):
        return False  # Its own client asks for its own models.
    argument = arguments.written.get("model")
    name = dotted_name(argument.value) if argument is not None else None
    tested = guards.tested_strings(arguments.place.module, arguments.place.point, name) if name is not None else set()
    fixed = {model.spelling for model in models} if all(model.is_only for model in models) else set()
    # An SDK's own host knows its models without the name of the vendor.
    prefixes = ("openai/", "anthropic/") if provider.name in ("anthropic", "openai") and arguments.has("model") else ()
    return are_elsewhere(tested or fixed) or any(model.spelling.startswith(prefixes) for model in models)


def are_free(sdk: Sdk, models: Sequence[ModelValue]) -> bool:
    """Whether all known models of a request are ones that its host serves for nothing."""
    names = [model.spelling.removeprefix("models/") for model in models]
    return bool(names) and all(name.startswith(sdk.free) for name in names)


def is_for_agent(arguments: CallArguments) -> bool:
    """Whether a request is one to an agent of an Azure project, which no batch takes: `extra_body={"agent_reference": {"name": "reviewer", …}}`."""
    bodies = (value for value in arguments.values("extra_body") if isinstance(value, Record))
    return any("agent" in body.entries or "agent_reference" in body.entries for body in bodies)


def without_foreign(models: Sequence[ModelValue], provider: Provider, host: Host) -> tuple[ModelValue, ...]:
    """The models of a request to OpenAI's own host: where some are its own, those that Anthropic or Google serve are of other branches of the
    program."""
    vendors = [vendor_of(model.spelling) if "/" not in model.spelling else None for model in models]
    if provider.name != "openai" or host is not Host.OWN or "openai" not in vendors:
        return tuple(models)
    return tuple(model for model, vendor in zip(models, vendors, strict=True) if vendor in (None, "openai"))


def models_of(
    evaluator: Evaluation, arguments: CallArguments, provider: Provider, is_in_test: bool, of_client: tuple[Value, ...]
) -> Iterator[ModelValue]:
    """What the model argument can be. What a test passes to production code is none of it."""
    for name in provider.sdk.roles.model:
        values = arguments.values(name) or (of_client if name == "model" else ())
        values = tuple(each for value in values for each in _named_by(evaluator, value))
        texts = [value for value in values if isinstance(value, Text) and value.value and value.source != TESTED]
        if not is_in_test:
            texts = [text for text in texts if not _is_written_in_test(arguments.program, text)]
        for text in texts:
            spelling = text.value or ""
            # What stands in the call itself is what it asks for.
            is_here = (
                text.at.path == arguments.place.module.path and not arguments.site.start <= text.at.start < arguments.site.end
            )
            if is_here and guards.excludes_constant(evaluator, arguments.place, text.at.start):
                continue
            if provider.sdk.vendor is not None and vendor_of(spelling) not in (None, provider.sdk.vendor):
                continue
            yield ModelValue(spelling, text.at, text.source, is_only=len(texts) == len(values))
        if texts:
            return


def _named_by(evaluator: Evaluation, value: Value) -> tuple[Value, ...]:
    """What the model is called that an agent is given as an object: `OpenAIChatCompletionsModel(model="…")`, `AnthropicModel("…")`."""
    if isinstance(value, Object) and isinstance(value.of, str) and value.of.endswith("Model") and value.call and value.place:
        entries = read_arguments(evaluator, value.call, value.call.args, ("model",), value.place).fields.entries
        entry = entries.get("model") or entries.get("model_name")
        return entry.bounded if entry is not None else (value,)
    return (value,)


def _is_written_in_test(program: Program, text: Text) -> bool:
    module = program.module(text.at.path) if text.at.path.endswith(".py") else None
    return module is not None and is_test_file(program, module)
