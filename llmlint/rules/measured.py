"""Whether another script beside a call's own asks a cheaper model the same: the author is comparing them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.link.program.disk import Disk
from llmlint.link.program.memo import Memo

_MODEL = re.compile(rb"""["']([\w.:/@~-]*(?:claude|gpt|\bo\d)[\w.:/@-]*)["']""")
_MOST_BYTES = 200_000
_SNIPPET = 40


@dataclass(frozen=True, slots=True)
class _Script:
    """A file that names models, with the names."""

    path: str
    models: frozenset[str]


# The scripts of a folder.
_SCRIPTS: Memo[str, tuple[_Script, ...]] = Memo()


def is_measured_beside(call: Request, model: Model, catalog: Catalog) -> bool:
    """Whether a file in the same folder has the same prompt, and a cheaper model of the vendor."""
    snippets = _snippets(call)
    if not snippets:
        return False
    disk = call.program.disk
    own = disk.absolute(call.span.path)
    folder = posixpath.dirname(own.replace("\\", "/"))
    return any(
        _names_cheaper(script, model, catalog) and _holds(disk, script, snippets)
        for script in _SCRIPTS.get(call.program, folder, lambda: tuple(_scripts(disk, folder)))
        if script.path != own
    )


def _scripts(disk: Disk, folder: str) -> Iterator[_Script]:
    for name in disk.names(folder):
        if name.endswith((".py", ".ipynb")):
            path = disk.absolute(posixpath.join(folder, name))
            data = disk.read(path, _MOST_BYTES) or b""
            models = frozenset(match[1].decode(errors="replace") for match in _MODEL.finditer(data))
            if models:
                yield _Script(path, models)


def _holds(disk: Disk, script: _Script, snippets: list[bytes]) -> bool:
    """Whether a file holds one of some texts. It is read again, as this is rarely asked: the files of a folder together take much memory."""
    data = disk.read(script.path, _MOST_BYTES) or b""
    return any(snippet in data for snippet in snippets)


def _snippets(call: Request) -> list[bytes]:
    """Pieces of the prompt that stand in its source as they are."""
    texts = (text for segment in call.prompt.segments for text in (segment.text, *(gap.text for gap in segment.gaps)))
    lines = sorted((line.strip() for text in texts for line in text.splitlines()), key=len, reverse=True)
    return [line[:_SNIPPET].encode() for line in lines[:3] if len(line) >= _SNIPPET]


def _names_cheaper(script: _Script, model: Model, catalog: Catalog) -> bool:
    found = (catalog.find(spelling) for spelling in script.models)
    models = [reference.model for reference in found if reference is not None and reference.model.vendor == model.vendor]
    return any(each.tier in ("small", "mid") for each in models)
