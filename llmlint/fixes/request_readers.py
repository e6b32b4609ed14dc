"""Code that reads a request as it was: a test that compares `kwargs["system"]` with a string, a stand-in for the client that looks into it. And
code that computes what a request cost."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.request_data import Segment

# What reads the system prompt of a request that was sent, or says what it must be.
_SYSTEM = re.compile(
    rb"""(?:kwargs|call_args(?:\.kwargs|\[1\])?|request|body|payload|params)\s*(?:\[\s*["']system["']\s*\](?!\s*=[^=])|\.get\(\s*["']system["'])"""
    rb"""|assert\b[^\n]*\[\s*["']system["']\s*\]"""
    rb"""|\.assert_(?:called|awaited|any|has)\w*\((?:[^()]|\([^()]*\))*?\bsystem\s*="""
    rb"""|def (?:create|acreate|stream|parse|fake\w*|_?mock\w*|stub\w*)\([^)]*\bsystem\b"""
)
_CONTENT = re.compile(
    rb"""assert\b[^\n]*\[\s*["']messages["']\s*\]\s*\[[^\]\n]*\]\s*\[\s*["']content["']\s*\]"""
    rb"""|\.assert_(?:called|awaited|any|has)\w*\((?:[^()]|\([^()]*\))*?\bmessages\s*="""
)
# Tokens times a price, or per million.
_COST = rb"""(?<!max_)%s["'\])]{0,3} {0,3}[*/] {0,3}[\w.(]|[\w.\])] {0,3}\* {0,3}\(?[\w.\[\]"']{0,60}(?<!max_)%s\b"""
_COST_OF_INPUT = re.compile(_COST.replace(b"%s", b"input_tokens"))
_OF_CACHED = re.compile(rb"cache_(?:read|creation)_input_tokens")
_COST_OF_ALL = re.compile(_COST.replace(b"%s", b"(?:input|prompt|total|output|completion)_tokens"))


def counter_of_input(call: Request) -> str | None:
    """The first file of the program that computes costs from `usage.input_tokens`; None where it knows that cached tokens are counted apart."""
    if call.program.first_matching(b"_input_tokens", _OF_CACHED, call.span.path) is not None:
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
