"""instructor (1.7 to 1.15, read on 2026-11-26): methods that its clients have besides those of the SDK that they wrap."""

from __future__ import annotations

from llmlint.sdks.shape import Method

CLIENTS = ("Instructor", "AsyncInstructor")
SENDERS = {"create": False, "create_with_completion": False, "create_partial": True, "create_iterable": True}
_PATHS: tuple[tuple[str, ...], ...] = (("chat", "completions"), ("messages",), ())


def methods(api: str, own: tuple[Method, ...]) -> tuple[Method, ...]:
    """The methods that instructor's client has for an SDK, besides the SDK's `own`."""
    known = {method.path for method in own}
    paths = {(*path, sender): streams for path in _PATHS for sender, streams in SENDERS.items()}
    return tuple(
        Method(path, api, is_streaming=streams, is_of_instructor=True) for path, streams in paths.items() if path not in known
    )
