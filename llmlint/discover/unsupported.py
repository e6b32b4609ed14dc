"""Calls of LLM APIs that are known and not checked yet, counted from the bytes of a file: a report says how many it did not look at.

A call counts only where its file imports the library and the call is written out in code. Most files are settled by a few plain searches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from llmlint.discover.prose import has_code


class _Kind(NamedTuple):
    """Calls of one library: words that a file with one has, what imports the library, and what a call looks like."""

    name: str
    words: tuple[bytes, ...]
    imported: bytes
    call: bytes


_MOST_NAMES, _MOST_CALLS = 20, 200
"""How many of each are looked at in one file: to tell code from text takes a look at the whole file."""

_KINDS = (
    _Kind(
        "boto3",
        (b"bedrock-runtime",),
        rb"^[ \t]*(?:from|import) (?:boto3|botocore|aioboto3)\b",
        rb"\.(?:invoke_model(?:_with_response_stream)?|converse(?:_stream)?)\s*\(",
    ),
    _Kind(
        "google-genai",
        (b"generate_content", b"genai"),
        rb"^[ \t]*(?:from google import (?:\w+, *)*genai\b|(?:from|import) google\.genai\b)",
        rb"\.generate_content(?:_stream)?\s*\(",
    ),
    _Kind(
        "google-generativeai",
        (b"generate_content", b"generativeai"),
        rb"^[ \t]*(?:from|import) google\.generativeai\b",
        rb"\.generate_content(?:_async)?\s*\(",
    ),
    _Kind(
        "vertexai",
        (b"generate_content", b"vertexai"),
        rb"^[ \t]*(?:from|import) vertexai\b",
        rb"\.generate_content(?:_async)?\s*\(",
    ),
    _Kind("ollama", (b"ollama.",), rb"^[ \t]*import ollama\b", rb"\bollama\.(?:chat|generate)\s*\("),
    _Kind(
        "mistralai",
        (b"mistralai", b".chat."),
        rb"^[ \t]*(?:from|import) mistralai\b",
        rb"\.chat\.(?:complete|stream)(?:_async)?\s*\(",
    ),
)

_LANGCHAIN = rb"^[ \t]*(?:from|import) langchain(?:_\w+)?\b"
# Chat models by their classes, and chains that such a model is part of.
_CHAT_MODEL = rb"^[ \t]*([\w.]+)(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*(?:Chat[A-Z]\w*|init_chat_model)\("
_CHAIN = rb"^[ \t]*([\w.]+)[ \t]*=[^\n]*\|[ \t]*%s\b"
_RUN = rb"(?<![\w.])%s\.(?:a?invoke|a?stream|a?batch)\s*\("

_URL = rb"""https?://api\.(?:openai\.com/v1/(?:chat/completions|responses)|anthropic\.com/v1/(?:messages|complete))"""
_URL_NAME = rb"""^[ \t]*(?:self\.)?(\w+)[ \t]*=[ \t]*f?["']""" + _URL
_POST = rb"""\b(requests|httpx|\w*client|\w*session)\.post\s*\(\s*(?:url\s*=\s*)?"""


def unsupported_calls(path: str, data: bytes) -> Mapping[str, int]:
    """How many calls a file makes through libraries that are not checked, by the name of the library."""
    # Written out, as this runs for every file of a tree.
    if not (
        b"langchain" in data
        or b"generate_content" in data
        or b"bedrock-runtime" in data
        or b"mistralai" in data
        or b"ollama." in data
        or b"api.openai.com" in data
        or b"api.anthropic.com" in data
    ):
        return {}
    if path.endswith(".ipynb"):
        return _in_notebook(path, data)
    counts = {name: len(places) for name, places in _places(data) if places}
    return dict(sorted(counts.items()))


def _in_notebook(path: str, data: bytes) -> Mapping[str, int]:
    from llmlint.discover.decode import DecodeError
    from llmlint.discover.notebook import read_notebook

    try:
        return unsupported_calls("cells.py", read_notebook(data, path).text.encode())
    except DecodeError:
        return {}


def _places(data: bytes) -> Iterator[tuple[str, list[int]]]:
    for kind in _KINDS:
        if all(word in data for word in kind.words) and _pattern(kind.imported).search(data):
            yield kind.name, _in_code(data, kind.call)
    if b"langchain" in data and _pattern(_LANGCHAIN).search(data):
        yield "langchain", _of_langchain(data)
    if b".post" in data and _pattern(_URL).search(data):
        yield from _posts(data)


def _of_langchain(data: bytes) -> list[int]:
    models = _names(_CHAT_MODEL, data)
    names = {*models, *(name for model in models for name in _names(_CHAIN % re.escape(model), data))}
    return sorted(at for name in names for at in _in_code(data, _RUN % re.escape(name)))


def _posts(data: bytes) -> Iterator[tuple[str, list[int]]]:
    """Requests that are posted to the address of an API, as it stands there or by a name."""
    names = _names(_URL_NAME, data)
    target = rb"""f?["']""" + _URL
    for name in names:
        target += rb"""|(?:self\.)?%s\b""" % re.escape(name)
    by_library: dict[str, list[int]] = {}
    post = _POST + rb"(?:" + target + rb")"
    for at in _in_code(data, post):
        receiver = _pattern(post).match(data, at)
        by_library.setdefault(_library(data, receiver[1] if receiver else b""), []).append(at)
    yield from by_library.items()


def _library(data: bytes, receiver: bytes) -> str:
    for name in (b"requests", b"httpx"):
        if receiver == name:
            return name.decode()
    return next((name for name in ("aiohttp", "httpx") if b"import " + name.encode() in data), "requests")


def _names(pattern: bytes, data: bytes) -> list[bytes]:
    """The first names that a pattern finds; a program has a few, and a file may be made to have many."""
    return list(dict.fromkeys(found[1] for found in islice(_pattern(pattern).finditer(data), _MOST_NAMES)))


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
