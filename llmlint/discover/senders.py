"""Files that send requests by what other files hold, an address or a client, told from their bytes: nothing in them may speak of an LLM.

    URL = "https://api.openai.com/v1/chat/completions"    # urls.py
    httpx.post(URL, json=payload)                         # job.py

    small = Agent("openai:gpt-6-luna")                    # agents.py, which imports pydantic_ai
    agents.small.run_sync(text)                           # job.py

They are looked for only beside a file that holds an address of an LLM API, or imports a library whose methods have common names, as most projects
have none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from operator import contains

from llmlint.contains import Contains, contains_of
from llmlint.discover.prefilter import gates_of
from llmlint.discover.prose import has_code
from llmlint.sdks import GATES, evidence

# Of a body; the others are the ends of addresses.
_BODY_WORD = b"max_tokens"
_ADDRESSES = {
    gate: tuple(word for word, names in words.items() if "http" in names and word != _BODY_WORD) for gate, words in GATES.items()
}
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
_MADE = rb"(?m)^[ \t]*(?:from|import)[ \t]+(?:langchain|langgraph|pydantic_ai|deepagents)|import_module\(\s*[\"'](?:langchain|pydantic_ai)"
_MAKERS = (b"langchain", b"langgraph", b"pydantic_ai", b"deepagents")
_BODY = rb"[\"'](?:role|contents)[\"']\s*:"
_IMPORT = rb"(?m)^[ \t]*(?:from|import)[ \t]([^\r\n(]*(?:\([^)]*\))?)"
_DEFINED = rb"(?m)^(?:(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)|([A-Z_][A-Z0-9_]*)[ \t]*(?::[^=\r\n]*)?=)"
_WORD = rb"\w+"


def may_serve_others(data: bytes, has: Contains = contains) -> bool:
    """Whether other files may send requests by what a file holds; `has` searches its bytes."""
    return holds_address(data, has) or may_make_client(data, has)


def may_make_client(data: bytes, has: Contains = contains) -> bool:
    """Whether a file imports a library whose clients and agents have methods with common names: others may call these without naming it."""
    # Each of its words is one of a gate, of which all files have been searched for.
    gates = gates_of(data, has)
    words = [word for gate in gates for word in _MAKERS if word in GATES[gate]]
    return any(has(data, word) for word in words) and re.search(_MADE, data) is not None


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


def senders(origins: Mapping[str, bytes], others: Mapping[str, bytes], most: int) -> list[str]:
    """The paths of those among some files that may send requests by what the files `origins` hold: one of the two imports from the other, or it
    sends a body of an LLM's to an address that is made elsewhere. Of more than `most` that post, those with a body are left; of more than that
    of these, none, as of more than `most` that call a client."""
    clients = {path: data for path, data in origins.items() if may_make_client(data)}
    addresses = {path: data for path, data in origins.items() if path not in clients or holds_address(data)}
    calling = {path: data for path, data in others.items() if calls_elsewhere(data)} if clients else {}
    found = _linked(clients, calling)
    sending = {path: data for path, data in others.items() if sends_elsewhere(data)} if addresses else {}
    with_body = [path for path, data in sending.items() if re.search(_BODY, data)]
    posting = sorted({*with_body, *_linked(addresses, sending)})
    posting = posting if len(posting) <= most else with_body if len(with_body) <= most else []
    return sorted({*(found if len(found) <= most else ()), *posting})


def _linked(origins: Mapping[str, bytes], others: Mapping[str, bytes]) -> list[str]:
    """The paths of those among some files that import from one of the origins, or of which one of these imports."""
    links = [links_of(path, data) for path, data in origins.items()] if others else []
    imported, defined = (set[bytes]().union(*each) for each in (zip(*links, strict=True) if links else ((), ())))
    found = []
    for path, data in others.items():
        own_imports, own_names = links_of(path, data)
        if imported & own_names or defined & own_imports:
            found.append(path)
    return found


def links_of(path: str, data: bytes) -> tuple[set[bytes], set[bytes]]:
    """What decides which files belong with an origin: the words of its imports, and what others may import from it."""
    return {*_imported(data)}, {*_defined(path, data)}


def is_sender(data: bytes) -> bool:
    """Whether a file may send requests by what another one holds."""
    return sends_elsewhere(data) or calls_elsewhere(data)


def calls_elsewhere(data: bytes) -> bool:
    """Whether a file calls a method of what may be a client or an agent that another file made."""
    has = contains_of(data)
    return any(has(data, word) for word in _calls())


@cache
def _calls() -> tuple[bytes, ...]:
    """How such calls look, of which a file holds one."""
    return tuple({word for each in evidence() if each.may_be_elsewhere and each.words[0] in _MAKERS for word in each.any_of})


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
