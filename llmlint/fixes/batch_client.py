"""`batching(…)` around the client, where it is made."""

from __future__ import annotations

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch_tree import Tree, tail_of
from llmlint.fixes.by_hand import ByHand
from llmlint.link.values.values import Record
from llmlint.source import Span

_METHODS = frozenset(
    {"messages.create", "messages.parse", "beta.messages.create", "beta.messages.parse", "chat.completions.create",
     "chat.completions.parse", "beta.chat.completions.parse", "responses.create", "responses.parse",
     "beta.prompt_caching.messages.create"}
)  # fmt: skip
# With these, a request has no place in a batch: the batching client sends it as ever.
_ALONE = frozenset({"extra_headers", "extra_query", "speed", "background"})

# Headers that the client passes on to the batch.
_OF_VERSIONS = frozenset({"anthropic-beta"})


def check_takes_batching(call: Request) -> None:
    """See to it that a batching client can be put in the place of the client, and sends the call in a batch."""
    if call.api == "openai.legacy":
        raise ByHand("`openai.ChatCompletion` is of an SDK that has no batches (openai<1): `openai migrate` changes such calls")
    if (call.client or "").partition(".")[0] == "openai":
        raise ByHand("the module `openai` makes the call, and only a client object can be a batching one")
    if call.method not in _METHODS:
        raise ByHand(f"the batching client does not take `{call.method}`")
    if call.is_streaming:
        raise ByHand("a batch has no streams")
    for name in sorted(_ALONE):
        if name in call.fields.entries and not (name == "extra_headers" and _are_of_versions(call)):
            raise ByHand(f"a request of a batch cannot have a `{name}` of its own")
    if ".with_options(" in call.source(call.span) or ".with_streaming_response" in call.source(call.span):
        raise ByHand("the call has options of its own")
    if not call.made_clients:
        raise ByHand("the source does not show where the client is made, or it is not a plain one of the vendor's own host")


def _are_of_versions(call: Request) -> bool:
    """Whether the headers of a request only name features of the API, which batches know, too."""
    values = call.values("extra_headers")
    return bool(values) and all(
        isinstance(value, Record) and not value.is_open and set(value.entries) <= _OF_VERSIONS for value in values
    )


def is_batching(tree: Tree, made: Span) -> bool:
    """Whether a construction stands in a call of `batching` already."""
    node = tree.find(made, cst.Call)
    parent = tree.parents.get(tree.parents[node]) if node is not None else None
    return isinstance(parent, cst.Call) and tail_of(parent.func) == "batching"
