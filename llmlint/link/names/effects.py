"""What methods do to the object that they are called on, and functions to the program: the one table of names that make a list longer or change it
otherwise.

It stands on the lowest floor of `link`, so that values, calls and flow can share it.
"""

from __future__ import annotations

import re

from llmlint.scan import expressions as ex

# Something is added, and what was there stays.
ADDS = frozenset(
    {"append", "extend", "insert", "add", "appendleft", "extendleft", "push", "add_message", "add_messages", "append_message",
     "add_user_message", "add_assistant_message", "add_ai_message", "add_system_message", "add_tool_message", "add_turn"}
)  # fmt: skip
# Of these, what puts it at the start, so that everything behind it moves.
ADDS_AT_START = frozenset({"appendleft", "extendleft"})
# A queue, which nobody looks through, takes an item.
PUTS = frozenset({"put", "put_nowait"})
# An item gets a value.
SETS = frozenset({"update", "setdefault", "__setitem__"})
# Something is taken away.
REMOVES = frozenset({"pop", "popitem", "popleft", "remove", "discard", "clear"})
# The order changes.
ORDERS = frozenset({"sort", "reverse"})

CHANGES = ADDS | SETS | REMOVES | ORDERS

# Functions out of sight that keep a list, or look for something by it, and leave it as it is.
LEAVES_ALONE = re.compile(
    r"_?(save|store|persist|record|dump|write|log|search|find|match|recall|retrieve|query|count|estimate|load|summari[sz]e)"
)

# Exits that leave the function; `end` is a call of `sys.exit` and the like.
LEAVES = frozenset({"return", "raise", "end"})

# Functions and methods that look at what they are given and leave it as it is.
_HARMLESS = frozenset(
    {"print", "len", "str", "repr", "dict", "list", "tuple", "set", "sorted", "bool", "isinstance", "type", "id", "any", "all", "sum", "min",
     "max", "enumerate", "zip", "iter", "reversed", "dumps", "dump", "debug", "info", "warning", "error", "exception", "log", "pprint",
     "deepcopy", "copy", "create", "stream", "parse", "acreate", "completion", "acompletion", "count_tokens", "write", "append", "extend",
     "format", "hash", "getattr", "asdict", "tool_runner", "create_with_completion", "tqdm", "cast", "map", "filter", "encode", "sha1", "md5",
     "join", "update", "format_map"}
)  # fmt: skip
# Of these, methods that something else may run: `to_thread(client.messages.create, messages=messages)`.
_SENDS = frozenset({"create", "stream", "parse", "completion", "acompletion"})


def is_surely_harmless(call: ex.Call) -> bool:
    """Whether a call leaves all that it is handed as it is, by its name or by what it runs."""
    tail = call.func.attr if isinstance(call.func, ex.Attribute) else call.func.id if isinstance(call.func, ex.Name) else ""
    return tail in _HARMLESS or any(isinstance(each.value, ex.Attribute) and each.value.attr in _SENDS for each in call.args)
