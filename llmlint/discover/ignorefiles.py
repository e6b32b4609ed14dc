"""git's ignore rules: `.gitignore` at every level, `.git/info/exclude`, and `.ignore` files, which go before both.

A chain holds the ignore files that apply in a folder, the nearest first; the first that says anything about an entry decides,
as in git. An entry is only ever compared itself: nothing below an ignored folder is looked at, so no parent needs to be tried.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from typing import TYPE_CHECKING, NamedTuple

from llmlint.files.git import repository_around
from llmlint.files.regular import read_start

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

IGNORE_NAMES = frozenset({".git", ".gitignore", ".ignore"})

_MOST_BYTES = 10_000_000
# No path is so long, and `re` takes time that grows with the square of a pattern's length.
_LONGEST_LINE = 10_000
_MOST_LINES = 50_000

# So pathspec names the group that matches the slash after a folder; where it ends before the path does, a parent was matched.
_FOLDER_MARK = "ps_d"
_NAMED_GROUP = re.compile(r"\(\?P<ps_\w+>")
_STAR = "[^/]*"
# From how many stars on a pattern gets a form that takes linear time.
_MANY_STARS = 3
_SPECIAL = re.compile(r"[*?\[\\]")


class _Rule(NamedTuple):
    regex: re.Pattern[str]
    is_ignore: bool
    # A pattern without a slash before its end holds for the name alone, at any depth.
    is_name: bool
    is_for_folders: bool
    # The last part of the pattern: where it is a plain name, nothing else can match.
    last: str

    def hits(self, relative: str, name: str, is_folder: bool) -> bool:
        if self.is_for_folders and not is_folder:
            return False
        path = name if self.is_name else relative
        match = self.regex.search(path)
        if match is not None and not self._mark(match):
            return True
        if not is_folder:
            return False
        match = self.regex.search(path + "/")
        return match is not None and self._mark(match) == len(path) + 1

    def _mark(self, match: re.Match[str]) -> int:
        """Where the slash of a folder ends in the match; 0 where the pattern matched without one."""
        return match.end(_FOLDER_MARK) if self.regex.groupindex.get(_FOLDER_MARK) and match[_FOLDER_MARK] else 0


class IgnoreFile(NamedTuple):
    """The rules of one file. `base` is the absolute folder that they hold in, ending in a slash."""

    base: str
    rules: tuple[_Rule, ...]
    # What the rules look for, taken together: most entries match none, and four quick questions say so. Names, ends of names, and
    # all other patterns as one regular expression for names and one for paths.
    names: frozenset[str]
    suffixes: tuple[str, ...]
    any_name: re.Pattern[str] | None
    any_path: re.Pattern[str] | None

    @classmethod
    def of(cls, base: str, rules: list[_Rule]) -> IgnoreFile:
        plain, ending, others = [], [], []
        for rule in rules:
            if not _SPECIAL.search(rule.last):
                plain.append(rule)
            elif rule.last.startswith("*") and not _SPECIAL.search(rule.last[1:]) and rule.last != "*":
                ending.append(rule)
            else:
                others.append(rule)
        return cls(
            base,
            tuple(rules),
            frozenset(rule.last for rule in plain),
            tuple({rule.last[1:] for rule in ending}),
            _any(rule.regex for rule in others if rule.is_name),
            _any(rule.regex for rule in others if not rule.is_name),
        )

    def verdict(self, folder: str, name: str, is_folder: bool) -> bool | None:
        """Whether the file ignores (True) or re-includes (False) the entry `name` of the absolute `folder`; None if neither."""
        relative = folder[len(self.base) :] + name
        end = "/" if is_folder else ""
        if not (
            name in self.names
            or name.endswith(self.suffixes)
            or (self.any_name is not None and self.any_name.search(name + end))
            or (self.any_path is not None and self.any_path.search(relative + end))
        ):
            return None
        for rule in reversed(self.rules):
            if rule.hits(relative, name, is_folder):
                return rule.is_ignore
        return None


class Chain(NamedTuple):
    """What applies in one folder: `.ignore` files, then `.gitignore` files, each the nearest first."""

    plain: tuple[IgnoreFile, ...] = ()
    git: tuple[IgnoreFile, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plain or self.git)

    def ignores(self, folder: str, name: str, is_folder: bool) -> bool:
        """Whether the entry `name` of `folder` (absolute, ending in a slash) is ignored."""
        for file in (*self.plain, *self.git):
            verdict = file.verdict(folder, name, is_folder)
            if verdict is not None:
                return verdict
        return False

    def entering(self, folder: str, names: Container[str]) -> Chain:
        """The chain inside `folder` (absolute, ending in a slash), which holds entries of these names."""
        plain, git = self.plain, self.git
        if ".git" in names:
            # Rules do not reach from one repository into another that lies in it.
            git = _loaded(_exclude_file(folder), folder)
        if ".gitignore" in names:
            git = _loaded(folder + ".gitignore", folder) + git
        if ".ignore" in names:
            plain = _loaded(folder + ".ignore", folder) + plain
        return Chain(plain, git)


def chain_above(folder: str) -> Chain:
    """What the folders above `folder` (absolute) say about its content: those of the git repository that it lies in, if any.

    Where they ignore the folder itself, they say nothing: it was asked for by name.
    """
    root = repository_around(folder)
    if root is None:
        return Chain()
    chain = Chain()
    prefix = slashed(root)
    for name in slashed(folder)[len(prefix) :].split("/")[:-1]:
        chain = chain.entering(prefix, {each for each in IGNORE_NAMES if os.path.lexists(prefix + each)})
        if chain.ignores(prefix, name, is_folder=True):
            return Chain()
        prefix += name + "/"
    return chain


def slashed(folder: str) -> str:
    """A folder's path with `/` between its parts and at its end."""
    return folder.replace(os.sep, "/").rstrip("/") + "/"


def _loaded(path: str, base: str) -> tuple[IgnoreFile, ...]:
    """The rules of an ignore file; none where it cannot be read or holds no pattern, as in git."""
    try:
        text = _text(path, "utf-8-sig")
    except (OSError, ValueError):
        return ()
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    lines = [line for line in lines if line.strip() and not line.startswith("#") and len(line) <= _LONGEST_LINE][:_MOST_LINES]
    if not lines:
        return ()
    with warnings.catch_warnings():
        # pathspec knows no `[[:alpha:]]`, and `re` warns of what it makes of it.
        warnings.simplefilter("ignore", FutureWarning)
        rules = list(_rules(lines))
        if not rules:
            return ()
        return (IgnoreFile.of(base, rules),)


def _text(path: str, encoding: str = "utf-8") -> str:
    return read_start(path, _MOST_BYTES).decode(encoding, "surrogateescape")


def _rules(lines: Iterable[str]) -> Iterator[_Rule]:
    # Imported here: a tree without ignore files need not pay for it.
    from pathspec import GitIgnoreSpec

    for line in lines:
        core = line.rstrip()
        try:
            # pathspec takes `a/**/` for `a/`; to git it means the folders inside `a`, at any depth.
            patterns = list(GitIgnoreSpec.from_lines([core[:-1] if core.endswith("/**/") else line]).patterns)
        except (ValueError, re.error, RecursionError, OverflowError):
            # git takes a pattern that it cannot read for one that matches nothing.
            continue
        for pattern in patterns:
            regex = getattr(pattern, "regex", None)
            if pattern.include is not None and regex is not None:
                parent, _, last = core.removeprefix("!").rstrip("/").rpartition("/")
                is_name = not parent and not core.removeprefix("!").startswith("/")
                yield _Rule(_linear(regex), pattern.include, is_name, core.endswith("/"), last)


def _linear(regex: re.Pattern[str]) -> re.Pattern[str]:
    """The same without backtracking: a star in the middle takes as little as it can, and never more."""
    if regex.pattern.count(_STAR) < _MANY_STARS:
        return regex
    first, *middle, last = regex.pattern.split(_STAR)
    parts = [first]
    for number, each in enumerate(middle):
        if not each or "(" in each or ")" in each:
            parts.append(_STAR + each if each else "")
        elif sys.version_info >= (3, 11):
            parts.append(f"(?>[^/]*?{each})")
        else:
            # The names are those of this pattern alone, as several are joined.
            name = f"s{hash(regex.pattern) & 0xFFFFFFFF:x}_{number}"
            parts.append(f"(?=(?P<{name}>[^/]*?{each}))(?P={name})")
    return re.compile("".join((*parts, _STAR, last)), regex.flags)


def _any(regexes: Iterable[re.Pattern[str]]) -> re.Pattern[str] | None:
    parts = [_NAMED_GROUP.sub("(?:", regex.pattern) for regex in regexes]
    return re.compile("|".join(f"(?:{part})" for part in parts)) if parts else None


def _exclude_file(folder: str) -> str:
    """`info/exclude` of the repository whose work tree is `folder` (ending in a slash); `.git` may be a file that points away."""
    git = folder + ".git"
    try:
        if os.path.isfile(git):
            target = _text(git).removeprefix("gitdir:").strip()
            git = os.path.join(folder, target)
        # In a linked work tree the file lies with the main repository.
        common = os.path.join(git, "commondir")
        if os.path.isfile(common):
            git = os.path.join(git, _text(common).strip())
    except (OSError, ValueError):
        pass
    return os.path.join(git, "info", "exclude")
