"""Builds wheel and sdist twice and checks them: `python scripts/check_release.py [--dist FOLDER]`.

Both builds must be equal to the byte. The wheel must hold the package with its data and nothing else; the sdist what tests need; the metadata the
project's links, and a description whose links work on an index page. Each is installed in an environment of its own with `--no-index` where
`--install` names folders of wheels to take the dependencies from, and finds something in a file. Exit code 1 with one line for each fault.
"""

from __future__ import annotations

import argparse
import email
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINKS = {"Homepage", "Documentation", "Changelog", "Issues", "Source"}
NEEDED_IN_WHEEL = (
    "llmlint/__init__.py",
    "llmlint/py.typed",
    "llmlint/catalog/models.json",
    "llmlint/fixes/batch/templates/llm_batches.py.in",
)
NEEDED_IN_SDIST = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "llmlint/__init__.py",
    "tests/conftest.py",
    "docs/rules.md",
    "SECURITY.md",
)
_FILE_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)]+)\)")


def build(folder: Path) -> dict[str, Path]:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1577836800"}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    return {path.suffix: path for path in sorted(folder.iterdir())}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def faults_of_wheel(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        [metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
        said = email.message_from_bytes(wheel.read(metadata))
    for name in NEEDED_IN_WHEEL:
        if name not in names:
            yield f"the wheel lacks {name}"
    for name in names:
        if not name.startswith("llmlint") or "__pycache__" in name:
            yield f"the wheel has {name}"
    labels = {link.partition(",")[0].strip() for link in said.get_all("Project-URL", [])}
    for label in sorted(LINKS - labels):
        yield f"the metadata has no link {label}"
    if not said["License-Expression"] or said["Description-Content-Type"] != "text/markdown":
        yield "the metadata has no licence, or no description in Markdown"
    for target in sorted(set(_FILE_LINK.findall(str(said.get_payload())))):
        yield f"the description links to a file, which an index page does not have: {target}"


def faults_of_sdist(path: Path) -> Iterator[str]:
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
        strange = [member.name for member in sdist.getmembers() if not (member.isfile() or member.isdir()) or ".." in member.name]
    for name in NEEDED_IN_SDIST:
        if name not in names:
            yield f"the sdist lacks {name}"
    for name in strange:
        yield f"the sdist has something that is no file: {name}"


def faults_of_installing(path: Path, indexes: list[str]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "env", with_pip=True)
        python = str(folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python")
        source = [f"--find-links={index}" for index in indexes] if indexes else []
        installed = subprocess.run(
            [python, "-m", "pip", "install", "-q", *source, str(path)], check=False, capture_output=True, text=True
        )
        if installed.returncode:
            yield f"{path.name} cannot be installed: {installed.stderr.strip()[-200:]}"
            return
        (folder / "a.py").write_text(
            'import anthropic\nanthropic.Anthropic().messages.create(model="claude-3-opus-20240229", max_tokens=9, messages=[])\n'
        )
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        run = subprocess.run(
            [python, "-P", "-m", "llmlint", "--no-cache", "."],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment,
        )
        if run.returncode != 1 or "LLM20" not in run.stdout:
            yield f"what {path.name} installs does not work: {run.stderr.strip()[-200:]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dist", type=Path, help="where to put what was built")
    parser.add_argument(
        "--install", action="append", default=None, metavar="FOLDER", help="install from each, with wheels from this folder"
    )
    arguments = parser.parse_args()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = build(Path(one)), build(Path(other))
        for suffix, path in first.items():
            if digest(path) != digest(second[suffix]):
                faults.append(f"{path.name} is not built the same twice")
            print(f"{digest(path)}  {path.name}")
        faults += [*faults_of_wheel(first[".whl"]), *faults_of_sdist(first[".gz"])]
        if arguments.install is not None:
            for path in first.values():
                faults += faults_of_installing(path, [each for each in arguments.install if each])
        if arguments.dist is not None:
            arguments.dist.mkdir(parents=True, exist_ok=True)
            for path in first.values():
                (arguments.dist / path.name).write_bytes(path.read_bytes())
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
