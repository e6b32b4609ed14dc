"""Checks that a run with a cache finds what one without finds, after random changes of functions:
`python scripts/check_changes.py TREE... [--count 60] [--seed 0]`.

A copy of each tree is made a repository and linted once with a cache. Then one function after another is changed at random, most of them such that
were looked into: statements are added, taken away, exchanged and put into loops and branches; constants, names and returned values become others.
Some changes are outside of functions: definitions are moved, removed and given parameters, other files get a function that calls one, constants of
modules become others. After each change the tree is linted with the cache and without one; findings, errors and counts must be the same. Prints how
many files with calls the runs looked at again, and each difference. Exit code 1 if there are any.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import os
import random
import re
import shutil
import sys
import tempfile
import textwrap
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from llmlint.cache import asked as rest
from llmlint.cache import parts
from llmlint.cache import run as remember
from llmlint.cache.store import Cache
from llmlint.config.settings import SettingsResolver
from llmlint.discover.project import Asked, ask
from llmlint.link.program.answers import Answers
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

_IGNORED = shutil.ignore_patterns(".git", ".llmlint_cache", "node_modules", "pyproject.toml")
_MODELS = ("gpt-4", "gpt-4o", "claude-opus-4-1", "claude-haiku-4-5", "claude-3-opus-20240229", "gemini-1.5-pro")
_STRING = re.compile(r"""(?<![\w"'])(["'])([^"'\\\n]{1,60})\1(?!["'])""")
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
_WORD = re.compile(r"(?<![\w.\"'])[a-z_]\w{2,}\b")
_KEYWORDS = frozenset(keyword.kwlist)

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Tree:
    """A copy of a tree with a cache."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.choose = random.Random(seed)
        self.cache = Cache(str(folder / ".llmlint_cache"))
        self.looked_at: list[int | None] = []

    def _asked(self) -> tuple[Asked, SettingsResolver]:
        settings = SettingsResolver(str(self.folder), known=known_rules())
        [found] = ask(["."], settings)
        return found, settings

    def found(self) -> tuple[object, ...]:
        """What a run with the cache finds."""
        found, settings = self._asked()
        self.looked_at.append(None)
        checked = remember.check(found, settings, known_rules, self.cache)
        checked.remember()
        return _plain(checked.lint, checked.run)

    def found_anew(self) -> tuple[object, ...]:
        """What a run without a cache finds."""
        found, settings = self._asked()
        run = Run.of_asked(found, settings, known_rules())
        return _plain(run.lint(), run)

    def functions(self) -> list[tuple[str, int]]:
        """Where functions start that were looked into, by the cache."""
        for path in (self.folder / ".llmlint_cache").rglob("parts-*"):
            record = self.cache.read(path.name.partition(".")[0])
            if isinstance(record, dict):
                looks = record["answers"]["looks"]
                resting = Answers.of_record(record["answers"]).functions()
                found = [(path, number) for path, numbers in resting.items() if path in looks for number in numbers]
                return [(path, looks[path][0][3 * number]) for path, number in found if 3 * number < len(looks[path][0])]
        return []

    def change(self) -> str | None:
        """Change one function; what was done, or None where nothing was."""
        functions = self.functions()
        path, start = self.choose.choice(functions) if functions and self.choose.random() < 0.85 else ("", 0)
        if not path:
            path, start = str(self.choose.choice(sorted(self.folder.rglob("*.py"))).relative_to(self.folder)), -1
        place = self.folder / path
        try:
            text = place.read_bytes().decode()
            tree = ast.parse(text)
        except (UnicodeDecodeError, SyntaxError, ValueError, FileNotFoundError):
            return None
        nodes = [each for each in ast.walk(tree) if isinstance(each, Function)]
        if "\r" in text or not nodes:
            return None
        lines = text.splitlines(keepends=True)
        line = text.count("\n", 0, start) + 1
        node = next((each for each in nodes if each.lineno >= line), nodes[-1]) if start >= 0 else self.choose.choice(nodes)
        if path.endswith(".py") and self.choose.random() < 0.05:
            return self._call_elsewhere(path, node)
        edit = self.choose.choice(_EDITS)
        new = "".join(edit(self.choose, lines, node))
        try:
            ast.parse(new)
        except (SyntaxError, ValueError):
            return None
        if new == text:
            return None
        place.write_bytes(new.encode())
        return f"{path}:{node.lineno} {node.name}: {edit.__name__.strip('_')}"

    def _call_elsewhere(self, path: str, node: Function) -> str:
        """Give another file a function that calls one."""
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        other = str(self.choose.choice(sorted(self.folder.rglob("*.py"))).relative_to(self.folder))
        call = f"{node.name}({', '.join(['row'] * len(node.args.args))})"
        with (self.folder / other).open("a") as file:
            file.write(
                f"\n\nfrom {module} import {node.name}\n\n\ndef changed_{node.name}(rows):\n    return [{call} for row in rows]\n"
            )
        return f"{other}: calls {node.name} of {path}"


def _plain(lint: object, run: object) -> tuple[object, ...]:
    calls = {path: count for path, count in run.calls.items() if count}  # type: ignore[attr-defined]
    unsupported = {path: dict(counts) for path, counts in run.unsupported.items()}  # type: ignore[attr-defined]
    return lint.findings, lint.errors, calls, unsupported  # type: ignore[attr-defined]


# Changes of the lines of a file, in one of its functions


def _statement(choose: random.Random, node: Function) -> ast.stmt:
    return choose.choice([each for each in ast.walk(node) if isinstance(each, ast.stmt) and each is not node] or node.body)


def _span(node: ast.stmt) -> tuple[int, int]:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    return first - 1, node.end_lineno or node.lineno


def _insert(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    at = _statement(choose, node)
    first, _ = _span(at)
    names = sorted({each.id for each in ast.walk(node) if isinstance(each, ast.Name)}) or ["None"]
    name, other = choose.choice(names), choose.choice(names)
    code = choose.choice(
        ("changed = 1", f"print({name})", f"{name} = {other}", f"if {name}:\n    return {other}", f"{other} = {name} or {other}",
         f"for {name} in {other}:\n    pass", f"{name}.append({other})", "pass", f"if {name} == 'a':\n    raise ValueError({other})",
         f"{name}.value = {other}", f"model = {choose.choice(_MODELS)!r}", f"{name}({other})", "import json")
    )  # fmt: skip
    return [*lines[:first], textwrap.indent(code, " " * at.col_offset) + "\n", *lines[first:]]


def _delete(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    at = _statement(choose, node)
    first, end = _span(at)
    return [*lines[:first], f"{' ' * at.col_offset}pass\n", *lines[end:]]


def _repeat(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    first, end = _span(_statement(choose, node))
    return [*lines[:end], *lines[first:end], *lines[end:]]


def _wrap(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    at = _statement(choose, node)
    first, end = _span(at)
    header = choose.choice(("if changed:", "for changed in range(30):", "while True:", "try:", "with changed:"))
    code = f"{' ' * at.col_offset}{header}\n" + "".join(f"    {line}" for line in lines[first:end])
    behind = f"{' ' * at.col_offset}finally:\n{' ' * at.col_offset}    pass\n" if header == "try:" else ""
    return [*lines[:first], code, behind, *lines[end:]]


def _replace(pattern: re.Pattern[str], make: Callable[[random.Random, re.Match[str], str], str]) -> Callable[..., list[str]]:
    def edit(choose: random.Random, lines: list[str], node: Function) -> list[str]:
        first, end = node.body[0].lineno - 1, node.end_lineno or node.lineno
        code = "".join(lines[first:end])
        found = [each for each in pattern.finditer(code) if each[0] not in _KEYWORDS]
        if not found:
            return lines
        match = choose.choice(found)
        new = make(choose, match, code)
        return [*lines[:first], code[: match.start()] + new + code[match.end() :], *lines[end:]]

    return edit


def _rename(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    first, end = node.body[0].lineno - 1, node.end_lineno or node.lineno
    code = "".join(lines[first:end])
    names = sorted({each[0] for each in _WORD.finditer(code)} - _KEYWORDS)
    if not names:
        return lines
    name = choose.choice(names)
    return [*lines[:first], re.sub(rf"(?<![\w.]){name}\b", f"{name}_2", code), *lines[end:]]


def _return(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    returns = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
    if not returns:
        return lines
    first, end = _span(at := choose.choice(returns))
    value = choose.choice(("None", "''", "1", repr(choose.choice(_MODELS)), "[]", "changed()", "{'model': 'gpt-4'}"))
    return [*lines[:first], f"{' ' * at.col_offset}return {value}\n", *lines[end:]]


_constant = _replace(_STRING, lambda choose, match, code: repr(choose.choice((*_MODELS, match[2] + "x", "", "user", "system"))))
_number = _replace(_NUMBER, lambda choose, match, code: str(choose.choice((0, 1, 7, 100, 2000))))
_name = _replace(_WORD, lambda choose, match, code: choose.choice(sorted({each[0] for each in _WORD.finditer(code)} - _KEYWORDS)))
for _number_of, _edit in enumerate((_constant, _number, _name)):
    _edit.__name__ = ("constant", "number", "name")[_number_of]


# Changes of definitions


def _move(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    """Put a definition behind another one of its scope, which most often leaves nothing but places as they were."""
    siblings = _siblings(lines, node)
    if len(siblings) < 2:
        return lines
    first, end = _span(node)
    _, behind = _span(choose.choice([each for each in siblings if (each.lineno, each.name) != (node.lineno, node.name)]))
    code = ["\n", *lines[first:end]]
    return [*lines[:behind], *code, *lines[behind:first], *lines[end:]] if behind <= first else [
        *lines[:first], *lines[end:behind], *code, *lines[behind:]
    ]  # fmt: skip


def _siblings(lines: list[str], node: Function) -> list[Function]:
    """The functions of the scope that holds one, itself among them."""
    for scope in ast.walk(ast.parse("".join(lines))):
        body = (
            [each for each in getattr(scope, "body", ()) if isinstance(each, Function)]
            if not isinstance(scope, ast.Lambda)
            else []
        )
        if any((each.lineno, each.name) == (node.lineno, node.name) for each in body):
            return body
    return []


def _remove(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    first, end = _span(node)
    return [*lines[:first], f"{' ' * node.col_offset}pass\n", *lines[end:]]


def _parameter(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    at = next((number for number in range(node.lineno - 1, node.body[0].lineno) if ")" in lines[number]), None)
    if at is None or node.args.kwarg is not None:
        return lines
    ahead, bracket, behind = lines[at].rpartition(")")
    given = choose.choice(("changed=None", f"model={choose.choice(_MODELS)!r}", "rows=()"))
    return [*lines[:at], f"{ahead}, {given}{bracket}{behind}", *lines[at + 1 :]]


def _call(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    """Call it in another function of the file."""
    given = ", ".join(choose.choice(("1", "'a'", "rows")) for _ in node.args.args)
    name = choose.choice((node.name, f"self.{node.name}"))
    loop = choose.choice(("", "    for each in rows:\n    "))
    return [*lines, f"\n\ndef changed_{choose.randrange(1000)}(self, rows):\n{loop}    return {name}({given})\n"]


def _module(choose: random.Random, lines: list[str], node: Function) -> list[str]:
    """Change what is outside of functions."""
    body = ast.parse("".join(lines)).body
    at = choose.choice([each for each in body if not isinstance(each, ast.ImportFrom) or each.module != "__future__"] or body)
    _, end = _span(at)
    names = [each.targets[0].id for each in body if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)]
    name = choose.choice([*names, "CHANGED"])
    code = choose.choice(
        ("import json", f"{name} = {choose.choice(_MODELS)!r}", f"{name} = []", f"{node.name}()", "if __debug__:\n    pass")
    )
    return [*lines[:end], f"{code}\n", *lines[end:]]


_EDITS = (
    *(_insert, _insert, _insert, _delete, _repeat, _wrap, _constant, _constant, _number, _name, _name, _rename, _return),
    *(_move, _remove, _parameter, _call, _module),
)


def _check(tree: Tree, count: int) -> int:
    """Make some changes, and print the differences; how many there are."""
    relink = parts.relink

    def noted(*args: object) -> Run | None:
        run = relink(*args)  # type: ignore[arg-type]
        if run is not None and run.kept is not None:
            tree.looked_at[-1] = len(set(run.loaded) - run.kept.results.keys())
        return run

    parts.relink = noted  # type: ignore[assignment]
    differences = 0
    try:
        if tree.found() != tree.found_anew():
            print("the first run differs", flush=True)
            return 1
        done = 0
        while done < count:
            what = tree.change()
            if what is None:
                continue
            done += 1
            with_cache, anew = tree.found(), tree.found_anew()
            if with_cache != anew:
                differences += 1
                print(f"after change {done}, {what}:\n{_difference(with_cache, anew)}", flush=True)
                # What a wrong result was remembered with says nothing of later changes.
                shutil.rmtree(tree.folder / ".llmlint_cache")
                tree.found()
    finally:
        parts.relink = relink
    return differences


def _difference(one: tuple[object, ...], other: tuple[object, ...]) -> str:
    for first, second in zip(one, other, strict=True):
        if isinstance(first, tuple) and isinstance(second, tuple):
            found = [f"  - with the cache: {each}" for each in first if each not in second]
            found += [f"  - without: {each}" for each in second if each not in first]
            if found:
                return "\n".join(found)
        elif first != second:
            return f"  - {first}\n  - {second}"
    return "  in another order"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rest.REST_SECONDS = rest.COARSE_REST_SECONDS = -1.0
    warnings.simplefilter("ignore", SyntaxWarning)
    total = 0
    for path in options.trees:
        start, home = time.time(), os.getcwd()
        with tempfile.TemporaryDirectory() as top:
            folder = Path(top, "project")
            shutil.copytree(path, folder, symlinks=True, ignore=_IGNORED)
            (folder / ".git").mkdir()
            os.chdir(folder)
            tree = Tree(folder, options.seed)
            found = _check(tree, options.count)
            os.chdir(home)
        again = [each for each in tree.looked_at[1:] if each is not None]
        total += found
        mean = f"{sum(again) / len(again):.1f}" if again else "none"
        print(f"{path.name}: {options.count} changes, {len(again)} taken over from the run before, {mean} files looked at again on average, "
              f"{found} differences, {time.time() - start:.0f} s", flush=True)  # fmt: skip
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
