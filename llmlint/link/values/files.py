"""Prompt and data files that a program reads from itself: text files, and the keys of JSON, YAML and TOML.

Paths are text here, as they are to the program: `Path("a") / "b"` is the text `a/b`. A relative path is looked for beside the file that
names it, in the folders above, and in the root of the run. Nothing outside the root is read, and nothing larger than `MOST_BYTES`.
"""

from __future__ import annotations

import io
import json
import os.path
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from llmlint.link.program.memo import Memo
from llmlint.link.values.values import Entry, Items, Known, Literal, Record, Text, Value
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.program.program import Program

MOST_BYTES = 1_000_000
_MOST_ITEMS = 200
_MOST_NODES = 50_000
_MOST_YAML_NODES = 10_000
_DEEPEST = 50
_TEXTS: Memo[str, str | None] = Memo()


def locate(program: Program, module: ModuleIndex, path: str) -> str | None:
    """The file of the program that a path in the source means; None where there is none inside the root."""
    if not path or "\0" in path:
        return None
    if os.path.isabs(path):
        candidates = [path]
    else:
        folder = os.path.dirname(program.disk.absolute(module.path))
        candidates = []
        while folder.startswith(program.root):
            candidates.append(os.path.join(folder, path))
            if folder == program.root:
                break
            folder = os.path.dirname(folder)
    for candidate in map(os.path.normpath, candidates):
        if candidate.startswith(program.root + os.sep) and program.disk.is_file(candidate):
            # A link may lead out of the project.
            return candidate if program.disk.is_inside(candidate, program.root) else None
    return None


def read_text(program: Program, module: ModuleIndex, path: str) -> str | None:
    """The content of a text file that a path in the source means; None where it cannot be had."""
    found = locate(program, module, path)
    if found is None:
        return None
    program.note_text(program.disk.shown(found))
    return _TEXTS.get(program, found, lambda: _content(program, found))


def _content(program: Program, path: str) -> str | None:
    data = program.disk.read(path, MOST_BYTES + 1)
    if data is None or len(data) > MOST_BYTES:
        return None
    try:
        # As `open(path).read()` has it, all line ends are `\n`.
        return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8").read()
    except UnicodeDecodeError:
        return None


def parse_data(kind: str, text: str, at: Span) -> Value | None:
    """What `json.loads`, `yaml.safe_load` or `tomllib.loads` makes of a text; None where it is not of that kind."""
    parser = _PARSERS[kind]
    try:
        return _Data(at).value(parser(text), 0)
    except Exception:  # Whatever a data parser raises, the text is not of that kind.
        return None


def _yaml(text: str) -> Any:
    try:
        import yaml  # libcst depends on it, from Python 3.13 on under the other name.
    except ImportError:
        import yaml_ft as yaml

    class Bounded(yaml.SafeLoader):  # type: ignore[misc]
        """Stops where there is too much, and not once all of it has been read: this parser is slow, and merges can double each time."""

        nodes = depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.nodes += 1
            self.depth += 1
            if self.nodes > _MOST_YAML_NODES or self.depth > _DEEPEST:
                raise ValueError("too much data")
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MOST_YAML_NODES:
                raise ValueError("too much data")

    return yaml.load(text, Bounded)


def _toml(text: str) -> Any:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


_PARSERS: dict[str, Callable[[str], Any]] = {"json": json.loads, "yaml": _yaml, "toml": _toml}


class _Data:
    """Data as a value, within bounds: aliases of YAML make a few lines into any number of items, and keys of TOML with dots nest any deep.

    Raises ValueError beyond the bounds.
    """

    def __init__(self, at: Span) -> None:
        self._at = at
        self._left = _MOST_NODES

    def value(self, data: Any, depth: int) -> Value:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise ValueError("too much data")
        at = self._at
        if isinstance(data, str):
            return Text((Known(data, at),), at, "config")
        if isinstance(data, dict):
            items = {str(key): (self.value(value, depth + 1),) for key, value in data.items()}
            return Record({key: Entry(values, True, at) for key, values in items.items()}, at)
        if isinstance(data, list):
            return Items(tuple((self.value(item, depth + 1),) for item in data[:_MOST_ITEMS]), at, len(data) > _MOST_ITEMS)
        return Literal(data if isinstance(data, (int, float, bool)) else None, at)
