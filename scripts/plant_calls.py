"""Plants LLM calls, wrappers and loops into real files, fixes them, and checks that nothing else changes.

    python scripts/plant_calls.py FOLDER... --count 5000 [--seed 1] [--seconds 600]

Each file, alone in a folder, gets one planting, behind its imports, at the end, or in one of its functions. After `--fix --unsafe-fixes`: the
file compiles as before; every comment is kept; all lines of the original file are there, in order, but for lines that the fix of an import may
follow; a second run changes nothing, but what the first one has reported as new after its fixes; and nothing that has a fix is left. Lines are
not compared where a file has calls of its own, which are fixed as well. A fix that is refused must say why. Prints each fault with its file,
and exits with 1 if there is one. The files are read, never run; copies are fixed, in a temporary folder, all by this one process: 40 files take
some ten seconds, and starting llmlint twice for each of them would take four times as long.
"""

from __future__ import annotations

import argparse
import ast
import io
import itertools
import os
import random
import sys
import tempfile
import time
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from llmlint.config.settings import SettingsResolver
from llmlint.discover.prefilter import may_hold_call
from llmlint.findings import Applicability, Finding
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import Fixed, fix, write_changes

FILE = "planted_file.py"
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


def fixed_run() -> Fixed:
    """One `--fix --unsafe-fixes` over the working directory, up to the writing."""
    options = {"respect-gitignore": False}
    run = Run.of_paths(["."], SettingsResolver(".", options, True, known=known_rules()), known_rules())
    return fix(run, run.lint(), unsafe=True)


def is_fixable(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.applicability is not Applicability.DISPLAY_ONLY


def errors_of(fixed: Fixed) -> Iterator[str]:
    for error in (*fixed.run.errors, *fixed.lint.errors):
        yield f"{error.path}: {error.message}"
    for refusal in fixed.refused:
        yield f"{refusal.finding.code} was refused: {refusal.reason}"


def check(data: bytes, shape: str, rng: random.Random) -> tuple[bool, bool, list[str]]:
    """Plant, fix and judge one file, in the working directory: whether it was planted and changed, and what is wrong."""
    text = planted(data, shape, rng)
    if text is None:
        return False, False, []
    here = Path(FILE)
    here.write_bytes(text)
    first = fixed_run()
    found = [*errors_of(first), *(error.message for error in write_changes(first)[1])]
    fixed = here.read_bytes()
    second = fixed_run()
    found += errors_of(second)
    found += [f"{each.code} is still fixable" for each in second.lint.findings if is_fixable(each)]
    # What fixes of the first run brought, it has reported for the next one.
    if second.changed and not any(map(is_fixable, first.appeared)):
        found.append("a second run changed it again: " + ", ".join(sorted({each.code for each in second.applied})))
    found += faults(data, text, fixed)
    for made in (here, *map(Path, first.created)):
        made.unlink(missing_ok=True)
    return True, fixed != text, found


def python_files(folders: list[str], largest: int) -> list[Path]:
    found = [path for folder in folders for path in Path(folder).rglob("*.py") if path.is_file() and not path.is_symlink()]
    return sorted(path for path in found if 0 < path.stat().st_size <= largest)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=LARGEST, help="bytes of a file")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    parser.add_argument("--only", default=None, help="only this file of them, planted as in the whole run")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    files = python_files(arguments.folders, arguments.largest)
    rng.shuffle(files)
    files = files[: arguments.count]
    files = [path.resolve() for path in files]
    tally: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        Path(".git").mkdir()
        for number, path in enumerate(files):
            if time.monotonic() - begun > arguments.seconds:
                print(f"stopped after {number} files")
                break
            shape = rng.choice(list(SHAPES))
            # A generator for each file, so that `--only` plants what the whole run has planted.
            if arguments.only and str(path) != str(Path(arguments.only).resolve()):
                continue
            is_planted, is_changed, wrong = check(path.read_bytes(), shape, random.Random(f"{arguments.seed} {number}"))
            tally.update(planted=is_planted, changed=is_changed, faults=len(wrong))
            for fault in wrong:
                print(f"{path} ({shape}): {fault}", flush=True)
            if number % 100 == 99:
                print(f"{number + 1} files: {dict(tally)}, {time.process_time():.0f} s", file=sys.stderr, flush=True)
        os.chdir("/")
    print(f"{tally['planted']} files planted, {tally['changed']} changed by fixes, {tally['faults']} faults")
    return 1 if tally["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
