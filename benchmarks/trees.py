"""The trees that are linted: pinned wheels, downloaded once and unpacked; and copies of their files, for how time grows with size."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator

SUFFIXES = (".py", ".pyi", ".ipynb")

# Wheels only: to download a source distribution, pip runs its build.
TREES: dict[str, tuple[str, ...]] = {
    # Python without LLM calls, but for a few files.
    "plain": (
        "django==5.2.19",
        "networkx==3.6.1",
        "nltk==3.10.4",
        "pandas==3.1.1",
        "scipy==1.17.1",
        "sqlalchemy==2.1.9",
        "sympy==1.14.0",
        "transformers==5.23.0",
        "twisted==26.10.0",
    ),
    # Packages that are about LLMs.
    "dense": (
        "agno==3.1.10",
        "aider-chat==0.86.2",
        "camel-ai==0.2.90",
        "crewai==1.15.30",
        "deepeval==4.3.1",
        "dspy==3.4.1",
        "graphiti-core==0.31.2",
        "instructor==1.17.0",
        "langchain-community==0.4.2",
        "letta==0.34.12",
        "litellm==1.109.1",
        "mem0ai==2.2.1",
        "metagpt==0.8.2",
        "pydantic-ai-slim==2.68.0",
        "ragas==0.4.3",
    ),
}
# The same wheels on every machine: they are read, and never installed.
_PLATFORM = ["--implementation", "cp", "--python-version", "3.11", "--only-binary=:all:", "--no-deps"]
for _tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_24", "manylinux_2_27", "manylinux_2_28"):
    _PLATFORM += ["--platform", f"{_tag}_x86_64"]


def unpacked(name: str, home: pathlib.Path) -> pathlib.Path:
    """The folder of a tree, made now if it is not there yet."""
    tree = home / "trees" / name
    if tree.exists():
        return tree
    wheels = home / "wheels" / name
    print(f"downloading {len(TREES[name])} wheels for the {name} tree", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels), *_PLATFORM, *TREES[name]]
    subprocess.run(command, check=True)
    making = home / "trees" / f"{name}.making"
    shutil.rmtree(making, ignore_errors=True)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(making, [member for member in archive.namelist() if member.endswith(SUFFIXES)])
    making.rename(tree)
    return tree


def python_files(tree: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in tree.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def described(tree: pathlib.Path) -> str:
    files = python_files(tree)
    return f"{len(files):,} files, {sum(path.stat().st_size for path in files) / 1e6:,.0f} MB"


def copies(trees: list[pathlib.Path], count: int, target: pathlib.Path, sample: int = 1000) -> pathlib.Path:
    """`count` files: the same `sample` over and over, each time in a folder of its own and with another last line."""
    chosen = list(_sampled(trees, sample))
    for number in range(count):
        tree, path = chosen[number % len(chosen)]
        copy = number // len(chosen)
        place = target / f"copy{copy}" / path.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes() + b"\n# copy %d\n" % copy)
    return target


def _sampled(trees: list[pathlib.Path], count: int) -> Iterator[tuple[pathlib.Path, pathlib.Path]]:
    """Files from all over the trees, as many from each."""
    for tree in trees:
        files = [path for path in python_files(tree) if path.suffix != ".ipynb"]
        share = count // len(trees)
        yield from ((tree, files[number * len(files) // share]) for number in range(share))
