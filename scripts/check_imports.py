"""Imports inside llmlint go one way. This script holds that: `python scripts/check_imports.py`.

`LAYERS` is the order. A module may import from its own layer and from those above it in the list, never from those below. Within a layer,
no modules may import each other in a circle. Imports under `if TYPE_CHECKING:` and those in functions count too, except for the pairs in
`TYPES_ONLY`. Exit code 1 and one line each where it is broken.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

LAYERS: tuple[tuple[str, ...], ...] = (
    ("llmlint",),
    ("llmlint.plugins", "llmlint.output_formats"),
    ("llmlint.sdks",),
    (
        "llmlint.performance",
        "llmlint.run.time_limit",
        "llmlint.run.workers",
        "llmlint.files",
        "llmlint.unseen",
    ),
    ("llmlint.source", "llmlint.findings"),
    ("llmlint.fingerprints",),
    ("llmlint.config",),
    ("llmlint.config.globs",),
    ("llmlint.config.schema",),
    ("llmlint.config.lines",),
    ("llmlint.config.files",),
    ("llmlint.config.selection",),
    ("llmlint.config.settings", "llmlint.catalog"),
    ("llmlint.discover", "llmlint.scan", "llmlint.suppressions"),
    ("llmlint.request_data",),
    ("llmlint.link", "llmlint.link.names"),
    ("llmlint.link.program",),
    ("llmlint.link.values",),
    ("llmlint.link.calls",),
    ("llmlint.link.flow",),
    ("llmlint.link.repeats",),
    ("llmlint.callsite",),
    ("llmlint.providers",),
    ("llmlint.fixes",),
    ("llmlint.fixes.edits",),
    ("llmlint.fixes.prompt", "llmlint.fixes.model", "llmlint.fixes.batch"),
    ("llmlint.rules",),
    ("llmlint.suppressions.unused",),
    ("llmlint.report",),
    ("llmlint.run",),
    ("llmlint.run.loading", "llmlint.run.base_run", "llmlint.run.results"),
    ("llmlint.run.shards", "llmlint.run.checking", "llmlint.run.usable_fixes"),
    ("llmlint.run.engine", "llmlint.run.early_exit"),
    ("llmlint.cache", "llmlint.sites"),
    ("llmlint.run.fixing", "llmlint.api"),
    ("llmlint.audit", "llmlint.audit.formats"),
    ("llmlint.audit.report", "llmlint.audit.ranking"),
    ("llmlint.sites.page", "llmlint.since"),
    ("llmlint.docs", "llmlint.console"),
    ("llmlint.adoption",),
    ("llmlint.server",),
    ("llmlint.commands",),
    ("llmlint.cli",),
    ("llmlint.__main__",),
)

TYPES_ONLY = frozenset(
    {
        # A place holds the arguments of calls, which are values, and a value may say where it was made.
        ("llmlint.link.values.place", "llmlint.link.values.values"),
    }
)
"""Pairs (importer, imported) that may go against the order for a type annotation."""


def layer_of(module: str) -> int | None:
    """The number of the layer that a module belongs to, by its longest listed prefix."""
    best: tuple[int, int] | None = None
    for number, names in enumerate(LAYERS):
        for name in names:
            is_inside = module == name or (name != "llmlint" and module.startswith(name + "."))
            if is_inside and (best is None or len(name) > best[0]):
                best = (len(name), number)
    return best[1] if best else None


def module_name(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Line, imported module of llmlint, and whether it is imported for types only."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from llmlint import cli` imports llmlint.cli, so each name is tried as a module too.
            names = [node.module or ""] if node.module != "llmlint" else [f"llmlint.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name == "llmlint" or name.startswith("llmlint."):
                yield node.lineno, name, id(node) in for_types


def broken_imports(root: Path) -> Iterator[str]:
    """One line for each import that goes the wrong way, and for each module that no layer names."""
    for path in sorted((root / "llmlint").rglob("*.py")):
        importer = module_name(path, root)
        own = layer_of(importer)
        shown = path.relative_to(root).as_posix()
        if own is None:
            yield f"{shown}:1: {importer} is in no layer: add it to LAYERS in scripts/check_imports.py"
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, imported, is_for_types in imports_of(tree):
            # A name that is no module (`from llmlint import __version__`) belongs to the package itself.
            other = layer_of(imported)
            if other is None or other <= own or (is_for_types and (importer, imported) in TYPES_ONLY):
                continue
            yield f"{shown}:{line}: {importer} must not import {imported}, which comes after it"
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                yield f"{shown}:{node.lineno}: relative import; write the whole name"


def import_graph(root: Path) -> dict[str, set[str]]:
    """The modules that each module imports, anywhere and for any reason."""
    files = {module_name(path, root): path for path in sorted((root / "llmlint").rglob("*.py"))}
    graph: dict[str, set[str]] = defaultdict(set)
    for importer, path in files.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[importer] |= {alias.name for alias in node.names} & files.keys()
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names = (f"{node.module}.{alias.name}" for alias in node.names)
                graph[importer] |= {name if name in files else node.module for name in names} & files.keys()
        graph[importer] -= {imported for imported in graph[importer] if (importer, imported) in TYPES_ONLY}
    return graph


def circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """The shortest circle of imports through each module that is in one, once each."""
    seen: set[frozenset[str]] = set()
    for start in sorted(graph):
        paths = [[start, imported] for imported in sorted(graph[start])]
        reached = {start}
        while paths:
            path = paths.pop(0)
            if path[-1] == start:
                if frozenset(path) not in seen:
                    seen.add(frozenset(path))
                    yield path
                break
            if path[-1] not in reached:
                reached.add(path[-1])
                paths += [[*path, imported] for imported in sorted(graph.get(path[-1], ()))]


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    broken = list(broken_imports(root))
    broken += (f"circle of imports: {' → '.join(circle)}" for circle in circles(import_graph(root)))
    for line in broken:
        print(line)
    if not broken:
        print("imports go one way")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
