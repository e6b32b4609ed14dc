"""Stops `llmlint --fix` at random moments and checks that no file is broken: `python scripts/interrupt_fixes.py --rounds 100`.

Each round fixes a folder of files in a process of its own, and sends it Ctrl-C, `kill` or `kill -9` while it writes. After it every file must
hold its old or its new bytes; nothing may lie beside the files, but what `kill -9` leaves, which the next `--fix` removes while it
finishes the work. Exit code 1 if any of that does not hold. POSIX only.

With `--cache`, runs without fixes end by `kill -9` at a random line of what writes it: seen from outside, most are done before a signal gets there.
After each, every file of the cache must be whole, but temporary ones, and the next run must report what one without a cache does. `--signal KILL`
sends only that one. Many rounds can be run in slices, each with
another `--seed`. The processes are forked from this one, which has imported llmlint and run nothing of it: starting Python would take most of
the time, and no signal is sent before the first file is written.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import llmlint.cache.store
from llmlint.cache.store import Cache
from llmlint.cli import run

CHECK = ["llmlint", "--isolated", "--quiet", "--exit-zero", "--output-format", "concise"]
COMMAND = [*CHECK, "--fix", "--unsafe-fixes", "."]
CACHE = ".llmlint_cache"
_WRITING = {function.__code__ for function in (Cache.write, Cache._make, Cache._trim, llmlint.cache.store._put)}
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


class Command:
    """llmlint's command line in a process of its own. With `last`, it ends by `kill -9` before that line of what writes the cache, counted as
    they are executed. The count goes to standard error where it ends by itself.
    """

    def __init__(self, folder: Path, arguments: list[str], last: int | None = None) -> None:
        self.returncode: int | None = None
        self._streams = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115
        self._process = os.fork()
        if self._process == 0:
            # As from a shell: a process that is started in the background of one ignores Ctrl-C.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, stream in enumerate(self._streams, 1):
                os.dup2(stream.fileno(), number)
            os.chdir(folder)
            sys.argv = arguments
            executed = [0]
            if last is not None:
                end_at(last, executed)
            try:
                run()
            except SystemExit:  # It does not end the process by itself where it is traced.
                os.write(2, b"%d" % executed[0])
                os._exit(0)

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self._process, number)

    def communicate(self) -> tuple[bytes, bytes]:
        """What it has printed until its end."""
        self._wait(0)
        found = []
        for stream in self._streams:
            stream.seek(0)
            found.append(stream.read())
            stream.close()
        return found[0], found[1]

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            process, status = os.waitpid(self._process, options)
            self.returncode = os.waitstatus_to_exitcode(status) if process else None
        return self.returncode


def end_at(last: int, executed: list[int]) -> None:
    """End this process before it executes that many lines that write the cache. How many it has executed is counted in `executed`."""

    def count(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        if frame.f_code not in _WRITING:
            return None
        if event == "line":
            executed[0] += 1
            if executed[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return count

    sys.settrace(count)


def start(folder: Path, command: list[str] = COMMAND) -> Command:
    return Command(folder, command)


def stop_while_it_writes(process: Command, first: Path, number: int, delay: float) -> None:
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
    old: dict[str, bytes], new: dict[str, bytes], found: dict[str, bytes], number: int, code: int | None, said: bytes
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


def interrupt_cache(folder: Path, options: argparse.Namespace) -> tuple[list[str], Counter[str]]:
    """Runs that are ended at a random line of what writes the cache: what is wrong, and what was seen."""
    chance = random.Random(options.seed)
    broken: list[str] = []
    seen: Counter[str] = Counter()
    cache = folder / CACHE
    files = programs(options.files)
    write(folder, files)
    lines = int(Command(folder, [*CHECK, "."], last=0).communicate()[1])
    for index in range(options.rounds):
        if chance.random() < 0.5:
            shutil.rmtree(cache, ignore_errors=True)
        # Another file is changed each time, so that runs write beside and over what others have written.
        name = chance.choice(list(files))
        write(folder, {name: files[name].replace(b"max_tokens=9", b"max_tokens=%d" % (index + 10)) * 2})
        expected = start(folder, [*CHECK, "--no-cache", "."]).communicate()[0]
        process = Command(folder, [*CHECK, "."], last=chance.randint(1, lines))
        _, said = process.communicate()
        names = {file.name for file in cache.iterdir()} if cache.exists() else set()
        seen["stopped" if process.returncode == -signal.SIGKILL else "was done before"] += 1
        seen["temporary files left"] += any(name.endswith(".tmp") for name in names)
        if b"Traceback" in said:
            broken.append(f"round {index}: a traceback: {said.decode(errors='replace')}")
        broken += [
            f"round {index}: {name} is not whole"
            for name in sorted(names)
            if name.endswith(".json") and Cache(str(cache)).read(name.removesuffix(".json")) is None
        ]
        if start(folder, [*CHECK, "."]).communicate()[0] != expected:
            broken.append(f"round {index}: the next run reports something else than one without a cache")
    return broken, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--signal", choices=list(SIGNALS), default=None, help="only this one")
    parser.add_argument("--cache", action="store_true", help="end runs that write the cache")
    options = parser.parse_args()
    for module in pkgutil.walk_packages(llmlint.__path__, "llmlint."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    signals = [SIGNALS[options.signal]] if options.signal else list(SIGNALS.values())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broken, seen = interrupt_cache(folder, options) if options.cache else interrupt_fixes(folder, signals, options)
    print(*broken, sep="\n")
    print(f"{options.rounds} rounds, {len(broken)} faults: {dict(sorted(seen.items()))}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
