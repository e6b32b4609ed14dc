"""Giving an OpenAI-style request a `prompt_cache_key` of its own."""

from __future__ import annotations

import os.path
import re

from llmlint.callsite import Request
from llmlint.findings import Applicability, Fix
from llmlint.fixes.edits.add_keyword import add_keyword, has_closed_body
from llmlint.fixes.edits.declared import is_below
from llmlint.fixes.edits.style import style_of

_NAME = "prompt_cache_key"
# `prompt_cache_key` came with openai 1.99 (August 2025).
_FIRST_VERSION = (1, 99)
_LONGEST = 64
_NO_PART_OF_A_NAME = frozenset({"src", "__init__", "__main__", ".", "..", ""})


def add_cache_key(call: Request, applicability: Applicability) -> Fix | None:
    """A fix that passes a key made of the names of module and function; None where the call has no place for it.

    The fix is at best unsafe where arguments come from out of sight: one of them may be the key.
    """
    if not call.takes_fixes or _NAME in call.fields.entries:
        return None
    others = [each.fields for each in call.siblings()]
    if any(fields.is_open or _NAME in fields.entries for fields in others):
        if call.program.mentions((_NAME.encode(),), call.place.module):
            return None
        applicability = max(applicability, Applicability.UNSAFE, key=list(Applicability).index)
    style = style_of(call.program.source(call.span.path))
    value = style.string(key_of(call))
    keyword = f"{_NAME}={value}"
    # The legacy functions of 0.x send all their arguments.
    if call.provider == "openai" and call.api != "openai.legacy" and is_below(call.program, "openai", _FIRST_VERSION):
        if has_closed_body(call):
            return None
        keyword = f"extra_body={{{style.string(_NAME)}: {value}}}"
    edits = add_keyword(call, keyword)
    return Fix(applicability, f"Pass `{keyword}`", edits) if edits is not None else None


def key_of(call: Request) -> str:
    """What names the place of a call as long as its module and function keep their names: `desk.letters.Clerk.answer`, of at most
    64 characters."""
    program = call.program
    path = os.path.relpath(program.disk.absolute(call.span.path), program.root)
    module = [part for part in os.path.splitext(path)[0].split(os.sep) if part not in _NO_PART_OF_A_NAME]
    scopes = call.place.module.scopes
    names: list[str] = []
    scope: int | None = call.place.point.scope
    while scope is not None:
        if scopes[scope].kind in ("function", "class"):
            names.insert(0, scopes[scope].name)
        scope = scopes[scope].parent
    parts = [*module, *names]
    while len(parts) > 1 and len(".".join(parts)) > _LONGEST:
        del parts[0]
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", ".".join(parts))[-_LONGEST:]
