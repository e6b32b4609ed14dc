"""Showing what a fix would write: as a patch to the byte, and as text for people."""

from __future__ import annotations

import difflib
import os
import re

from llmlint.unseen import is_seen

_CONTEXT = 3
_NO_FINAL_NEWLINE = b"\\ No newline at end of file\n"
_ESCAPES = {0x07: "a", 0x08: "b", 0x09: "t", 0x0A: "n", 0x0B: "v", 0x0C: "f", 0x0D: "r", 0x22: '"', 0x5C: "\\"}
# What ends a file name early, or is read in another way, in the header of a patch.
_SPECIAL = re.compile(rb'[\x00-\x1f"\\\x7f]')


def unified_diff(path: str, old: bytes | None, new: bytes) -> bytes:
    """The change of a file as a patch for `patch -p0` and `git apply -p0`; empty where nothing changes. `old` is None for a new file.

    Lines keep their bytes and endings; a lone `\\r` ends none, as in patch. A last line without an ending is followed by the usual mark.
    """
    return _diff(_name(path), old, new)


def readable_diff(name: str, old: str | None, new: str) -> str:
    """The change of a text, for people to read; empty where nothing changes. `old` is None for a new file."""
    return _diff(os.fsencode(name), None if old is None else old.encode(), new.encode()).decode(errors="surrogateescape")


def _diff(name: bytes, old: bytes | None, new: bytes) -> bytes:
    if old == new:
        return b""
    old_name = b"/dev/null" if old is None else name
    old = old or b""
    # Every byte is a character of Latin-1: difflib compares texts only.
    before, after = (_lines(data.decode("latin-1")) for data in (old, new))
    _, _, *hunks = difflib.unified_diff(before, after, n=_CONTEXT)
    parts = [b"--- " + old_name + b"\n", b"+++ " + name + b"\n"]
    for line in hunks:
        data = line.encode("latin-1")
        parts.append(data if data.endswith(b"\n") else data + b"\n" + _NO_FINAL_NEWLINE)
    return b"".join(parts)


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _name(path: str) -> bytes:
    """A path as git writes it in a patch: quoted where it has special or invisible characters; one with a space is ended by a tab."""
    name = os.fsencode(path)
    if _SPECIAL.search(name) or not is_seen(path):
        return b'"' + b"".join(_quoted(byte) for byte in name) + b'"'
    return name + b"\t" if b" " in name else name


def _quoted(byte: int) -> bytes:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}".encode()
    return bytes([byte]) if 0x20 <= byte < 0x7F else f"\\{byte:03o}".encode()
