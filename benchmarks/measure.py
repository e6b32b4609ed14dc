"""Wall time and memory of commands, as whole processes with everything that they start."""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Command:
    """A command line and the folder it runs in. `prepare` runs before it each time, and is not measured."""

    line: Sequence[str]
    folder: pathlib.Path
    prepare: Sequence[str] = ()


class Failed(Exception):
    """A command did not do what it was to do; the text is the end of what it said."""


def seconds(command: Command) -> float:
    """Wall time of one run. Raises Failed where it ends with an error: codes above 1, which mean findings for no tool here."""
    if command.prepare:
        subprocess.run(command.prepare, cwd=command.folder, capture_output=True, check=True)
    start = time.perf_counter()
    process = subprocess.run(command.line, cwd=command.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    taken = time.perf_counter() - start
    if process.returncode not in (0, 1):
        said = process.stderr.decode(errors="replace").strip().splitlines()
        raise Failed(said[-1] if said else f"exit code {process.returncode}")
    return taken


def peak_memory(command: Command) -> float | None:
    """The most memory in MB that all processes of a run held at one time; None where that cannot be known.

    Sampled on Linux as proportional set size, in which memory that several processes share counts once.
    """
    if sys.platform != "linux":
        return None
    if command.prepare:
        subprocess.run(command.prepare, cwd=command.folder, capture_output=True, check=True)
    process = subprocess.Popen(
        command.line, cwd=command.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_proportional_kilobytes, _session(process.pid))))
        time.sleep(SAMPLE_SECONDS)
    return peak / 1024


def _session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader:
                found.append(int(entry))
    return found


def _proportional_kilobytes(process: int) -> int:
    try:
        for line in pathlib.Path("/proc", str(process), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


@dataclass(frozen=True)
class Result:
    """What several rounds gave for one command: the seconds of each, and the peak memory in MB where it was asked for."""

    times: Sequence[float]
    memory: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    def ratio(self, other: Result) -> float:
        """How many times as long this took: within each round, as a machine's own speed drifts, and of those the median."""
        return statistics.median(own / base for own, base in zip(self.times, other.times, strict=True))


def in_turn(commands: Mapping[str, Command], rounds: int, *, memory: bool = False) -> dict[str, Result]:
    """Run the commands in turn, `rounds` times after one that does not count. One that fails is named and left out."""
    peaks: dict[str, float | None] = {}
    taken: dict[str, list[float]] = {}
    for name, command in commands.items():
        try:
            seconds(command)
        except (Failed, OSError, subprocess.CalledProcessError) as error:
            print(f"{name} is left out, it failed: {error}", flush=True)
            continue
        taken[name] = []
        peaks[name] = peak_memory(command) if memory else None
    for _ in range(rounds):
        for name in taken:
            taken[name].append(seconds(commands[name]))
    return {name: Result(times, peaks[name]) for name, times in taken.items()}
