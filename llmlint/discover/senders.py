"""Files that send requests to addresses which other files hold, told from their bytes: nothing in them may speak of an LLM.

    URL = "https://api.openai.com/v1/chat/completions"    # urls.py
    httpx.post(URL, json=payload)                         # job.py

They are looked for only beside a file that holds an address of an LLM API, as most projects have none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from operator import contains

from llmlint.contains import Contains, contains_of
from llmlint.discover.prefilter import gates_of
from llmlint.discover.prose import has_code
from llmlint.sdks import GATES

_ADDRESSES = {gate: tuple(word for word, names in words.items() if "http" in names) for gate, words in GATES.items()}
# The patterns are compiled when the first file asks for one, as most runs start and end without that.
# The end of a text, ahead of which no method stands that is given the address on the spot: a request, a route.
_ENDING = rb"""[\w]*\\?["'?]"""
_GIVEN = (
    rb"""\.(?:post|request|stream|build_request|urlopen|get|put|route|api_route|options|delete|head)\(\s*"""
    rb"""(?:\\?["'](?:POST|post)\\?["']\s*,\s*)?(?:(?:url|path)\s*=\s*)?[rf]{0,2}\\?["'][^"'\r\n]*\Z"""
)
_LONGEST = 300
_SENDS = (b".post(", b".request(", b".stream(", b".build_request(", b"urlopen(")
# A request to an address that does not stand there: neither `post("…")` nor `post(f"{BASE}/users")`.
_OPEN = (
    rb"(?:\.(?:post|request|stream|build_request)|\burlopen)\(\s*(?:(?:method\s*=\s*)?[\"'](?:POST|post)[\"']\s*,\s*)?(?:url\s*=\s*)?"
    rb"(?![\"'\s)]|[rb]{0,2}[\"']|[rf]{1,2}[\"'](?!\{)|[rf]{1,2}[\"']\{[^\"'{}\r\n]*\}/[^\"'{}\r\n]*[\"'])"
)
_BODY = rb"[\"'](?:role|contents)[\"']\s*:"
_IMPORT = rb"(?m)^[ \t]*(?:from|import)[ \t]([^\r\n(]*(?:\([^)]*\))?)"
_DEFINED = rb"(?m)^(?:(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)|([A-Z_][A-Z0-9_]*)[ \t]*(?::[^=\r\n]*)?=)"
_WORD = rb"\w+"


def holds_address(data: bytes, has: Contains = contains) -> bool:
    """Whether a file holds an address of an LLM API, or the path of one, of which requests elsewhere may be made; `has` searches its bytes."""
    words = [word for gate in gates_of(data, has) for word in _ADDRESSES.get(gate, ()) if has(data, word)]
    return bool(words) and has_code(data, (at for word in words for at in _texts_ending(data, word)))


def _texts_ending(data: bytes, word: bytes) -> Iterator[int]:
    """Where texts end in a word that are not given to a request or a route on the spot."""
    at = data.find(word)
    while at >= 0:
        end = at + len(word)
        if re.compile(_ENDING).match(data, end) and not re.compile(_GIVEN).search(data, max(0, at - _LONGEST), at):
            yield at
        at = data.find(word, end)


def senders(addresses: Mapping[str, bytes], others: Mapping[str, bytes], most: int) -> list[str]:
    """The paths of those among some files that may send requests to an address that one of the files `addresses` holds: they send a body of
    an LLM's to an address that is made elsewhere, or one of the two files imports from the other. Of more than `most`, those with a body are
    left; of more than that of these, none."""
    links = [links_of(path, data) for path, data in addresses.items()]
    imported, defined = (set[bytes]().union(*each) for each in (zip(*links, strict=True) if links else ((), ())))
    sending = {path: data for path, data in others.items() if sends_elsewhere(data)}
    with_body = [path for path, data in sending.items() if re.search(_BODY, data)]
    found = []
    for path, data in sending.items():
        own_imports, own_names = links_of(path, data)
        if imported & own_names or defined & own_imports:
            found.append(path)
    found = sorted({*with_body, *found})
    return found if len(found) <= most else with_body if len(with_body) <= most else []


def links_of(path: str, data: bytes) -> tuple[set[bytes], set[bytes]]:
    """What decides which files belong with one that holds an address: the words of its imports, and what others may import from it."""
    return {*_imported(data)}, {*_defined(path, data)}


def sends_elsewhere(data: bytes) -> bool:
    """Whether a file sends a request to an address that does not stand in the call."""
    has = contains_of(data)
    return any(has(data, send) for send in _SENDS) and re.search(_OPEN, data) is not None


def _imported(data: bytes) -> Iterator[bytes]:
    """The words in the import statements of a file."""
    return (word for statement in re.findall(_IMPORT, data) for word in re.findall(_WORD, statement))


def _defined(path: str, data: bytes) -> Iterator[bytes]:
    """What other files may import from a file: its own name, its functions, classes and constants."""
    folder, file = os.path.split(path)
    stem = file.rpartition(".")[0]
    yield (os.path.basename(folder) if stem == "__init__" else stem).encode()
    yield from (function or constant for function, constant in re.findall(_DEFINED, data))
