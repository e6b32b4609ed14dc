"""Whether the bytes of a file can hold an LLM call at all. Files where they cannot are never decoded or parsed.

To say yes without need costs a parse; to say no wrongly loses a finding. A call that is written out is known by its pattern;
where the client cannot be traced to the call (a resource bound to a name, `getattr`), an LLM-related word is required.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from operator import contains
from typing import TYPE_CHECKING

from llmlint.discover.prose import has_code
from llmlint.sdks import GATES, evidence_by
from llmlint.sdks.shape import ROW_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmlint.performance.contains import Contains
    from llmlint.sdks.shape import Evidence

# Plain searches come first everywhere: each is several times as fast as a regular expression over the same bytes.
_RESOURCES = (b"messages", b"completions", b"responses")
# The resource of openai before version 1: also the name of a type in later ones, and the start of the names of more.
_LEGACY = b"ChatCompletion"
# instructor's clients have the methods themselves: `client.create(…)`.
_OF_INSTRUCTOR = re.compile(rb"\w\.create(?:_with_completion|_partial|_iterable)?\(")
_METHODS = (b"create", b"parse", b"stream", b"tool_runner", b"compact")
_WORDS = (b"anthropic", b"openai", b"claude", b"gpt-", b"llm", b"max_tokens")

RESOURCE_NAMES = frozenset({"messages", "completions", "responses"})
METHOD_NAMES = frozenset(
    {
        "create",
        "acreate",
        "parse",
        "stream",
        "tool_runner",
        "compact",
        "create_with_completion",
        "create_partial",
        "create_iterable",
    }
)

# instructor adds the three variants of `create` to a client.
_METHOD = rb"(?:a?create(?:_with_completion|_partial|_iterable)?|parse|stream|tool_runner|compact)(?![A-Za-z0-9_])"


def _method_after(gap: bytes) -> re.Pattern[bytes]:
    """What follows a resource in a call: `.create`, `.with_raw_response.parse`, with `gap` wherever Python allows space."""
    dot = gap + rb"\." + gap
    return re.compile(dot + rb"(?:with_(?:raw|streaming)_response" + dot + rb")?" + _METHOD)


# Space, line joins and closing parentheses, with comments between. No part can begin like another, and all have bounds, so that
# no file can make matching slow.
_IN_SOURCE = _method_after(rb"[\s)\\]{0,1000}(?:#[^\r\n]{0,1000}[\r\n][\s)\\]{0,1000}){0,20}")
# The same in JSON, where a line ends in `\n` and perhaps `",` and the next begins with `"`.
_JSON_SPACE = rb"""(?:[\s)\\",]|(?<=\\)[nrt]){0,1000}"""
_IN_NOTEBOOK = _method_after(_JSON_SPACE + rb"(?:#(?:[^\\\r\n]|\\[^n\r\n]){0,1000}(?:\\n|[\r\n])" + _JSON_SPACE + rb"){0,20}")

# What follows a resource that is not used on the spot but bound or passed on: the end of an expression, or no more than the wrapper.
_BOUND = re.compile(rb"""[ \t]*(?:[\r\n;#,)\\"]|\Z|as\b)|\.with_(?:raw|streaming)_response""")
_IMPORTED = re.compile(rb"\s+as\s")
_BEFORE_BOUND = re.compile(rb"(?<![=!<>])=[ \t]*\Z")
# What is looked up on what: one argument, which may hold brackets in brackets, and a name.
_OWNER = rb"getattr\s*\((?:[^()\[\]\"',]|\[[^\]]{0,100}\]|\((?:[^()]|\([^()]{0,100}\)){0,200}\)){0,200},\s*"
_GETATTR_RESOURCE = re.compile(_OWNER + rb"\\?[\"'](?:messages|completions|responses|ChatCompletion)\\?[\"']")
_GETATTR_METHOD = re.compile(_OWNER + rb"(?:\\?[\"']" + _METHOD + rb"\\?[\"']|[^\s\"'\\])")
_NAMED_METHOD = re.compile(rb"\.\s*" + _METHOD + rb"""(?=[\s\\]*[(,)\]}]|[ \t]*(?:[\r\n;#\\"]|\Z))""")

# litellm's functions, as an attribute, in an import, or as a string that `getattr` looks up. The word alone stands in many files.
# A pattern that begins with letters is found ten times as fast as one that begins with a class or an option.
_FUNCTIONS = (re.compile(rb"completion(?:_with_retries)?(?!\w)"), re.compile(rb"responses(?!\w)"))
_BEFORE_COMPLETION = re.compile(rb"(?<!\w)(?:a|batch_)?\Z")
_BEFORE_ATTRIBUTE = re.compile(rb"\.[\s\\]*\Z")
_BEFORE_IMPORTED = re.compile(rb"\bimport(?:\s*\([^)]*|(?:[^\r\n(\\]|\\\r?\n)*)\Z")
_BEFORE_LOOKED_UP = re.compile(rb"\bgetattr\s*\([^()]*[\"']\Z")
# "chat.completion.chunk", `from .completion import …`
# "to litellm.completion to include"
_IN_PROSE = re.compile(rb"\w+(?:/|[ \t]+(?!(?:as|if|else|or|and|is|in|not)\b)[A-Za-z])")
_IN_NAME_OF_SOMETHING = re.compile(rb"""\w+(?:["'`.]|\s+import\b)""")
_LONGEST_IMPORT = 3000
_LONGEST_CHAIN = 300
# Words that stand ahead of parentheses and call nothing that could be handed a resource; but for `getattr`.
_KEYWORD = re.compile(rb"(?<!\w)(?:getattr|return|await|yield|in|is|not|and|or|if|elif|else|while|assert|with|lambda)\Z")


# A row of a batch: the key of a dict, or an argument.
_ROW = re.compile(ROW_KEY.encode() + rb"""(?:\\?["'])?\s*[:=]""")


_last: tuple[bytes, Sequence[bytes]] = (b"", [])


def may_hold_call(data: bytes, has: Contains = contains) -> bool:
    """Whether a file (Python source or notebook, as read from disk) can hold an LLM call site; `has` searches its bytes."""
    # A few searches settle 19 of 20 files that have none.
    gates = gates_of(data, has)
    if not gates:
        return False
    if _has_shown_call(data, gates, has):
        return True
    # Each other call names a resource, `ChatCompletion` or litellm's `completion`.
    if b"ompletion" not in gates and b"responses" not in gates and not (b"message" in gates and has(data, b"messages")):
        return False
    if has(data, ROW_KEY.encode()) and _has_row(data):
        return True
    is_notebook = _is_notebook(data)
    resources = _resources(data)
    if b"instructor" in data and _OF_INSTRUCTOR.search(data):
        return True
    return _has_call(data, is_notebook, resources) or _has_open_way(data, is_notebook, resources)


def gates_of(data: bytes, has: Contains = contains) -> Sequence[bytes]:
    """The words of `GATES` that the bytes of a file hold; remembered for the file that was asked for last."""
    global _last
    last = _last
    if last[0] is not data:
        last = _last = (data, [gate for gate in GATES if has(data, gate)])
    return last[1]


def may_hold_directive(data: bytes, has: Contains = contains) -> bool:
    """Whether the bytes of a file can hold a directive that names rules of llmlint."""
    return bool(has(data, b"llmlint") or (has(data, b"noqa") and has(data, b"LLM")))


def has_plain_call(data: bytes) -> bool:
    """Whether a file that may hold a call is a source where one is written out: its syntax tree needs no second look."""
    return not _is_notebook(data) and (has_shown_call(data) or _has_call(data, False, _resources(data)))


def has_shown_call(data: bytes) -> bool:
    """Whether a call is written out of an SDK whose methods have no telling names, in a file that speaks of it."""
    return _has_shown_call(data, [gate for gate in GATES if gate in data], contains)


def _has_shown_call(data: bytes, gates: Sequence[bytes], has: Contains) -> bool:
    found = ((name, word) for gate in gates for word, names in GATES[gate].items() if has(data, word) for name in names)
    return any(each.is_in(data, has) and _is_called(data, each) for name, word in found for each in evidence_by(name, word))


def _has_row(data: bytes) -> bool:
    places = (found.start() for found in _ROW.finditer(data))
    return any(True for _ in places) if _is_notebook(data) else has_code(data, places)


def _is_called(data: bytes, shown: Evidence) -> bool:
    pattern = _use_of(shown.names) if shown.is_of_function else _call_of(shown.names)
    places = (found.start() for found in pattern.finditer(data))
    return any(True for _ in places) if _is_notebook(data) else has_code(data, places)


@cache
def _call_of(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """A method by one of some names: called, or passed on."""
    return re.compile(rb"\.\s*(?:" + "|".join(sorted(names, key=len, reverse=True)).encode() + rb")(?=[ \t]*[(,)\r\n])")


@cache
def _use_of(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """A function by one of some names, wherever it is named."""
    return re.compile(rb"\b(?:" + "|".join(names).encode() + rb")\b")


def _is_notebook(data: bytes) -> bool:
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _has_call(data: bytes, is_notebook: bool, resources: Sequence[tuple[int, int]]) -> bool:
    """Whether a call is written out: a resource and its method, or one of litellm's functions."""
    if b"litellm" in data and (b"ompletion" in data or b"responses" in data):
        if is_notebook or has_code(data, (at for at in _completions(data) if _is_used(data, at))):
            return True
    tails = (_IN_SOURCE, _IN_NOTEBOOK) if is_notebook else (_IN_SOURCE,)
    found = [at for at, end in resources if any(tail.match(data, end) for tail in tails)]
    return bool(found) and (is_notebook or has_code(data, found))


def _has_open_way(data: bytes, is_notebook: bool, resources: Sequence[tuple[int, int]]) -> bool:
    """Whether a resource gets another name or is passed on, and a method is called that may be one of it."""
    bound = (at for at, end in resources if _is_bound(data, at, end, is_notebook))
    is_bound = any(True for _ in bound) if is_notebook else has_code(data, bound)
    has_look_up = b"getattr" in data and any(method in data for method in _METHODS)
    is_bound = is_bound or (has_look_up and _GETATTR_RESOURCE.search(data) is not None)
    if not is_bound or not (_NAMED_METHOD.search(data) or (has_look_up and _GETATTR_METHOD.search(data))):
        return False
    folded = data.lower()
    return any(word in folded for word in _WORDS)


def _is_bound(data: bytes, at: int, end: int, is_notebook: bool) -> bool:
    """Whether a resource, of which a call may be made later, gets another name or is passed on by one."""
    if _IMPORTED.match(data, end) and data[at - 1 : at] != b".":
        return _is_imported(data[max(at - _LONGEST_IMPORT, 0) : at])
    bound = _BOUND.match(data, end)
    if bound is None:
        return False
    if data[at:end] == _LEGACY:
        return data[at - 1 : at] == b"." or _BEFORE_BOUND.search(data, max(at - 20, 0), at) is not None
    if data[at - 1 : at] != b".":
        return False
    return is_notebook or bound[0][-1:] not in (b",", b")") or not _is_unnamed_argument(data[max(at - _LONGEST_CHAIN, 0) : at])


def _is_unnamed_argument(before: bytes) -> bool:
    """Whether what begins somewhere in some code, and goes on behind it, is an argument of a call without a keyword: `len(self.`."""
    depth = 0
    for index in range(len(before) - 1, -1, -1):
        character = before[index]
        if character in b")]}":
            depth += 1
        elif character in b"([{" and depth:
            depth -= 1
        elif character in b"([{":
            return (
                character == ord("(") and before[:index].rstrip()[-1:].isalnum() and not _KEYWORD.search(before[:index].rstrip())
            )
        elif character in b"=;#" and not depth:
            return False
    return False


def _is_imported(before: bytes) -> bool:
    """Whether some code ends in the middle of an import."""
    imported = before.rfind(b"import")
    return imported >= 0 and _BEFORE_IMPORTED.match(before, imported) is not None


def _completions(data: bytes) -> Iterator[int]:
    """Where the name of one of litellm's functions starts, each time that it occurs."""
    for found in chain.from_iterable(function.finditer(data) for function in _FUNCTIONS):
        before = _BEFORE_COMPLETION.search(data, max(found.start() - 7, 0), found.start())
        if before is not None:
            yield before.start()


def _is_used(data: bytes, at: int) -> bool:
    """Whether a word of a source can be code that leads to a function of this name: no word of prose, key or parameter."""
    before = data[max(at - _LONGEST_IMPORT, 0) : at]
    if _BEFORE_ATTRIBUTE.search(before, max(len(before) - 100, 0)):
        return not _IN_NAME_OF_SOMETHING.match(data, at) and not _IN_PROSE.match(data, at)
    if before[-1:] in (b'"', b"'"):
        return _BEFORE_LOOKED_UP.search(before, max(len(before) - 200, 0)) is not None
    return _is_imported(before)


def _resources(data: bytes) -> list[tuple[int, int]]:
    """Where the name of a resource starts and ends, each time that it occurs in a file with one of its methods."""
    found: list[tuple[int, int]] = []
    if any(method in data for method in _METHODS):
        for resource in (*_RESOURCES, _LEGACY):
            at = data.find(resource)
            while at >= 0:
                end = at + len(resource)
                found.append((at, end))
                at = data.find(resource, end)
    return found
