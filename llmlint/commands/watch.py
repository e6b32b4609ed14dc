"""`--watch`: check again whenever one of the files or settings changes.

Each check is a process of its own with the same options: nothing that one has read is left over for the next.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from llmlint.config.files import split_config
from llmlint.config.settings import CONFIG_NAMES, ConfigError, SettingsResolver
from llmlint.console import write
from llmlint.discover.walk import discover
from llmlint.rules.names import rule_names

INTERVAL = 0.5
"""Seconds between two looks at the files; more where looking takes long."""

_Stamps = dict[str, tuple[int, int, int] | None]


def watch(paths: Sequence[str], config: Sequence[str] = ()) -> int:
    """Check until Ctrl-C, which is how this ends and no error."""
    arguments = [each for each in sys.argv[1:] if each != "--watch"]
    command = [sys.executable, *(["-P"] if sys.version_info >= (3, 11) else []), "-m", "llmlint", *arguments]
    stamps: _Stamps | None = None
    try:
        while True:
            started = time.monotonic()
            before, stamps = stamps, _stamps(paths, config)
            if stamps != before:
                _say("Starting linter in watch mode...\n" if before is None else "File change detected...\n")
                subprocess.run(command, check=False)
            else:
                time.sleep(max(INTERVAL, 5 * (time.monotonic() - started)))
    except KeyboardInterrupt:
        return 0


def _say(text: str) -> None:
    if sys.stdout.isatty():
        write("\x1b[2J\x1b[H")
    write(f"[{time.strftime('%X')}] {text}\n", sys.stderr)


def _stamps(paths: Sequence[str], config: Sequence[str]) -> _Stamps:
    """What tells a state of the files from another: those that would be checked, and the configuration files in and above their folders."""
    try:
        named, _ = split_config(config)
        settings = SettingsResolver(os.getcwd(), config_path=named, known=rule_names())
        found = [each if isinstance(each, str) else each.path for each in discover(paths, settings)]
    except ConfigError:
        named, found = None, []
    folders = {os.path.abspath("."), *(os.path.dirname(os.path.abspath(path)) for path in found)}
    for folder in list(folders):
        while (parent := os.path.dirname(folder)) != folder:
            folders.add(parent)
            folder = parent
    names = [*found, *(os.path.join(folder, name) for folder in folders for name in CONFIG_NAMES), *([named] if named else [])]
    return {name: _stamp(name) for name in names}


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
