"""Breaks llmlint in small ways, and counts how many the tests do not notice: `python scripts/mutate.py --count 100 --seed 11`.

A mutant is one small change to a file of `llmlint/link` or `llmlint/providers`: a comparison turned round, a condition negated, a name left out of a
table. Mutants are drawn at random, by the seed, from all that there are. Each is written into a copy of the tree, never into the tree itself.
There those tests of the packages run that execute the statement that is changed, as a run under `coverage` has found out at the start (`pip install
coverage`): of `tests/link`, `tests/providers`, and `tests/rules/test_facts.py`, which compares all that is determined about the fixtures. For
those that survive and with `--also`, further tests run.
The survivors are printed as diffs, with their share. Exit code 1 if the share is above `--most`.

What cannot change a result is no mutant: docstrings, annotations, `__slots__`, arguments of decorators, `scope.parent or 0`, which is for the type
checker. Constants that bound a search (`_MOST_…`, `_DEEPEST`) and tests of how deep it is are left out as well, as tests that hold them would
hold nothing but a number. No two things of a file have the same place in its order, so that `<` of places becomes `>` and not `<=`.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = ("llmlint/link/**/*.py", "llmlint/providers/*.py")
TESTS = ("tests/link", "tests/providers", "tests/rules/test_facts.py")
_COPIED = ("llmlint", "tests", "fixtures", "scripts", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")
_QUIETLY = ("-n0", "-x", "-q", "--tb=no", "-p", "no:cacheprovider")
_BOUNDS = ("_MOST", "MOST_", "_DEEPEST", "_LONGEST", "_FEW", "_LEAST")
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


_REVERSED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.Gt, ast.Gt: ast.Lt, ast.GtE: ast.Lt}
# Names of places in the order of a file, and of how far a search has got.
_PLACES = frozenset({"order", "first", "last"})
_PROGRESS = frozenset({"depth", "steps", "done"})


@dataclass(frozen=True)
class Mutant:
    """A change to a file: the text between two offsets is replaced."""

    path: str
    kind: str
    start: int
    end: int
    text: str

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]

    def diff(self, source: str) -> str:
        lines = difflib.unified_diff(source.splitlines(), self.apply(source).splitlines(), self.path, self.path, lineterm="", n=1)
        return "\n".join(list(lines)[2:])


class _Finder:
    """Finds all mutants of one file."""

    def __init__(self, path: str, source: str) -> None:
        self._path, self._source = path, source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def find(self) -> Iterator[Mutant]:
        yield from self._visit(ast.parse(self._source))

    def _visit(self, node: ast.AST) -> Iterator[Mutant]:
        yield from self._of(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params") or self._is_left_out(node):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self._visit(child)

    def _is_left_out(self, node: ast.AST) -> bool:
        if isinstance(node, ast.If):
            return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            return any(name == "__slots__" or name.startswith(_BOUNDS) for name in names)
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _REVERSED:
            mentioned = _names_in(node)
            return bool(mentioned & _PROGRESS) or any(name.startswith(_BOUNDS) for name in mentioned)
        if isinstance(node, ast.BoolOp) and isinstance(node.values[-1], ast.Constant) and node.values[-1].value == 0:
            return isinstance(node.values[0], ast.Attribute) and node.values[0].attr == "parent"
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and _names_in(node) & _PROGRESS:
            return True
        return _is_docstring(node) or isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr))

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        if self._is_left_out(node):
            return
        if isinstance(node, ast.expr):
            yield from self._of_expression(node)
        elif isinstance(node, ast.If):
            yield self._replace("negate", node.test, f"not ({self._text(node.test)})")
        elif isinstance(node, ast.Return) and node.value is not None and not _is_empty(node.value):
            yield self._replace("return", node.value, "None")
        elif isinstance(node, (ast.AugAssign, ast.Continue, ast.Break)) or (
            isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        ):
            yield self._replace("remove", node, "pass")

    def _of_expression(self, node: ast.expr) -> Iterator[Mutant]:
        if isinstance(node, ast.Compare):
            kind, names = type(node.ops[0]), _names_in(node)
            new = _REVERSED.get(kind, _OPPOSITE[kind]) if names & _PLACES else _OPPOSITE[kind]
            changed = ast.Compare(node.left, [new(), *node.ops[1:]], node.comparators)
            yield self._replace("compare", node, f"({ast.unparse(changed)})")
        elif isinstance(node, ast.BoolOp):
            other = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            yield self._replace("and/or", node, f"({ast.unparse(other)})")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield self._replace("not", node, f"({self._text(node.operand)})")
        elif isinstance(node, ast.IfExp):
            yield self._replace("negate", node.test, f"(not ({self._text(node.test)}))")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield self._replace("+/-", node, f"({ast.unparse(ast.BinOp(node.left, op, node.right))})")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield self._replace("constant", node, str(not node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield self._replace("constant", node, str(node.value + 1))
        elif isinstance(node, (ast.Tuple, ast.Set)) and len(node.elts) > 1 and all(_is_name(each) for each in node.elts):
            for index in range(len(node.elts)):
                rest = [*node.elts[:index], *node.elts[index + 1 :]]
                changed_table = ast.Tuple(rest, ast.Load()) if isinstance(node, ast.Tuple) else ast.Set(rest)
                yield self._replace("table", node, ast.unparse(changed_table))
        elif isinstance(node, ast.Dict) and len(node.keys) > 1 and all(key is not None and _is_name(key) for key in node.keys):
            for index in range(len(node.keys)):
                keys = [*node.keys[:index], *node.keys[index + 1 :]]
                values = [*node.values[:index], *node.values[index + 1 :]]
                yield self._replace("table", node, ast.unparse(ast.Dict(keys, values)))

    def _text(self, node: ast.expr) -> str:
        return self._source[self._offset(node.lineno, node.col_offset) : self._end(node)]

    def _replace(self, kind: str, node: ast.expr | ast.stmt, text: str) -> Mutant:
        return Mutant(self._path, kind, self._offset(node.lineno, node.col_offset), self._end(node), text)

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """The place in the text of what the syntax tree counts in bytes."""
        text = self._source[self._lines[line - 1] :].encode()[:column]
        return self._lines[line - 1] + len(text.decode())


def _lines_of_statement(source: str, mutant: Mutant) -> range:
    """The lines of the innermost statement around a mutant, without the statements inside of it."""
    first = source.count("\n", 0, mutant.start) + 1
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= first <= (node.end_lineno or node.lineno)
    ]
    innermost = max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    body: list[ast.stmt] = getattr(innermost, "body", [])
    return range(innermost.lineno, max(body[0].lineno, innermost.lineno + 1) if body else (innermost.end_lineno or first) + 1)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _names_in(node: ast.AST) -> set[str]:
    """The names and attributes of an expression."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_empty(node: ast.expr) -> bool:
    """Whether a returned value is as false as None, or a bool: the constant is a mutant of its own then."""
    if isinstance(node, ast.Constant):
        return not node.value or isinstance(node.value, bool)
    return isinstance(node, (ast.Tuple, ast.List, ast.Dict)) and not ast.unparse(node).strip("()[]{}")


def find_mutants() -> list[Mutant]:
    """All mutants. Of a table, only one of the entries is ever left out: long lists would else crowd out the code."""
    paths = sorted(path for pattern in FILES for path in ROOT.glob(pattern))
    found = [
        mutant for path in paths for mutant in _Finder(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")).find()
    ]
    tables: dict[tuple[str, int], list[Mutant]] = {}
    for mutant in found:
        if mutant.kind == "table":
            tables.setdefault((mutant.path, mutant.start), []).append(mutant)
    # Which entry it is depends on its table alone, so that the sample is a function of tree and seed.
    chosen = {id(random.Random(f"{key}").choice(group)) for key, group in tables.items()}
    return [mutant for mutant in found if mutant.kind != "table" or id(mutant) in chosen]


class _Tracer:
    """A plugin of pytest that notes which tests execute which lines."""

    def __init__(self) -> None:
        from coverage import Coverage

        self.coverage = Coverage(data_file=None, include=[f"{Path.cwd()}/{pattern}" for pattern in FILES])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.coverage.switch_context(item.nodeid)
        return (yield)

    def lines(self) -> dict[str, dict[int, list[str]]]:
        """The tests that execute a line, by file and line; none where that happens when the module is imported."""
        data = self.coverage.get_data()
        return {
            Path(path).relative_to(Path.cwd()).as_posix(): {
                line: [name for name in names if name] for line, names in data.contexts_by_lineno(path).items()
            }
            for path in data.measured_files()
        }


class _Selection:
    """A plugin of pytest that runs only chosen tests."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._names]


def trace(file: str) -> int:
    """Run the tests, and write down which of them execute which lines."""
    tracer = _Tracer()
    tracer.coverage.start()
    outcome = pytest.main([*TESTS, *_QUIETLY], [tracer])
    tracer.coverage.stop()
    Path(file).write_text(json.dumps(tracer.lines()), encoding="utf-8")
    return outcome


def run_only(file: str) -> int:
    """Run the tests that a file names."""
    names = json.loads(Path(file).read_text(encoding="utf-8"))
    files = sorted({name.split("::")[0] for name in names})
    return pytest.main([*files, *_QUIETLY], [_Selection(names)])


class Copy:
    """A copy of the tree in which one file at a time is changed."""

    def __init__(self, folder: Path, limit: float) -> None:
        self._folder, self._limit = folder, limit
        for name in _COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".llmlint_cache"))
            elif (ROOT / name).exists():
                shutil.copy2(ROOT / name, folder / name)
        self._lines: dict[str, dict[str, list[str]]] = {}
        self.failed = ""
        """The last test that failed."""

    def trace(self) -> bool:
        """Find out which tests execute which lines; whether all pass."""
        file = self._folder / "lines.json"
        if not self._passes("scripts/mutate.py", "--trace", str(file)):
            return False
        self._lines = json.loads(file.read_text(encoding="utf-8"))
        return True

    def _tests_of(self, mutant: Mutant, source: str) -> list[str]:
        """The tests that execute the statement of a mutant; where that happens as the module is imported, those that execute any line of the file."""
        lines = self._lines.get(mutant.path, {})
        executed = [lines[str(line)] for line in _lines_of_statement(source, mutant) if str(line) in lines]
        if executed and not any(executed):
            executed = list(lines.values())
        return sorted({name for names in executed for name in names})

    def _passes(self, *arguments: str) -> bool:
        """Whether Python ends with success in the copy; not if it takes too long."""
        bound = int(self._limit)
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self._folder,
                env=os.environ | {"PYTHONPATH": str(self._folder)},
                stdout=output,
                stderr=output,
                start_new_session=True,
                # Of processor time: others may use the machine, too.
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (bound, bound)),
            )
            try:
                code = process.wait(10 * self._limit)
                output.seek(0)
                failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", output.read().decode(), re.M)
                self.failed = failed[0] if failed else f"exit code {code}"
                return code == 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
                self.failed = "time"
                return False

    def survives(self, mutant: Mutant, also: Sequence[str]) -> str | None:
        """The tests that a mutant survives; None where the tests of its own package notice it."""
        path = self._folder / mutant.path
        source = path.read_text(encoding="utf-8")
        names = self._tests_of(mutant, source)
        if not names:
            return "all"
        path.write_text(mutant.apply(source), encoding="utf-8")
        chosen = self._folder / "chosen.json"
        chosen.write_text(json.dumps(names), encoding="utf-8")
        try:
            if not self._passes("scripts/mutate.py", "--run", str(chosen)):
                return None
            return "all" if not also or self._passes("-m", "pytest", *also, *_QUIETLY) else "its own"
        finally:
            path.write_text(source, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1", help="1/2 and 2/2 share the mutants between two processes")
    parser.add_argument("--only", default="", help="mutants of paths that hold this text")
    parser.add_argument(
        "--limit", type=float, default=120, help="seconds of processor time after which a mutant counts as noticed"
    )
    parser.add_argument("--also", action="append", default=[], metavar="TESTS", help="tests to run on those that survive")
    parser.add_argument("--most", type=float, default=0.15, help="the share that may survive the tests of their own packages")
    parser.add_argument("--trace", help=argparse.SUPPRESS)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trace or options.run:
        # In the copy, in a process of its own.
        return trace(options.trace) if options.trace else run_only(options.run)
    mutants = [mutant for mutant in find_mutants() if options.only in mutant.path]
    sample = random.Random(options.seed).sample(mutants, min(options.count, len(mutants)))
    part, parts = map(int, options.part.split("/"))
    sample = sample[part - 1 :: parts]
    started, survivors = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="llmlint-mutants-") as folder:
        copy = Copy(Path(folder), options.limit)
        if not copy.trace():
            print("the tests fail without any mutant, or coverage is not installed", file=sys.stderr)
            return 2
        for number, mutant in enumerate(sample, 1):
            survived = copy.survives(mutant, options.also)
            if survived is None:
                print(f"#{number} noticed by {copy.failed}", flush=True)
                continue
            survivors[survived] += 1
            source = (ROOT / mutant.path).read_text(encoding="utf-8")
            line = source.count("\n", 0, mutant.start) + 1
            print(
                f"#{number} {mutant.path}:{line} ({mutant.kind}) survives {survived} tests\n{mutant.diff(source)}\n", flush=True
            )
    share = survivors.total() / len(sample)
    print(f"{survivors.total()} of {len(sample)} mutants ({share:.0%}) survive {' '.join(TESTS)}", end="")
    print(f", {survivors['all']} also {' '.join(options.also)}" if options.also else "", end="")
    print(f"; drawn from {len(mutants):,} with seed {options.seed}, {time.monotonic() - started:.0f} s")
    return int(share > options.most)


if __name__ == "__main__":
    sys.exit(main())
