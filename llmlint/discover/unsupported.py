"""Calls of LLM APIs that are known and not checked yet, counted from the bytes of a file: a report says how many it did not look at.

A call counts only where its file imports the library and the call is written out in code. Ollama runs on one's own machine, and its calls cost
nothing that a rule could save.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from operator import contains

from llmlint.contains import Contains
from llmlint.discover.prose import has_code

_MOST_CALLS = 200
"""How many are looked at in one file: to tell code from text takes a look at the whole file."""

_IMPORTED = rb"^[ \t]*import ollama\b"
_CALL = rb"\bollama\.(?:chat|generate)\s*\("


def unsupported_calls(path: str, data: bytes, has: Contains = contains) -> Mapping[str, int]:
    """How many calls a file makes through libraries that are not checked, by the name of the library; `has` searches its bytes."""
    if not has(data, b"ollama."):
        return {}
    if path.endswith(".ipynb"):
        return _in_notebook(path, data)
    calls = _in_code(data, _CALL) if _pattern(_IMPORTED).search(data) else []
    return {"ollama": len(calls)} if calls else {}


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
