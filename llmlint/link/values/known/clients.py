"""Copies of clients, and functions that wrap a client."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.values.known.table import LibraryCall, known_ending, known_tail
from llmlint.link.values.values import Object, Value

_WRAPPERS = ("from_", "wrap", "patch", "trace", "observe")


@known_ending("().with_options", "().copy")
def copied(call: LibraryCall) -> Iterator[Value]:
    yield Object(call.made_by, call.expression, call.place)


@known_tail("get_openai_client", "get_azure_openai_client")
def of_project(call: LibraryCall) -> Iterator[Value]:
    """The client of the OpenAI SDK for the deployments of an Azure project: `AIProjectClient(…).get_openai_client()` (azure-ai-projects 1 and 2)."""
    if call.name.startswith("azure.ai.projects."):
        name = "AsyncAzureOpenAI" if ".aio." in call.name else "AzureOpenAI"
        yield Object(f"openai.{name}", call.expression, call.place)


@known_tail("batching")
def batching(call: LibraryCall) -> Iterator[Value]:
    """The batching client that batch fixes put around a client: it is one of the same class."""
    yield from call.values(call.first)


def made(call: LibraryCall) -> Iterator[Value]:
    """What a call returns that nothing but its name tells of: an object, or the client that it wraps."""
    if call.name.startswith(("instructor.from_", "langchain")) and call.tail.startswith("from_"):
        # A client of its own kind, or a chain: `RetrievalQA.from_chain_type(llm)`.
        yield Object(call.name, call.expression, call.place)
    elif call.tail[:1].isupper() or call.tail.startswith(("from_", "wrap", "patch")):
        yield _wrapped(call) or Object(call.name, call.expression, call.place)
    else:
        yield call.result()


def _wrapped(call: LibraryCall) -> Value | None:
    """Helpers that take a client and return one of the same kind: `instructor.from_openai(OpenAI())`, `wrap_openai(client)`."""
    if not call.tail.startswith(_WRAPPERS):
        return None
    arguments = call.expression.args[:1]
    objects = (value for argument in arguments for value in call.values(argument.value) if isinstance(value, Object))
    return next(objects, None)
