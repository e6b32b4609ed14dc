"""`batching(…)` around the client, where it is made."""

from __future__ import annotations

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch_tree import Tree, tail_of
from llmlint.source import Span

_METHODS = frozenset(
    {"messages.create", "messages.parse", "beta.messages.create", "beta.messages.parse", "chat.completions.create",
     "chat.completions.parse", "beta.chat.completions.parse", "responses.create", "responses.parse",
     "beta.prompt_caching.messages.create"}
)  # fmt: skip
# With these, a request has no place in a batch: the batching client sends it as ever.
_ALONE = frozenset({"timeout", "extra_headers", "extra_query", "speed", "background"})


def takes_batching(call: Request) -> bool:
    """Whether a batching client sends a call in a batch."""
    if call.method not in _METHODS or call.is_streaming or any(name in call.fields.entries for name in _ALONE):
        return False
    return ".with_options(" not in call.source(call.span) and ".with_streaming_response" not in call.source(call.span)


def is_batching(tree: Tree, made: Span) -> bool:
    """Whether a construction stands in a call of `batching` already."""
    node = tree.find(made, cst.Call)
    parent = tree.parents.get(tree.parents[node]) if node is not None else None
    return isinstance(parent, cst.Call) and tail_of(parent.func) == "batching"
