"""Compares locked versions with a copy of the Python advisory database: `python scripts/check_advisories.py DATABASE requirements/*.txt`.

DATABASE is a git directory or checkout of github.com/pypa/advisory-database; its newest commit is read. This is for machines that cannot reach the
services that `pip-audit` queries, and says nothing about advisories newer than that commit. Exit code 1 if a locked version is affected.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def locked(paths: list[str]) -> dict[str, set[str]]:
    """The versions of each package in some locks."""
    found: dict[str, set[str]] = {}
    for path in paths:
        for name, version in _PINNED.findall(Path(path).read_text(encoding="utf-8")):
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(version)
    return found


def is_affected(version: str, affected: dict[str, Any]) -> bool:
    """Whether an advisory lists a version, or has it in one of its ranges."""
    if version in affected.get("versions", ()):
        return True
    for each in affected.get("ranges", ()):
        if each.get("type") != "ECOSYSTEM":
            continue
        is_inside = False
        for event in each["events"]:
            for kind, bound in event.items():
                if Version(version) >= Version(bound) and kind in ("introduced", "fixed"):
                    is_inside = kind == "introduced"
                elif kind == "last_affected" and Version(version) > Version(bound):
                    is_inside = False
        if is_inside:
            return True
    return False


def main() -> int:
    database, *paths = sys.argv[1:]

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", database, *arguments], check=True, capture_output=True, text=True).stdout

    print(f"advisories as of {git('log', '-1', '--format=%cs')}".strip())
    packages = locked(paths)
    names = [name for name in git("ls-tree", "-r", "--name-only", "HEAD", "vulns").split("\n") if name.count("/") == 2]
    looked_at, affected = 0, 0
    for name in names:
        package = re.sub(r"[-_.]+", "-", name.split("/")[1]).lower()
        if package not in packages:
            continue
        looked_at += 1
        advisory = yaml.safe_load(git("show", f"HEAD:{name}"))
        for version in sorted(packages[package]):
            try:
                is_bad = not advisory.get("withdrawn") and any(is_affected(version, each) for each in advisory["affected"])
            except InvalidVersion as error:
                print(f"{package} {version}: {advisory['id']} cannot be compared ({error})")
                is_bad = True
            if is_bad:
                affected += 1
                print(f"{package} {version}: {advisory['id']} {advisory.get('aliases', '')}")
    print(f"{len(packages)} packages, {looked_at} advisories about them, {affected} hold for the locked versions")
    return 1 if affected else 0


if __name__ == "__main__":
    sys.exit(main())
