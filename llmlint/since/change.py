"""`llmlint check --since REF`: the findings that a change brings, and what it changes about the cost of calls.

The state before is written to a temporary folder and checked there by a process of its own, with the settings that it has. A finding that
was there before, in the same function or with the same text elsewhere, is not brought by the change.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from llmlint.config.files import split_config
from llmlint.files.git import endless_file
from llmlint.findings import Finding
from llmlint.report.base import Cost
from llmlint.since.snapshot import Known, Site, known, path_in, read_snapshot
from llmlint.source import Location, Source, Span

MOST_BYTES = 1_000_000
"""Larger files are not written out, unless they are Python."""
MOST_SECONDS = 300
"""How long one command of git may take: its configuration may name files elsewhere that never end."""

_PYTHON = (".py", ".pyi", ".ipynb")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SLACK = 0.1
"""By how much a number of a message may differ before the finding counts as changed: an edit of a prompt changes the estimate of its size."""

_HUNK = re.compile(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


class SinceError(Exception):
    """Why the state before a change cannot be had, in one line."""


class CostChange(NamedTuple):
    """What the input of a thousand calls of a site costs before and after the change; None where there is no such site, or no price."""

    name: str
    before: Site | None
    after: Site | None

    def figures(self) -> Cost:
        """The same as a report has it."""
        before, after = self.before, self.after
        models = [site.model for site in (before, after) if site is not None and site.model is not None]
        what = " → ".join(dict.fromkeys(models))
        if before is None or after is None:
            what = ", ".join(filter(None, [what, "new call" if before is None else "call removed"]))
        return Cost(self.name, what, before.cost if before else 0.0, after.cost if after else 0.0)


class Change(NamedTuple):
    """A change: what was there before it, and the lines that it touches."""

    ref: str
    root: str
    findings: Sequence[Known]
    sites: Sequence[Site]
    renamed: Mapping[str, str]
    gone: frozenset[str]
    lines: Mapping[str, Sequence[range]]

    def brought(self, findings: Sequence[Finding], source_of: Callable[[str], Source]) -> list[Finding]:
        """Those of the findings after the change that were not there before."""
        now = known(findings, source_of, self.root)
        before = [each._replace(path=self.renamed.get(each.path, each.path)) for each in self.findings]
        left = {index for index, each in enumerate(now) if not self._is_of_other_repository(each.path)}
        for is_same in (_is_unmoved, _is_moved, _is_edited, self._is_edited_elsewhere):
            for index in sorted(left):
                partner = next((each for each in before if is_same(each, now[index])), None)
                if partner is not None:
                    before.remove(partner)
                    left.remove(index)
        return [findings[index] for index in sorted(left)]

    def _is_edited_elsewhere(self, before: Known, now: Known) -> bool:
        """Whether a finding lies in the same function of another file, and its own file is gone: renamed and edited too much for git."""
        return before.path in self.gone and _is_edited(before._replace(path=now.path), now)

    def _is_of_other_repository(self, path: str) -> bool:
        """Whether a file lies in a submodule, or another repository below this one, which has changes of its own."""
        return any(
            os.path.lexists(os.path.join(self.root, folder, ".git")) for folder in PurePath(path).parents if folder != PurePath()
        )

    def touches(self, span: Span, locate: Callable[[Span], tuple[Location, Location]]) -> bool:
        """Whether the change touches a line of a span; of a notebook, whether it touches the file."""
        changed = self.lines.get(path_in(self.root, span.path), ())
        start, end = locate(span)
        if start.cell is not None:
            return bool(changed)
        return any(lines.start <= end.line and start.line < lines.stop for lines in changed)

    def path_of(self, cost: CostChange) -> str:
        """The file of a call site as it is named from the working directory."""
        site = cost.after or cost.before
        return os.path.relpath(os.path.join(self.root, site.path if site is not None else ""))

    def costs(self, sites: Iterable[Site]) -> list[CostChange]:
        """The call sites whose cost the change changes, by path and line."""
        before = {(self.renamed.get(each.path, each.path), each.function, each.number): each for each in self.sites}
        changes = []
        for site in sites:
            if self._is_of_other_repository(site.path):
                continue
            old = before.pop((site.path, site.function, site.number), None)
            if old is None or (old.cost, old.model) != (site.cost, site.model):
                changes.append(CostChange(f"{site.path}:{site.line}", old, site))
        changes += [CostChange(f"{old.path}:{old.line}", old, None) for old in before.values()]
        return changes


def _is_unmoved(before: Known, now: Known) -> bool:
    return before[:4] == now[:4] and _is_alike(before.message, now.message)


def _is_moved(before: Known, now: Known) -> bool:
    return (before.code, before.content) == (now.code, now.content) and _is_alike(before.message, now.message)


def _is_edited(before: Known, now: Known) -> bool:
    return before[:3] == now[:3] and _is_alike(before.message, now.message)


def _is_alike(before: str, now: str) -> bool:
    """Whether two messages say the same, with numbers that hardly differ."""
    if _NUMBER.sub("0", before) != _NUMBER.sub("0", now):
        return False
    pairs = zip(map(_number, _NUMBER.findall(before)), map(_number, _NUMBER.findall(now)), strict=True)
    return all(abs(new - old) <= _SLACK * abs(old) for old, new in pairs)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def change_since(ref: str, overrides: Mapping[str, object], isolated: bool, config: Sequence[str], *, with_sites: bool) -> Change:
    """The change from a commit (where the branch left it) to the working tree. Raises SinceError."""
    endless = endless_file(os.getcwd())
    if endless is not None:
        raise SinceError(f"git would wait for ever: {os.path.relpath(endless)} is not a regular file")
    root = repository()
    commit = _git(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", wrong=f"there is no commit {ref!r}"
    )
    base = commit.decode().strip()
    with contextlib.suppress(SinceError):
        base = _git("merge-base", base, "HEAD").decode().strip() or base
    with tempfile.TemporaryDirectory(prefix="llmlint-since-") as folder:
        tree = os.path.join(os.path.realpath(folder), os.path.basename(root) or "root")
        _write_tree(base, root, tree)
        here = os.path.join(tree, os.path.relpath(os.path.realpath(os.getcwd()), root))
        os.makedirs(here, exist_ok=True)
        path, inline = split_config(config)
        given = {
            "overrides": overrides,
            "isolated": isolated,
            "config": path and os.path.abspath(path),
            "inline": inline,
            "root": tree,
            "paths": [os.path.relpath(tree, here)],
            "sites": with_sites,
        }
        findings, sites = _snapshot(given, here)
    renamed, gone, lines = _changes(base, root)
    return Change(ref, root, findings, sites, renamed, gone, lines)


def repository() -> str:
    """The root of the repository around the working directory."""
    return os.path.realpath(os.fsdecode(_git("rev-parse", "--show-toplevel").rstrip(b"\n")))


def _snapshot(given: Mapping[str, Any], folder: str) -> tuple[Sequence[Known], Sequence[Site]]:
    command = [sys.executable, *(["-P"] if sys.version_info >= (3, 11) else []), "-m", "llmlint", "snapshot"]
    # Modules are found from where this process found them, and not from the folder that is checked.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path if each)}
    done = subprocess.run(
        command, cwd=folder, input=json.dumps(given), capture_output=True, text=True, encoding="utf-8", env=environment
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it failed"]
        raise SinceError(f"the state before the change cannot be checked: {said[-1]}")
    return read_snapshot(done.stdout)


def _write_tree(commit: str, root: str, tree: str) -> None:
    """Write the files of a commit that may matter: no hook runs, and nothing changes in the repository."""
    os.makedirs(os.path.join(tree, ".git"))
    names = []
    for row in _git("-C", root, "ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0"):
        facts, _, name = row.partition(b"\t")
        mode, _, _, size = [*facts.split(), b"", b"", b"", b""][:4]
        if mode.startswith(b"100") and (os.fsdecode(name).endswith(_PYTHON) or (size.isdigit() and int(size) <= MOST_BYTES)):
            names.append(name)
    index = os.path.join(os.path.dirname(tree), "index")
    environment = {"GIT_INDEX_FILE": index, "GIT_LFS_SKIP_SMUDGE": "1"}
    _git("-C", root, "read-tree", commit, env=environment)
    _git(
        *_without_filters(),
        "-C",
        root,
        "checkout-index",
        "-q",
        "-f",
        "-z",
        "--stdin",
        f"--prefix={tree}/",
        given=b"\0".join([*names, b""]),
        env=environment,
    )


def _changes(base: str, root: str) -> tuple[dict[str, str], frozenset[str], dict[str, list[range]]]:
    """The new names of renamed files, the files that are gone, and the lines that were added or changed, by path.

    Files that git does not know are new.
    """
    renamed: dict[str, str] = {}
    gone: set[str] = set()
    safe = _without_filters()
    words = iter(
        _git(*safe, "-C", root, "diff", "--no-ext-diff", "--no-textconv", "--name-status", "-M", "-z", base).split(b"\0")
    )
    for status in words:
        if status.startswith((b"R", b"C")):
            old, new = os.fsdecode(next(words)), os.fsdecode(next(words))
            if status.startswith(b"R"):
                renamed[old] = new
        elif status:
            name = os.fsdecode(next(words))
            gone |= {name} if status == b"D" else set()
    lines: dict[str, list[range]] = {}
    path = ""
    for line in _git(
        *safe, "-C", root, "-c", "core.quotePath=false", "diff", "--no-ext-diff", "--no-textconv", "--no-color", "-U0", "-M", base
    ).split(b"\n"):
        if line.startswith(b"+++ "):
            path = os.fsdecode(line[4:].rstrip(b"\t").removeprefix(b"b/"))
        elif hunk := _HUNK.match(line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            # Where lines were only taken away, those around the gap are touched.
            lines.setdefault(path, []).append(range(first, first + max(count, 2 if not count else 1)))
    for untracked in _git("-C", root, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0"):
        if untracked:
            lines[os.fsdecode(untracked)] = [range(1, sys.maxsize)]
    return renamed, frozenset(gone), lines


# The configuration of the repository may name programs, which git must not run.
_SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


def _without_filters() -> list[str]:
    """Options that turn off the filters which the configuration of the repository defines; those of the user may run."""
    listed = _git("config", "--null", "--show-scope", "--name-only", "--list").split(b"\0")
    options: list[str] = []
    for scope, name in zip(listed[::2], listed[1::2], strict=False):
        key = os.fsdecode(name)
        if scope in (b"local", b"worktree") and key.startswith("filter."):
            stem = key.rpartition(".")[0]
            for each in ("clean=", "smudge=", "process=", "required=false"):
                options += ["-c", f"{stem}.{each}"]
    return options


def _git(*arguments: str, given: bytes | None = None, env: Mapping[str, str] | None = None, wrong: str | None = None) -> bytes:
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments],
            input=given,
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C", **(env or {})},
            timeout=MOST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise SinceError(f"git {arguments[0]} did not end within {MOST_SECONDS} seconds") from None
    except OSError as error:
        raise SinceError(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"git {arguments[0]} failed"]
        raise SinceError(wrong or said[0].removeprefix("fatal: "))
    return done.stdout
