"""Stops `llmlint --fix` at random moments and checks that no file is broken: `python scripts/interrupt_fixes.py --rounds 100`.

Each round fixes a folder of files in a process of its own, and sends it Ctrl-C, `kill` or `kill -9` while it writes. After it every file must
hold its old or its new bytes; nothing may lie beside the files, but what `kill -9` leaves, which the next `--fix` removes while it
finishes the work. Exit code 1 if any of that does not hold. POSIX only.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

COMMAND = [sys.executable, "-m", "llmlint", "--isolated", "--quiet", "--exit-zero", "--fix", "--unsafe-fixes", "."]
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
_LEFTOVER = re.compile(r"\.llmlint-\d+-\w{8}\.tmp")
_PROGRAM = """\
import anthropic

client = anthropic.Anthropic()
BOOK = "{book}"
client.messages.create(model="claude-opus-5-5", max_tokens=9, system=BOOK, messages=[{{"role": "user", "content": "why"}}])
"""


def programs(count: int) -> dict[str, bytes]:
    book = "Answer from this handbook, and from nothing else. " * 100
    return {f"f{number:03}.py": _PROGRAM.format(book=f"{number} {book}").encode() for number in range(count)}


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def start(folder: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    # As from a shell: a process that is started in the background of one ignores Ctrl-C.
    reset = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    return subprocess.Popen(COMMAND, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=reset)


def stop_while_it_writes(process: subprocess.Popen[bytes], first: Path, number: int, delay: float) -> None:
    """Send the signal some time after the first file was replaced, or when the process has ended."""
    before = first.stat().st_ino
    while process.poll() is None and first.stat().st_ino == before:
        time.sleep(0.0002)
    time.sleep(delay)
    process.send_signal(number)


def writing_time(folder: Path, names: list[str]) -> float:
    """Seconds from the first file to the last, when nobody interrupts."""
    process = start(folder)
    stop_while_it_writes(process, folder / names[0], 0, 0)
    begun = time.monotonic()
    before = (folder / names[-1]).stat().st_ino
    while process.poll() is None and (folder / names[-1]).stat().st_ino == before:
        time.sleep(0.0002)
    took = time.monotonic() - begun
    process.communicate()
    return took


def faults(
    old: dict[str, bytes], new: dict[str, bytes], found: dict[str, bytes], number: int, code: int, said: bytes
) -> list[str]:
    broken = [f"{name} is neither old nor new" for name in old if found.get(name) not in (old[name], new[name])]
    beside = found.keys() - old.keys()
    if number != signal.SIGKILL or not all(_LEFTOVER.fullmatch(name) for name in beside):
        broken += [f"{name} was left behind" for name in sorted(beside)]
    is_done = all(found.get(name) == data for name, data in new.items())
    expected = {128 + number if number == signal.SIGINT else -number, *([0, -number] if is_done else [])}
    if code not in expected:
        broken.append(f"exit code {code}, not {sorted(expected)}")
    if b"Traceback" in said:
        broken.append("a traceback: " + said.decode(errors="replace"))
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    old = programs(options.files)
    broken: list[str] = []
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, old)
        took = writing_time(folder, list(old))
        new = contents(folder)
        assert new.keys() == old.keys()
        assert all(new[name] != old[name] for name in old), "nothing was fixed"
        for index in range(options.rounds):
            number = SIGNALS[index % len(SIGNALS)]
            write(folder, old)
            process = start(folder)
            stop_while_it_writes(process, folder / next(iter(old)), number, chance.random() * took)
            _, said = process.communicate()
            found = contents(folder)
            written = sum(found.get(name) == data for name, data in new.items())
            seen[
                f"{number.name}: " + ("all written" if written == len(old) else "some written" if written else "none written")
            ] += 1
            seen[f"{number.name}: temporary files left"] += len(found) > len(old)
            broken += [
                f"round {index}, {number.name}: {fault}" for fault in faults(old, new, found, number, process.returncode, said)
            ]
            process = start(folder)
            process.communicate()
            if contents(folder) != new:
                broken.append(f"round {index}, {number.name}: the next run did not finish the work, or left files behind")
                for file in folder.iterdir():
                    file.unlink()
    print(*broken, sep="\n")
    print(f"{options.rounds} rounds, writing takes {took * 1000:.0f} ms: {dict(sorted(seen.items()))}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
