"""Jupyter notebooks: their code cells as one module, and edits to them put back into the JSON.

Formats 3 and 4 are read (every notebook saved since 2013). Format 3 has its cells on worksheets, and calls their text `input`. Writing
replaces the text of the changed cells in the raw JSON; the rest of the file keeps its bytes, whatever wrote it.
"""

from __future__ import annotations

import codecs
import json
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from llmlint.discover.decode import DecodeError, check_size
from llmlint.discover.magics import blank, is_cell_magic, mask
from llmlint.discover.notebook_json import replace_sources
from llmlint.findings import Edit
from llmlint.source import Cell, Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")
_LANGUAGES = frozenset({"python", "python2", "python3", "ipython", "ipython2", "ipython3", "pythonkernel", "sage", "sagemath"})


def read_notebook(data: bytes, path: str) -> Source:
    """The code cells of a notebook, each followed by one line end, which is not part of the cell. Raises DecodeError.

    Magics and shell lines are masked (see `magics`). A notebook of another language gives an empty text.
    """
    notebook = _parse(_text(data)) if data.strip() else {"nbformat": 4, "cells": []}
    parts: list[str] = []
    cells: list[Cell] = []
    at = 0
    for index, code in _code_cells(notebook):
        text, _ = mask(code)
        parts += (text, "\n")
        cells.append(Cell(index, at, at + len(text)))
        at += len(text) + 1
    joined = "".join(parts)
    check_size(len(joined))
    if "\0" in joined or _SURROGATE.search(joined):
        raise DecodeError("a NUL or half of a surrogate pair in the code of a cell")
    return Source(path, joined, "utf-8", data.startswith(codecs.BOM_UTF8), tuple(cells))


def mask_broken_cells(source: Source, parses: Callable[[str], bool]) -> tuple[Source, tuple[int, ...]]:
    """Blank the cells whose text does not parse alone, so that the others can be read. Returns the indexes of those cells too."""
    text = source.text
    broken: list[int] = []
    for cell in source.cells:
        code = text[cell.start : cell.end]
        if not parses(code + "\n"):
            text = text[: cell.start] + blank(code) + text[cell.end :]
            broken.append(cell.index)
    return Source(source.path, text, source.encoding, source.has_bom, source.cells), tuple(broken)


def write_notebook(data: bytes, source: Source, change: str | Sequence[Edit]) -> bytes | None:
    """The bytes of a notebook after a change to the text that `read_notebook` gave for `data`.

    The change is a list of edits to `source.text`, or that text as it shall be; only with edits is it always clear which of two
    cells a new line at their border belongs to. None where it cannot be put back: it crosses cells, or touches a masked magic.
    """
    text = _text(data)
    originals = dict(_code_cells(_parse(text)))
    edits = _edits_between(source, change) if isinstance(change, str) else change
    # The new text of each changed cell, as in the notebook and with its magics masked; both with the line end that is ours.
    changed: dict[int, tuple[str, str]] = {}
    # From the last to the first, so that the offsets of those before still hold; insertions at one place keep their order.
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end))[::-1]:
        cell = source.cell_at(edit.span.start)
        if cell is None or len(originals.get(cell.index, "")) != cell.end - cell.start:
            return None
        start, end = edit.span.start - cell.start, edit.span.end - cell.start
        original = originals[cell.index]
        # The line end after the cell is ours; an edit of whole lines may take it, and must give it back.
        if end > len(original) + 1 or _touches_magic(original, start, end):
            return None
        plain, masked = changed.get(cell.index, (original + "\n", source.text[cell.start : cell.end] + "\n"))
        changed[cell.index] = plain[:start] + edit.text + plain[end:], masked[:start] + edit.text + masked[end:]
    # An edit at the end of a magic would become part of it.
    if any(plain and (plain[-1] != "\n" or mask(plain[:-1])[0] != masked[:-1]) for plain, masked in changed.values()):
        return None
    codes = {index: plain[:-1] for index, (plain, _) in changed.items() if plain[:-1] != originals[index]}
    written = replace_sources(text, codes)
    if written is None or not _says(written, text, codes):
        return None
    return data[: len(data) - len(text.encode())] + written.encode()


def _touches_magic(cell: str, start: int, end: int) -> bool:
    """Whether an edit of `start:end` overlaps with what is masked, or would put text before the magic of a whole cell."""
    ranges = mask(cell)[1]
    if is_cell_magic(cell) and start <= ranges[0][1]:
        return True
    return any(start < stop and begin < end for begin, stop in ranges)


def _says(written: str, text: str, changed: dict[int, str]) -> bool:
    """Whether a notebook as written says the same as before in all but the changed cells."""
    result, expected = _parse(written), _parse(text)
    key = _text_key(expected)
    old, new = _cells(expected), _cells(result)
    for index, code in changed.items():
        old[index][key] = code
        new[index][key] = _joined(new[index], key)
    return result == expected


def _edits_between(source: Source, text: str) -> list[Edit]:
    """The edits that make `text` of the text of a notebook: of whole lines, less what these have in common at both ends."""
    import difflib

    old, new = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    starts = [0, *accumulate(len(line) for line in old)]
    edits: list[Edit] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            before, after = "".join(old[a:b]), "".join(new[c:d])
            head = _common(before, after)
            tail = _common(before[head:][::-1], after[head:][::-1])
            span = Span(source.path, starts[a] + head, starts[b] - tail)
            edits.append(Edit(span, after[head : len(after) - tail]))
    return edits


def _common(left: str, right: str) -> int:
    """How many characters two texts have in common at their start."""
    length = min(len(left), len(right))
    return next((at for at in range(length) if left[at] != right[at]), length)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(f"not valid utf-8: byte 0x{data[error.start]:02x} at offset {error.start}") from None


def _parse(text: str) -> dict[str, Any]:
    """The notebook in a text, as far as it is needed: a format that can be read, and cells that can be too."""
    try:
        notebook = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not a notebook: {' '.join(str(error).split())}") from None
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        raise DecodeError("not a notebook: no object with `nbformat`")
    if notebook["nbformat"] not in (3, 4):
        raise DecodeError(f"notebook format {notebook['nbformat']!r:.20}: only formats 3 and 4 can be read")
    if notebook["nbformat"] == 3:
        sheets = notebook.get("worksheets")
        if not isinstance(sheets, list) or not all(isinstance(sheet, dict) for sheet in sheets):
            raise DecodeError("not a notebook: `worksheets` is not a list of objects")
    for parent in notebook["worksheets"] if notebook["nbformat"] == 3 else [notebook]:
        cells = parent.get("cells")
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise DecodeError("not a notebook: `cells` is not a list of objects")
    key = _text_key(notebook)
    for index, cell in enumerate(_cells(notebook)):
        lines = cell.get(key, "")
        if not isinstance(lines, str) and not (isinstance(lines, list) and all(isinstance(line, str) for line in lines)):
            raise DecodeError(f"not a notebook: `{key}` of cell {index} is not text")
    return notebook


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of a notebook, of all worksheets in order."""
    if notebook["nbformat"] == 3:
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    cells: list[dict[str, Any]] = notebook["cells"]
    return cells


def _text_key(notebook: dict[str, Any]) -> str:
    """What the text of a code cell is called."""
    return "input" if notebook["nbformat"] == 3 else "source"


def _joined(cell: dict[str, Any], key: str) -> str:
    lines = cell.get(key, "")
    return lines if isinstance(lines, str) else "".join(lines)


def _code_cells(notebook: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Index among all cells, and text, of each cell with Python."""
    metadata = _table(notebook, "metadata")
    language = _table(metadata, "language_info").get("name") or _table(metadata, "kernelspec").get("language")
    key = _text_key(notebook)
    for index, cell in enumerate(_cells(notebook)):
        if cell.get("cell_type") == "code" and _is_python(_language(cell) or language):
            yield index, _joined(cell, key)


def _language(cell: dict[str, Any]) -> object:
    """The language that a cell names itself: in format 3, and in editors and kernels that mix languages. It counts before the notebook's."""
    metadata = _table(cell, "metadata")
    named = (
        _table(metadata, "vscode").get("languageId"),
        _table(metadata, "polyglot_notebook").get("kernelName"),
        _table(metadata, "dotnet_interactive").get("language"),
        _table(metadata, "language_info").get("name"),
        metadata.get("kernel"),  # SoS
        cell.get("language"),
    )
    return next((each for each in named if isinstance(each, str) and each), None)


def _table(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _is_python(language: object) -> bool:
    """Whether a language that a notebook names is Python, which it is where none is named."""
    return not isinstance(language, str) or not language or language.lower() in _LANGUAGES
