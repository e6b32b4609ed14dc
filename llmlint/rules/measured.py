"""Whether another script beside a call's own asks a cheaper model the same: the author is comparing them."""

from __future__ import annotations

import posixpath
import re

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model

_MODEL = re.compile(rb"""["']([\w.:/@~-]*(?:claude|gpt|\bo\d)[\w.:/@-]*)["']""")
_MOST_FILES = 40
_MOST_BYTES = 200_000
_SNIPPET = 40


def is_measured_beside(call: Request, model: Model, catalog: Catalog) -> bool:
    """Whether a file in the same folder has the same prompt, and a cheaper model of the vendor."""
    snippets = _snippets(call)
    if not snippets:
        return False
    disk = call.program.disk
    own = disk.absolute(call.span.path)
    folder = posixpath.dirname(own.replace("\\", "/"))
    names = [name for name in disk.names(folder) if name.endswith((".py", ".ipynb"))]
    for name in names[:_MOST_FILES]:
        path = posixpath.join(folder, name)
        data = disk.read(path, _MOST_BYTES) if disk.absolute(path) != own else None
        if data and any(snippet in data for snippet in snippets) and _names_cheaper(data, model, catalog):
            return True
    return False


def _snippets(call: Request) -> list[bytes]:
    """Pieces of the prompt that stand in its source as they are."""
    texts = (text for segment in call.prompt.segments for text in (segment.text, *(gap.text for gap in segment.gaps)))
    lines = sorted((line.strip() for text in texts for line in text.splitlines()), key=len, reverse=True)
    return [line[:_SNIPPET].encode() for line in lines[:3] if len(line) >= _SNIPPET]


def _names_cheaper(data: bytes, model: Model, catalog: Catalog) -> bool:
    found = (catalog.find(match[1].decode(errors="replace")) for match in _MODEL.finditer(data))
    models = [reference.model for reference in found if reference is not None and reference.model.vendor == model.vendor]
    return any(each.tier in ("small", "mid") for each in models)
