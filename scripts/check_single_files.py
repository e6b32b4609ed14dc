"""Whether each file of some repositories, linted alone, has the findings of the whole run that touch it.

    python scripts/check_single_files.py /tmp/corpus/dev/*+* --most 40

Each repository is copied and marked with a `.git`. All files that findings touch are linted alone, and others up to `--most` in all, from the
root, from the folder of the file, through standard input, and from the folder of another file in turn. It prints a line for each repository, and
exits with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmlint.config.settings import SettingsResolver
from llmlint.discover.project import ask, ask_about_text
from llmlint.report.json import finding_json
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

_FILE = re.compile(r"[\w./+-]+\.(?:py|ipynb)\b")
WAYS = ("from the root", "from its folder", "through standard input", "from another folder")


def findings(root: Path, cwd: Path, path: str | None, *, by_text: bool = False) -> list[str]:
    """The findings of a run as text, all paths from the root on."""
    with _in(cwd):
        settings = SettingsResolver(str(cwd), {}, True, known=known_rules())
        given = os.path.relpath(root / path, cwd) if path is not None else str(root)
        if by_text:
            asked = ask_about_text(given, settings, True)
            run = Run.of_asked(asked, settings, known_rules(), given={given: (root / (path or "")).read_bytes()})
        else:
            [asked] = ask([given], settings)
            run = Run.of_asked(asked, settings, known_rules())
        found = [finding_json(run.diagnostic(each), run.locate) for each in run.lint().findings]
        return sorted(json.dumps(_from_root(each, cwd, root), sort_keys=True) for each in found)


@contextlib.contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _from_root(value: Any, cwd: Path, root: Path) -> Any:
    if isinstance(value, dict):
        return {
            key: os.path.relpath(cwd / each, root) if key == "path" else _from_root(each, cwd, root)
            for key, each in value.items()
        }
    if isinstance(value, str):
        # Messages name files as they are named from the working directory.
        return _FILE.sub(lambda name: os.path.relpath(cwd / name[0], root) if (cwd / name[0]).is_file() else name[0], value)
    return [_from_root(each, cwd, root) for each in value] if isinstance(value, list) else value


def paths_in(value: Any) -> Iterator[str]:
    """All files that a finding names."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "path" else paths_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from paths_in(each)


def check(repository: Path, most: int) -> tuple[int, int, int]:
    """How many findings the whole has, how many files were linted alone, and for how many of these that differs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder)) / repository.name
        shutil.copytree(repository, root, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        (root / ".git").mkdir()
        whole = findings(root, root, None)
        touched = {each: set(paths_in(json.loads(each))) for each in whole}
        files = sorted(
            path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in (".py", ".ipynb") and path.is_file()
        )
        first = [path for path in files if any(path in paths for paths in touched.values())]
        others = [path for path in files if path not in first]
        random.Random(7).shuffle(others)
        differing = 0
        folders = sorted({(root / path).parent for path in files})
        chosen = [*first, *others[: max(0, most - len(first))]][:most]
        for number, path in enumerate(chosen):
            way = WAYS[number % len(WAYS)]
            cwd = {WAYS[1]: (root / path).parent, WAYS[3]: random.Random(number).choice(folders)}.get(way, root)
            alone = findings(root, cwd, path, by_text=way == WAYS[2])
            if alone != [each for each in whole if path in touched[each]]:
                differing += 1
                print(f"  {path} {way}: {len(alone)} alone", file=sys.stderr)
        return len(whole), len(chosen), differing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=40, help="how many files of each are linted alone")
    options = parser.parse_args()
    total = 0
    for repository in options.repositories:
        found, files, differing = check(repository, options.most)
        total += differing
        print(f"{repository.name}: {found} findings, {files} files alone, {differing} differ", flush=True)
    print(f"{total} differences")
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
