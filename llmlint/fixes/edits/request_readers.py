"""Code that reads a request as it was: a test that compares `kwargs["system"]` with a string, a stand-in for the client that looks into it, a hash by
which its response is kept. And code that computes what a request cost."""

from __future__ import annotations

import dataclasses
import re

from llmlint.callsite import Request
from llmlint.findings import Applicability, Fix
from llmlint.request_data import Segment
from llmlint.source import Span

# Every argument of a request that was sent at once: `call_args.kwargs == expected`, `assert kwargs == snapshot`.
_WHOLE = (
    rb"""|call_args(?:\.kwargs|\[1\])?\s*==|==\s*(?:\w+\.)*call_args(?:\.kwargs|\[1\])?\s*(?:[#,)]|$)"""
    rb"""|\bassert\b[^\n]*\bkwargs\s*==|\bassert\b[^\n]*call_args[^\n]*snapshot"""
    rb"""|\bassert\w*Equal\([^\n]*call_args(?:\.kwargs|\[1\])?\s*[,)]"""
)
# What reads the system prompt of a request that was sent, or says what it must be; or looks for it in the source (`"system=" in source`).
_SYSTEM = re.compile(
    rb"""(?:kwargs|call_args(?:\.kwargs|\[1\])?|request|body|payload|params)\s*(?:\[\s*["']system["']\s*\](?!\s*=[^=])|\.get\(\s*["']system["'])"""
    rb"""|assert\w*\b[^\n]*\[\s*["']system["']\s*\]"""
    rb"""|["']system\s*=[^"'\n]*["']\s+(?:not\s+)?in\b|assert(?:Not)?In\(\s*["']system\s*="""
    rb"""|\.assert_(?:called|awaited|any|has)\w*\((?:[^()]|\([^()]*\))*?\bsystem\s*="""
    rb"""|def (?:create|acreate|stream|parse|fake\w*|_?mock\w*|stub\w*)\([^)]*\bsystem\b""" + _WHOLE,
    re.MULTILINE,
)
_CONTENT = re.compile(
    rb"""assert\w*\b[^\n]*\bmessages?(?:["']\s*\])?\s*(?:\[[^\]\n]*\]\s*)?\[\s*["']content["']\s*\]"""
    rb"""|\.assert_(?:called|awaited|any|has)\w*\((?:[^()]|\([^()]*\))*?\bmessages\s*=""" + _WHOLE,
    re.MULTILINE,
)
# What fails where a request has one argument more.
_ARGUMENTS = re.compile(rb"""\.assert_(?:called|awaited)\w*_with\((?:[^()]|\([^()]*\))*?\bmessages\s*=""" + _WHOLE, re.MULTILINE)
# A hash of a request, as the name under which its response is stored: `sha256(json.dumps({"messages": messages, "tools": tools}).encode())`.
_HASH = rb"""(?:sha\d+|md5|blake2[bs]|new|update)\("""
_PART = rb"""\b(?:messages|tools|system|payload|request|req|body|params|kwargs)\b"""
_DUMPED = rb"""(?:dumps\((?=[^#]{0,200}?%s)|(?:repr|str)\((?=[^#()\n]{0,80}?%s))""" % (_PART, _PART)
_HASHED = re.compile(_HASH + rb"""[^#]{0,80}?""" + _DUMPED + rb"""|\b""" + _DUMPED + rb"""[^#]{0,300}?\b""" + _HASH)
# Tokens times a price, per million, or passed to a function that computes costs.
_COST = (
    rb"""(?<!max_)%s["'\])]{0,3} {0,3}[*/] {0,3}[\w.(]|[\w.\])] {0,3}\* {0,3}\(?[\w.\[\]"']{0,60}(?<!max_)%s\b"""
    rb"""|(?i:cost|price)\w{0,30}\([^()]{0,200}(?<!max_)%s\b"""
)
_COST_OF_INPUT = re.compile(_COST.replace(b"%s", b"(?<!cached_)(?<!creation_)(?<!read_)input_tokens"))
# To store how many tokens were cached computes no cost with them.
_COST_OF_CACHED = re.compile(_COST.replace(b"%s", rb"cache(?:_(?:read|write|creation)s?|\w{0,30}tokens?)"))
_COST_OF_ALL = re.compile(_COST.replace(b"%s", b"(?:input|prompt|total|output|completion)_tokens"))


def with_readers(call: Request, fix: Fix, segment: Segment | None = None) -> Fix:
    """A fix that writes a cache breakpoint, with what its title has to say of other code, for which it is unsafe then: code that computes costs from
    `usage.input_tokens`, code that reads what becomes a list of blocks (`segment`), or all arguments, as they were, and hashes of what is passed to
    the call."""
    says = []
    if (counter := counter_of_input(call)) is not None:
        says.append(f"{counter} computes costs from `input_tokens`, which leaves out cached tokens")
    if segment is None:
        reader = call.program.first_matching(b"messages", _ARGUMENTS, call.span.path)
        says += [f"{reader} compares the arguments of a request"] if reader is not None else []
    elif segment.block_at is None and segment.value_at is not None and (reader := reader_of(call, segment)) is not None:
        says.append(f"{reader} reads it as a string")
    if any(not _is_inside(edit.span, call.span) for edit in fix.edits):
        hasher = call.program.first_matching(b"hash", _HASHED, call.span.path)
        says += [f"{hasher} hashes requests: responses that it has stored would not be found"] if hasher is not None else []
    if not says:
        return fix
    applicability = max(fix.applicability, Applicability.UNSAFE, key=list(Applicability).index)
    return dataclasses.replace(fix, applicability=applicability, message="; ".join([fix.message, *says]))


def _is_inside(at: Span, call: Span) -> bool:
    return at.path == call.path and call.start <= at.start and at.end <= call.end


def counter_of_input(call: Request) -> str | None:
    """The first file of the program that computes costs from `usage.input_tokens`; None where cached tokens have a price
    there, too."""
    if call.program.first_matching(b"cache", _COST_OF_CACHED, call.span.path) is not None:
        return None
    return call.program.first_matching(b"input_tokens", _COST_OF_INPUT, call.span.path)


def counter_of_costs(call: Request) -> str | None:
    """The first file of the program that computes what calls cost, at prices of ordinary calls."""
    return call.program.first_matching(b"_tokens", _COST_OF_ALL, call.span.path)


def reader_of(call: Request, segment: Segment) -> str | None:
    """The first file of the program that reads what becomes a list of blocks, other than by the call itself; None where there is none."""
    is_system = segment.kind == "system" and call.provider == "anthropic"
    word, pattern = (b"system", _SYSTEM) if is_system else (b"messages", _CONTENT)
    return call.program.first_matching(word, pattern, call.span.path)
