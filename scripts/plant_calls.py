"""Plants LLM calls, wrappers and loops into real files, fixes them, and checks that nothing else changes.

    python scripts/plant_calls.py FOLDER... --count 5000 [--seed 1] [--keep FOLDER]

Each file gets one planting, behind its imports, at the end, or in one of its functions. After `--fix --unsafe-fixes`: the file compiles as before;
every comment is kept; all lines of the original file are there, in order, but for lines that the fix of an import may follow; a second run
changes nothing, but what the first one has reported as new after its fixes; and nothing that has a fix is left. Lines are not compared where a
file has calls of its own, which are fixed as well. A fix that is refused must say why. Prints each fault with its file, and exits with 1 if
there is one. The files are read, never run; copies are fixed, in a temporary folder.
"""

from __future__ import annotations

import argparse
import ast
import io
import itertools
import os
import random
import subprocess
import sys
import tempfile
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from llmlint.discover.prefilter import may_hold_call

CHUNK = 40
LARGEST = 200_000

TEXT = " ".join(["You answer questions about parcels, and you say so where you do not know."] * 120)
SHAPES = {
    "call": 'planted = planted_client.messages.create(model="claude-opus-4-1", max_tokens=900, system=PLANTED, '
    'messages=[{"role": "user", "content": "hi"}])\n',
    "wrapper": "def planted_ask(question, model='claude-3-opus-20240229'):\n"
    "    return planted_client.messages.create(model=model, max_tokens=900, system=PLANTED, "
    "messages=[{'role': 'user', 'content': question}])\n"
    "planted = planted_ask('what')\n",
    "loop": "def planted_run(questions):\n"
    "    planted_replies = []\n"
    "    for question in questions:  # planted\n"
    '        reply = planted_client.messages.create(model="claude-opus-4-1", max_tokens=900, '
    'messages=[{"role": "user", "content": question}])\n'
    "        planted_replies.append(reply.content[0].text)\n"
    "    return planted_replies\n",
    "clock": "def planted_now(question):\n"
    "    import datetime\n"
    "    return planted_client.messages.create(model='claude-opus-4-1', max_tokens=900, "
    "system=f'Now {datetime.datetime.now()}. {PLANTED}', messages=[{'role': 'user', 'content': question}])\n",
    "parameters": "def planted_sample(question):\n"
    "    return planted_client.messages.create(\n"
    '        model="claude-opus-4-1",\n        max_tokens=900,\n'
    '        messages=[{"role": "user", "content": question}],\n        top_p=0.5,  # planted\n        temperature=0.5,\n    )\n',
    "comprehension": "def planted_all(questions):\n"
    "    return [planted_client.messages.create(model='claude-opus-4-1', max_tokens=9, "
    "messages=[{'role': 'user', 'content': question}]).content[0].text for question in questions]\n",
    "chat": "def planted_chat():\n"
    "    history = []\n"
    "    while True:\n"
    "        history.append({'role': 'user', 'content': input()})\n"
    "        reply = planted_client.messages.create(model='claude-opus-4-1', max_tokens=900, system=PLANTED, messages=history)\n"
    "        history.append({'role': 'assistant', 'content': reply.content})\n",
}
HEAD = "import anthropic\nplanted_client = anthropic.Anthropic()\nPLANTED = " + repr(TEXT) + "\n"


def compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<file>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def comments(data: bytes) -> Counter[str]:
    return Counter(
        token.string.rstrip() for token in tokenize.tokenize(io.BytesIO(data).readline) if token.type == tokenize.COMMENT
    )


def planted(data: bytes, shape: str, rng: random.Random) -> bytes | None:
    """The file with a planting; None where there is no place for it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(data).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = data.splitlines(keepends=True)
    if not body or b"\f" in data or len(lines) != data.count(b"\n") + (not data.endswith(b"\n")):
        return None
    newline = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    if not lines[-1].endswith(b"\n"):
        lines[-1] += newline
    alone = [
        after
        for before, after in itertools.pairwise(body)
        if (before.end_lineno or 0) < first_line(after) and not is_future(after)
    ]
    at = len(lines)
    if alone and rng.random() < 0.5:
        at = (
            first_line(rng.choice([each for each in alone if not lines[first_line(each) - 2].rstrip().endswith(b"\\")] or alone))
            - 1
        )
        if lines[at - 1].rstrip().endswith(b"\\") or at <= max(
            (each.end_lineno or 0 for each in body if is_future(each)), default=0
        ):
            at = len(lines)
    elif lines[-1].rstrip().endswith(b"\\"):
        return None
    text = (HEAD + SHAPES[shape]).encode().replace(b"\n", newline)
    return b"".join((*lines[:at], text, *lines[at:]))


def first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def faults(original: bytes, before: bytes, after: bytes) -> Iterator[str]:
    """What is wrong with a fixed file. `original` is what it was before something was planted."""
    if compiles(before) and not compiles(after):
        yield "does not compile any more"
        return
    lost = comments(before) - comments(after)
    if lost:
        yield f"lost a comment: {next(iter(lost))}"
    if may_hold_call(original):
        return  # It has calls of its own, which are fixed as well.
    kept = iter(after.splitlines())
    for line in original.splitlines():
        if line not in kept:
            yield f"a line that nobody planted is gone or has moved: {line[:80]!r}"
            return


def llmlint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-P",
        "-m",
        "llmlint",
        "check",
        "--isolated",
        "--no-cache",
        "--no-respect-gitignore",
        *options,
        ".",
    ]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, timeout=1800)


def check_chunk(files: list[Path], rng: random.Random, keep: Path | None) -> tuple[int, int, list[str]]:
    """Plant, fix and judge some files: how many were planted and changed, and what is wrong."""
    found: list[str] = []
    with tempfile.TemporaryDirectory(dir=keep) as name:
        folder = Path(name)
        # Files that lie alone in their folders import each other by chance only.
        texts: dict[Path, tuple[Path, bytes, bytes]] = {}
        for number, path in enumerate(files):
            data = path.read_bytes()
            text = planted(data, rng.choice(list(SHAPES)), rng)
            if text is None:
                continue
            here = folder / f"project_{number}" / "planted_file.py"
            here.parent.mkdir()
            (here.parent / ".git").mkdir()
            here.write_bytes(text)
            texts[here] = (path, data, text)
        outcome = llmlint(folder, "--fix", "--unsafe-fixes", "--output-format", "concise")
        if outcome.returncode not in (0, 1):
            found += [f"{files[0]}…: {line}" for line in outcome.stderr.splitlines() if "error" in line][:5] or [
                outcome.stderr[-300:]
            ]
        found += [f"refused: {line}" for line in outcome.stderr.splitlines() if "was left out" in line]
        fixed = {here: here.read_bytes() for here in texts}
        again = llmlint(folder, "--fix", "--unsafe-fixes", "--output-format", "concise")
        left = [line for line in again.stdout.splitlines() if line.endswith("[*]") or "[*]" in line]
        found += [f"still fixable: {line}" for line in left]
        for here, (path, data, text) in texts.items():
            found += [f"{path}: {fault}" for fault in faults(data, text, fixed[here])]
            # What fixes of the first run brought, it has reported for the next one.
            is_announced = any(
                line.startswith(f"{here.relative_to(folder)}:") and "[*]" in line for line in outcome.stdout.splitlines()
            )
            if here.read_bytes() != fixed[here] and not is_announced:
                found.append(f"{path}: a second run changed it again")
        changed = sum(fixed[here] != text for here, (_, _, text) in texts.items())
        return len(texts), changed, found


def python_files(folders: list[str], largest: int) -> list[Path]:
    found = [path for folder in folders for path in Path(folder).rglob("*.py") if path.is_file() and not path.is_symlink()]
    return sorted(path for path in found if 0 < path.stat().st_size <= largest)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=LARGEST, help="bytes of a file")
    parser.add_argument("--keep", type=Path, default=None, help="where the temporary folders are made")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    files = python_files(arguments.folders, arguments.largest)
    rng.shuffle(files)
    files = files[: arguments.count]
    total = changed = 0
    found: list[str] = []
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    for at in range(0, len(files), CHUNK):
        count, changes, wrong = check_chunk(files[at : at + CHUNK], rng, arguments.keep)
        total, changed = total + count, changed + changes
        for fault in wrong:
            print(fault, flush=True)
        found += wrong
        print(f"{total} planted, {changed} changed, {len(found)} faults", file=sys.stderr, flush=True)
    print(f"{total} files planted, {changed} changed by fixes, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
