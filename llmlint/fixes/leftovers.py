"""What processes that were killed while they wrote fixed files have left beside them."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# As `write` names its temporary files.
_LEFTOVER = re.compile(r"\.llmlint-(?P<process>\d+)-[a-z0-9_]{8}\.tmp")


def remove_leftovers(folders: Iterable[str]) -> list[str]:
    """Removes the temporary files in some folders of processes that were killed (`kill -9`, power cut) while they wrote."""
    removed: list[str] = []
    for folder in folders:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            match = _LEFTOVER.fullmatch(name)
            if match is not None and not _is_running(int(match["process"])):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(folder, name))
                    removed.append(os.path.join(folder, name))
    return removed


def _is_running(process: int) -> bool:
    """Whether a process runs; True where the system cannot be asked without harm."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
