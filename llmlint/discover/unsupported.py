"""Calls of LLM APIs that are known and not checked yet, counted from the bytes of a file: a report says how many it did not look at.

A call counts only where its file imports the library and the call is written out in code (`discover/libraries.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from operator import contains
from typing import TYPE_CHECKING

from llmlint.discover.prefilter import gates_of
from llmlint.discover.prose import has_code
from llmlint.performance.contains import Contains

if TYPE_CHECKING:
    from llmlint.discover.libraries import Library

_MOST_CALLS = 200
"""How many are looked at in one file: to tell code from text takes a look at the whole file."""

_MOST_OBJECTS = 20
_LONGEST_HEAD = 200
# Which words a file is searched for that holds one of the words on the left, all of which are searched for anyway: few files of a large tree hold
# one, and to search each file for each library would take as long as all the rest.
_WORDS: dict[bytes, tuple[bytes, ...]] = {
    b"gent": (
        b"crewai", b"autogen", b"smolagents", b"agno", b"strands", b"google.adk", b"semantic_kernel", b"bedrock-agent-runtime", b"dspy",
        b"guidance", b"outlines",
    ),
    b"ompletion": (b"InferenceClient", b"semantic_kernel", b"azure.ai.inference", b"ai21", b"dspy", b"guidance", b"outlines"),
    b".chat": (b"llama_index", b"xai_sdk", b"ibm_watson"),
    b"enerate": (b"ibm_watson", b"dspy", b"haystack", b"InferenceClient"),
    b"message": (b"threads.runs", b"dspy", b"haystack"),
    b"invoke": (b"semantic_kernel",),
    b"llama": (b"ollama", b"/api/", b"llama_index", b"replicate", b"InferenceClient", b"guidance"),
}  # fmt: skip
# What stands ahead of a class or function on its line: `agent = `, `self.agent: Agent = smolagents.`.
_BOUND = rb"(?<![\w.])((?:self\.)?\w+)[ \t]*(?::[^=\r\n]{1,80})?=[ \t]*(?:await[ \t]+)?(?:\w+\.)*\Z"
# The name of an address, with the line up to the end of it, and what stands ahead of the address in a request to it.
_BOUND_ADDRESS = rb"^[ \t]*((?:self\.)?\w+)[ \t]*(?::[^=\r\n]{1,80})?=(?!=)[^\r\n]*"
_POSTED = rb"\.(?:post|request|stream|Request|urlopen)\(\s*(?:[\"']POST[\"'],\s*)?(?:url\s*=\s*)?"


def unsupported_calls(path: str, data: bytes, has: Contains = contains) -> Mapping[str, int]:
    """How many calls a file makes through libraries that are not checked, by the name of the library; `has` searches its bytes."""
    words = _words_in(data, has)
    if not words:
        return {}
    if path.endswith(".ipynb"):
        return _in_notebook(path, data)
    from llmlint.discover.libraries import LIBRARIES

    calls: dict[str, set[int]] = {}
    for library in LIBRARIES:
        if library.word in words:
            calls.setdefault(library.name, set()).update(_calls(data, library))
    return {name: len(places) for name, places in calls.items() if places}


def _words_in(data: bytes, has: Contains) -> set[bytes]:
    """The words of libraries that a file holds."""
    asked = {word for gate in gates_of(data, has) for word in _WORDS.get(gate, ())}
    return {word for word in asked if has(data, word)}


def _calls(data: bytes, library: Library) -> set[int]:
    """Where a file calls a library."""
    if not _pattern(rb"^[ \t]*" + library.imported).search(data) or (library.also and not _pattern(library.also).search(data)):
        return set()
    found = set(_in_code(data, library.calls)) if library.calls else set()
    if library.made:
        for name in _objects(data, library.made):
            called = rb"\s*\.\s*(?:" + library.methods + rb")\s*\(" if library.methods else rb"\s*\("
            called += rb"|\s*\(" if library.methods and library.is_called else b""
            found.update(_in_code(data, rb"(?<![\w.])" + re.escape(name) + rb"(?:" + called + rb")"))
    if library.address:
        names = _pattern(_BOUND_ADDRESS + library.address).findall(data)[:_MOST_OBJECTS]
        given = [rb"[rf]?[\"'][^\"'\r\n]*" + library.address, *(re.escape(name) + rb"\b" for name in dict.fromkeys(names))]
        found.update(_in_code(data, _POSTED + rb"(?:" + rb"|".join(given) + rb")"))
    return found


def _objects(data: bytes, made: bytes) -> list[bytes]:
    """The names of what a file makes by a class or a function of a library."""
    # What stands ahead of each such call is looked at: to try each word of a large file as the name that is bound takes long.
    calls = _pattern(rb"(?<!\w)(?:" + made + rb")[ \t]*\(").finditer(data)
    bound = (_pattern(_BOUND).search(data, max(0, call.start() - _LONGEST_HEAD), call.start()) for call in calls)
    return list(dict.fromkeys(found[1] for found in islice(filter(None, bound), _MOST_OBJECTS)))


def _in_notebook(path: str, data: bytes) -> Mapping[str, int]:
    from llmlint.discover.decode import DecodeError
    from llmlint.discover.notebook import read_notebook

    try:
        return unsupported_calls("cells.py", read_notebook(data, path).text.encode())
    except DecodeError:
        return {}


def _in_code(data: bytes, call: bytes) -> list[int]:
    places = [found.start() for found in islice(_pattern(call).finditer(data), _MOST_CALLS)]
    return [at for at in places if has_code(data, [at])]


@lru_cache(maxsize=256)
def _pattern(text: bytes) -> re.Pattern[bytes]:
    # Made when the first file asks for it: most runs see none.
    return re.compile(text, re.MULTILINE)


def in_words(counts: Mapping[str, int]) -> str | None:
    """`4 calls through boto3, google-genai and langchain are not checked yet`, or nothing."""
    total = sum(counts.values())
    if not total:
        return None
    *names, last = sorted(name for name, count in counts.items() if count)
    listed = f"{', '.join(names)} and {last}" if names else last
    return f"{total} call{'s' if total > 1 else ''} through {listed} {'are' if total > 1 else 'is'} not checked yet."
