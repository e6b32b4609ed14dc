"""A command on a terminal of a given width, for tests and for scripts/terminal_pictures.py."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path


def on_terminal(folder: Path, columns: int, arguments: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """What `llmlint` with some arguments writes to a terminal, with its control sequences, and lines that end as in a file."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    command = [sys.executable, "-m", "llmlint", *arguments]
    own = {key: value for key, value in environment.items() if key not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(command, cwd=folder, stdin=its, stdout=its, stderr=its, env=own):
        os.close(its)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # The command has ended.
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    return written.decode("utf-8", "replace").replace("\r\n", "\n")
