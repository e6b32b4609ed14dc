"""Stops `llmlint --fix` at random moments and checks that no file is broken: `python scripts/interrupt_fixes.py --rounds 100`.

Each round fixes a folder of files in a process of its own, and sends it Ctrl-C, `kill` or `kill -9` while it writes. After it every file must
hold its old or its new bytes; nothing may lie beside the files, but what `kill -9` leaves, which the next `--fix` removes while it
finishes the work. Exit code 1 if any of that does not hold. POSIX only.

With `--cache`, runs without fixes are stopped while they write the cache. After each, every file of the cache must be whole, but temporary ones, and
the next run must report what one without a cache does. `--signal KILL` sends only that one. Many rounds can be run in slices, each with
another `--seed`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from llmlint.cache.store import Cache

CHECK = [sys.executable, "-m", "llmlint", "--isolated", "--quiet", "--exit-zero", "--output-format", "concise"]
COMMAND = [*CHECK, "--fix", "--unsafe-fixes", "."]
CACHE = ".llmlint_cache"
SIGNALS = {"KILL": signal.SIGKILL, "INT": signal.SIGINT, "TERM": signal.SIGTERM}
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


def start(folder: Path, command: list[str] = COMMAND) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    # As from a shell: a process that is started in the background of one ignores Ctrl-C.
    reset = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    return subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=reset)


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


def interrupt_fixes(folder: Path, signals: list[signal.Signals], options: argparse.Namespace) -> tuple[list[str], Counter[str]]:
    """Rounds of `--fix`: what is wrong, and what was seen."""
    chance = random.Random(options.seed)
    broken: list[str] = []
    seen: Counter[str] = Counter()
    old = programs(options.files)
    write(folder, old)
    took = writing_time(folder, list(old))
    new = contents(folder)
    assert new.keys() == old.keys()
    assert all(new[name] != old[name] for name in old), "nothing was fixed"
    for index in range(options.rounds):
        number = signals[index % len(signals)]
        write(folder, old)
        process = start(folder)
        stop_while_it_writes(process, folder / next(iter(old)), number, chance.random() * took)
        _, said = process.communicate()
        found = contents(folder)
        written = sum(found.get(name) == data for name, data in new.items())
        state = "all written" if written == len(old) else "some written" if written else "none written"
        seen[f"{number.name}: {state}"] += 1
        seen[f"{number.name}: temporary files left"] += len(found) > len(old)
        broken += [
            f"round {index}, {number.name}: {fault}" for fault in faults(old, new, found, number, process.returncode, said)
        ]
        process = start(folder)
        process.communicate()
        if contents(folder) != new:
            broken.append(f"round {index}, {number.name}: the next run did not finish the work, or left files behind")
            for file in folder.iterdir():
                if file.is_file():
                    file.unlink()
    return broken, seen


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells whether a file of the cache is another one than before."""
    found: dict[str, tuple[int, int]] = {}
    with contextlib.suppress(FileNotFoundError):
        for file in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                status = file.stat()
                found[file.name] = (status.st_ino, status.st_mtime_ns)
    return found


def run_until_written(process: subprocess.Popen[bytes], cache: Path, before: dict[str, tuple[int, int]]) -> None:
    """Wait until the first file of the cache is there or another one, or the process has ended."""
    while process.poll() is None and stamps(cache) == before:
        time.sleep(0.0002)


def interrupt_cache(folder: Path, signals: list[signal.Signals], options: argparse.Namespace) -> tuple[list[str], Counter[str]]:
    """Rounds of runs that write the cache: what is wrong, and what was seen."""
    chance = random.Random(options.seed)
    broken: list[str] = []
    seen: Counter[str] = Counter()
    cache = folder / CACHE
    # Each state of the files changes another of them, so that runs write over what others have written.
    states = []
    expected = []
    for number in range(4):
        state = programs(options.files)
        state[f"f{number:03}.py"] = state[f"f{number:03}.py"].replace(b"max_tokens=9", b"max_tokens=%d" % (number + 10)) * 2
        write(folder, state)
        states.append(state)
        expected.append(start(folder, [*CHECK, "--no-cache", "."]).communicate()[0])
    assert len(set(expected)) == len(states)
    process = start(folder, [*CHECK, "."])
    run_until_written(process, cache, {})
    begun = changed = time.monotonic()
    written = stamps(cache)
    while process.poll() is None:
        if (now := stamps(cache)) != written:
            written, changed = now, time.monotonic()
        time.sleep(0.0002)
    process.communicate()
    took = changed - begun
    for index in range(options.rounds):
        number = signals[index % len(signals)]
        if chance.random() < 0.3:
            shutil.rmtree(cache)
        at = chance.randrange(len(states))
        write(folder, states[at])
        before = stamps(cache)
        process = start(folder, [*CHECK, "."])
        run_until_written(process, cache, before)
        # Sooner rather than later: it takes longer until the process has ended than to write.
        time.sleep(chance.random() ** 3 * took)
        process.send_signal(number)
        _, said = process.communicate()
        names = set(stamps(cache))
        left = {name for name in names if name.endswith(".tmp")}
        seen[f"{number.name}: {'stopped' if process.returncode else 'was done before'}"] += 1
        seen[f"{number.name}: temporary files left"] += bool(left)
        if b"Traceback" in said:
            broken.append(f"round {index}, {number.name}: a traceback: {said.decode(errors='replace')}")
        if left and number != signal.SIGKILL:
            broken.append(f"round {index}, {number.name}: {sorted(left)} left behind")
        broken += [
            f"round {index}, {number.name}: {name} is not whole"
            for name in sorted(names)
            if name.endswith(".json") and Cache(str(cache)).read(name.removesuffix(".json")) is None
        ]
        if start(folder, [*CHECK, "."]).communicate()[0] != expected[at]:
            broken.append(f"round {index}, {number.name}: the next run reports something else than one without a cache")
    return broken, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--signal", choices=list(SIGNALS), default=None, help="only this one")
    parser.add_argument("--cache", action="store_true", help="stop runs that write the cache")
    options = parser.parse_args()
    signals = [SIGNALS[options.signal]] if options.signal else list(SIGNALS.values())
    with tempfile.TemporaryDirectory() as name:
        broken, seen = (interrupt_cache if options.cache else interrupt_fixes)(Path(name), signals, options)
    print(*broken, sep="\n")
    print(f"{options.rounds} rounds, {len(broken)} faults: {dict(sorted(seen.items()))}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
