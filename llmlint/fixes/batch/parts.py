"""The text of the module with the batching client, put together from the parts of its template that a project needs.

In the template, a line `# part: map and not pool` says of the lines behind it, up to the next such line, in which modules they stand. The last
line of a module's docstring names its parts, with a checksum by which a module that somebody has edited is told from one that llmlint wrote.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# The part that each name of the module is in.
PART_OF = {"batch_map": "map", "BatchExecutor": "pool", "batch_scope": "scope", "in_turn": "order"}
PARTS = ("anthropic", "openai", "module", "legacy", "map", "order", "pool", "scope", "prefixes")
"""`scope` is for asynchronous clients, `map` and `pool` are for synchronous ones. `module` is for calls of the module `openai`
itself, and `legacy` for those of openai<1. `order` lets items of `map` wait for those ahead. `prefixes` caches what prompts have in common, ahead."""

_REGION = re.compile(r" *# part: (.+)")
_IMPORT = re.compile(r"(?:from ([\w.]+) )?import (.+)")
_NOTE = """
llmlint has put this together, and adds other parts where a fix needs them, unless
somebody has edited the file.
Parts: {parts}. Checksum: {sum}.
"""
_LAST_LINE = re.compile(r"^Parts: ([\w, ]+)\. Checksum: [0-9a-f]{12}\.$", re.MULTILINE)
_SUM = re.compile(r"(?<=\. Checksum: )[0-9a-f]{12}(?=\.\n)")
_NO_SUM = "0" * 12
# What regions that are left out leave of the lines between them.
_EMPTY_LINES = re.compile(r"\n\n\n*(?=( +)|(?:@|def |class |async ))")


@dataclass(frozen=True, slots=True)
class Written:
    """A module that is there already: its parts, and whether its text is as llmlint wrote it."""

    parts: frozenset[str]
    is_edited: bool


@cache
def assembled(parts: frozenset[str]) -> str:
    """The text of the module with some of its parts."""
    text = without_regions(parts)
    note = _NOTE.format(parts=", ".join(part for part in PARTS if part in parts), sum=_NO_SUM)
    end = text.index('"""\n', 3)
    return _with_sum(text[:end] + note + text[end:])


def without_regions(parts: Collection[str]) -> str:
    """The lines of the template that stand in a module with some of the parts."""
    known = {*parts, "all"}
    known |= {"sync"} if {"map", "pool"} & known else set()
    known |= {"httpx"} if {"anthropic", "openai"} & known else set()
    lines: list[str] = []
    is_in = True
    for line in _template().splitlines():
        region = _REGION.fullmatch(line)
        if region is not None:
            is_in = _holds(region[1], known)
        elif is_in:
            lines.append(line)
    text = "\n".join(_without_unused_imports(lines)).rstrip("\n") + "\n"
    return _EMPTY_LINES.sub(lambda found: "\n\n" if found[1] else "\n\n\n", text)


def written(text: str) -> Written | None:
    """What a text of the module says about itself; None if llmlint did not put it together."""
    text = text.replace("\r\n", "\n")
    note = _LAST_LINE.search(text)
    return Written(frozenset(note[1].split(", ")), is_edited=_with_sum(text) != text) if note is not None else None


@cache
def _template() -> str:
    return files("llmlint.fixes.batch.templates").joinpath("llm_batches.py.in").read_text(encoding="utf-8")


def _holds(condition: str, known: Collection[str]) -> bool:
    """Whether a condition of parts, such as `map and not pool` or `pool or scope`, holds."""
    return any(
        all((term.removeprefix("not ") in known) is not term.startswith("not ") for term in each.split(" and "))
        for each in condition.split(" or ")
    )


def _with_sum(text: str) -> str:
    plain = _SUM.sub(_NO_SUM, text, count=1)
    return _SUM.sub(hashlib.sha256(plain.encode()).hexdigest()[:12], text, count=1)


def _without_unused_imports(lines: list[str]) -> Iterable[str]:
    """The lines, of which those that import keep the names that others use."""
    used = set(re.findall(r"\w+", "\n".join(line for line in lines if _IMPORT.fullmatch(line) is None)))
    for line in lines:
        found = _IMPORT.fullmatch(line)
        if found is None or found[1] == "__future__":
            yield line
            continue
        names = [name for name in found[2].split(", ") if name in used]
        if names:
            yield f"from {found[1]} import {', '.join(names)}" if found[1] else line
