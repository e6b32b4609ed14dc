"""Files that send requests by what other files hold, an address or a client, told from their bytes: nothing in them may speak of an LLM.

    URL = "https://api.openai.com/v1/chat/completions"    # urls.py
    httpx.post(URL, json=payload)                         # job.py

    small = Agent("openai:gpt-6-luna")                    # agents.py, which imports pydantic_ai
    agents.small.run_sync(text)                           # job.py

They are looked for only beside a file that holds an address of an LLM API, or imports a library whose methods have common names, as most projects
have none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from operator import contains
from typing import TYPE_CHECKING

from llmlint.discover.prefilter import gates_of
from llmlint.discover.prose import has_code
from llmlint.performance.contains import Contains, contains_of
from llmlint.sdks import GATES, evidence

if TYPE_CHECKING:
    from llmlint.discover.imports import Imports

# Of bodies; the others are the ends of addresses.
_BODY_WORDS = (b"max_tokens", b"generationConfig")
_ADDRESSES = {
    gate: tuple(word for word, names in words.items() if "http" in names and word not in _BODY_WORDS)
    for gate, words in GATES.items()
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
# What follows in a request to an address that does not stand there: neither `post("…")` nor `post(f"{BASE}/users")`.
_OPEN = (
    rb"(?<!\wurlopen\()\s*(?:(?:method\s*=\s*)?[\"'](?:POST|post)[\"']\s*,\s*)?(?:url\s*=\s*)?"
    rb"(?![\"'\s)]|[rb]{0,2}[\"']|[rf]{1,2}[\"'](?!\{)|[rf]{1,2}[\"']\{[^\"'{}\r\n]*\}/[^\"'{}\r\n]*[\"'])"
)
_MADE = (
    rb"(?m)^[ \t]*(?:from|import)[ \t]+(?:langchain|langgraph|pydantic_ai|deepagents|llama_index)"
    rb"|import_module\(\s*[\"'](?:langchain|pydantic_ai)"
)
_MAKERS = (b"langchain", b"langgraph", b"pydantic_ai", b"deepagents", b"llama_index")
_BODY = rb"[\"'](?:role|contents)[\"']\s*:"
# So many imports may lie between a file and the origin of its requests: that of a file which makes a chain of the origin's, or passes one on.
_STEPS = 2
MOST_CALLERS = 100
"""So many files may look as if they called clients of other files. Of more, those are left that import an origin themselves."""


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


def kinds_of_origin(data: bytes) -> tuple[bool, bool]:
    """Whether a file holds an address, and whether it may make a client."""
    return holds_address(data), may_make_client(data)


def senders(origins: Mapping[str, bytes], others: Iterable[tuple[str, bytes]], imports: Imports, most: int) -> list[str]:
    """The paths of those among some files that may send requests by what the files `origins` hold: one of the two imports from the other, itself
    or through one file between them, or it sends a body of an LLM's to an address that is made elsewhere. Of more than `most` that post, those
    with a body are left, and of more than `MOST_CALLERS` that call a client, those that import from an origin themselves; of more than that of
    these, none."""
    clients = {path: data for path, data in origins.items() if may_make_client(data)}
    addresses = {path: data for path, data in origins.items() if path not in clients or holds_address(data)}
    calling, sending, with_body = list[str](), list[str](), list[str]()
    for path, data in others:
        if clients and calls_elsewhere(data):
            calling.append(path)
        if addresses and sends_elsewhere(data):
            sending.append(path)
            if re.search(_BODY, data):
                with_body.append(path)
    callers = _linked(calling, clients, imports)
    direct = [path for path in callers if imports.leads(path, clients, 1)]
    posting = {*with_body, *_linked(sending, addresses, imports)}
    return sorted({*_few(callers, direct, MOST_CALLERS), *_few(posting, with_body, most)})


def _linked(paths: Collection[str], origins: Collection[str], imports: Imports) -> list[str]:
    """Those of some files that import from an origin, or from which one imports."""
    reached = imports.reached(origins, _STEPS) if paths else ()
    return [path for path in paths if path in reached or imports.leads(path, origins, _STEPS)]


def _few(found: Collection[str], surer: Collection[str], most: int) -> Iterable[str]:
    return next((each for each in (found, surer) if len(each) <= most), ())


def is_sender(data: bytes) -> bool:
    """Whether a file may send requests by what another one holds."""
    return sends_elsewhere(data) or calls_elsewhere(data)


def calls_elsewhere(data: bytes) -> bool:
    """Whether a file calls a method of what may be a client or an agent that another file made."""
    has = contains_of(data)
    words, call = _calls()
    return any(has(data, word) for word in words) and call.search(data) is not None


@cache
def _calls() -> tuple[tuple[bytes, ...], re.Pattern[bytes]]:
    """How such calls look: words of which a file holds one, and a method that is called or passed on, of no module that has such functions."""
    shown = [each for each in evidence() if each.may_be_elsewhere and each.words[0] in _MAKERS]
    names = "|".join(sorted({name for each in shown for name in each.names})).encode()
    # The dot first: a pattern that begins with a character is found by a plain search for it.
    call = rb"\.(?<!\bsubprocess\.)(?<!\basyncio\.)(?<!\buvicorn\.)[ \t]*(?:%s)(?=[ \t]*[(,)\r\n])" % names
    return tuple({word for each in shown for word in each.any_of}), re.compile(call)


def sends_elsewhere(data: bytes) -> bool:
    """Whether a file sends a request to an address that does not stand in the call."""
    has = contains_of(data)
    behind = (found.end() for send in _SENDS if has(data, send) for found in re.finditer(re.escape(send), data))
    return any(re.compile(_OPEN).match(data, end) for end in behind)
