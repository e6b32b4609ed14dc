"""Which results may be remembered: those that leave nothing out.

Evaluation goes in circles (`a = a + b` in a loop, functions that call each other) and has bounds. Where it meets what it is already at work on,
or a bound, it goes on with a result that leaves something out. What rests on such a result holds on the way at hand only, unless the whole
circle lies inside of it: remembered for good, it would make later results depend on which file was looked at first. Until the outermost
result is there, it is remembered all the same, since circles would be walked again and again otherwise.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from llmlint.link import rests

Result = TypeVar("Result")
_NOTHING_LEFT_OUT = 1 << 30
_A_BOUND = -1


class Progress:
    """What evaluation is at work on, outermost first."""

    def __init__(self) -> None:
        self._open: dict[object, int] = {}
        # The outermost of what was met again while the innermost was at work.
        self._met = _NOTHING_LEFT_OUT
        self._scratch: list[dict[object, tuple[object, int, int]]] = []
        # What the last result rests on, where that is recorded.
        self.node = 0

    @property
    def is_idle(self) -> bool:
        return not self._open

    def start(self, key: object) -> int | None:
        """Begin to work on something; None where that is under way. What is returned goes to `finish`."""
        at = self._open.get(key)
        if at is not None:
            self._met = min(self._met, at)
            return None
        self._open[key] = len(self._open)
        if rests.recording is not None:
            rests.recording.begin()
        before, self._met = self._met, _NOTHING_LEFT_OUT
        return before

    def finish(self, key: object, before: int) -> bool:
        """End the work on something. Returns whether its result leaves nothing out, or was asked for by itself."""
        depth = self._open.pop(key)
        if rests.recording is not None:
            self.node = rests.recording.end()
        met = self._met
        self._met = before if met >= depth else min(before, met)
        if not self._open:
            self._met = _NOTHING_LEFT_OUT
            for memory in self._scratch:
                memory.clear()
            return True
        return met >= depth

    def watch(self) -> int:
        """Begin to note whether what follows leaves something out. What is returned goes to `is_whole`."""
        before, self._met = self._met, _NOTHING_LEFT_OUT
        if rests.recording is not None:
            rests.recording.begin()
        return before

    def is_whole(self, before: int) -> bool:
        """Whether nothing was left out since `watch`."""
        if rests.recording is not None:
            self.node = rests.recording.end()
        met = self._met
        self._met = min(before, met)
        return met >= len(self._open)

    def cut(self) -> None:
        """Note that a bound was met."""
        self._met = _A_BOUND

    def memory(self) -> Memory[Result]:
        """A memory whose incomplete results last until the outermost work ends."""
        scratch: dict[object, tuple[object, int, int]] = {}
        self._scratch.append(scratch)
        return Memory(self, scratch)

    def met_since(self) -> int:
        return self._met

    def meet(self, at: int) -> None:
        self._met = min(self._met, at)


class Memory(Generic[Result]):
    """Results by key."""

    def __init__(self, progress: Progress, scratch: dict[object, tuple[object, int, int]]) -> None:
        self._progress = progress
        self._complete: dict[object, Result] = {}
        self._nodes: dict[object, int] = {}
        self._scratch = scratch

    def get(self, key: object) -> Result | None:
        found = self._complete.get(key)
        if found is None and key in self._scratch:
            kept, met, node = self._scratch[key]
            self._progress.meet(met)
            found = kept  # type: ignore[assignment]
            if rests.recording is not None:
                rests.recording.use(node)
        elif found is not None and rests.recording is not None:
            rests.recording.use(self._nodes[key])
        return found

    def keep(self, key: object, result: Result, is_complete: bool) -> None:
        if is_complete:
            self._complete[key] = result
            if rests.recording is not None:
                self._nodes[key] = self._progress.node
        else:
            self._scratch[key] = result, self._progress.met_since(), self._progress.node
