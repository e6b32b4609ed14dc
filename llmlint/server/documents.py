"""What the editor has open: the bytes that llmlint would find if they were saved."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

_DECLARED = re.compile(r"\A(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def bytes_of_text(text: str) -> bytes:
    """The bytes of a Python file, in the encoding that it declares."""
    declared = _DECLARED.match(text)
    if declared is not None:
        try:
            return text.encode(codecs.lookup(declared[1]).name)
        except (LookupError, UnicodeError):
            pass
    return text.encode("utf-8", "replace")


def bytes_of_cells(cells: list[tuple[bool, str]], metadata: dict[str, Any] | None = None) -> bytes:
    """The bytes of a notebook with these cells: whether each holds code, and its text."""
    written = []
    for is_code, text in cells:
        cell: dict[str, Any] = {"cell_type": "code" if is_code else "markdown", "metadata": {}, "source": text}
        written.append({**cell, "execution_count": None, "outputs": []} if is_code else cell)
    notebook = {"cells": written, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(notebook).encode()
