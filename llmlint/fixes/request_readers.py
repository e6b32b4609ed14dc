"""Code that reads a request as it was: a test that compares `kwargs["system"]` with a string, a stand-in for the client that looks into it."""

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


def reader_of(call: Request, segment: Segment) -> str | None:
    """The first file of the program that reads what becomes a list of blocks, other than by the call itself; None where there is none."""
    is_system = segment.kind == "system" and call.provider == "anthropic"
    word, pattern = (b"system", _SYSTEM) if is_system else (b"messages", _CONTENT)
    return call.program.first_matching(word, pattern, call.span.path)
