"""Writing to the terminal, or to whatever stands in its place: encodings, readers that have gone, and colour."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from llmlint.files.regular import Enclosure
from llmlint.findings import FileError
from llmlint.report.terminal import Palette, visible, wrapped

_BULLETS = ("- ", "* ")


def wants_color(choice: str, stream: TextIO) -> bool:
    """Whether to colour what goes to a stream. `choice`: `auto`, `always` or `never`.

    Of the environment, NO_COLOR goes before FORCE_COLOR (no-color.org, force-color.org); an empty value counts as not set.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """How many columns a terminal has; None where the stream is none."""
    if not stream.isatty():
        return None
    import shutil

    return max(40, shutil.get_terminal_size((80, 24)).columns)


def write_wrapped(text: str, is_markdown: bool = False) -> None:
    """Write a text to standard output, on a terminal with lines that it has room for: what is too long goes on in the next line.

    Of Markdown, paragraphs and list items are set anew, and code, tables and headings stay. Programs and pipes get lines as they are.
    """
    width = terminal_width(sys.stdout)
    if width is not None:
        lines = _joined(text) if is_markdown else [(line, True) for line in text.splitlines()]
        further_in = 0 if is_markdown else 4
        pieces = (wrapped(line, width, _margin(line, further_in)) if may_break else (line,) for line, may_break in lines)
        text = "".join(f"{piece}\n" for line in pieces for piece in line)
    write(text)


def _margin(line: str, further_in: int) -> str:
    """What the further lines of a line begin with: those of a list item stand below its text."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text) + (2 if text.startswith(_BULLETS) else further_in))


def _joined(markdown: str) -> Iterator[tuple[str, bool]]:
    """The lines of a Markdown text, each paragraph and list item as one, and whether they may be broken."""
    prose = ""
    is_code = False
    for line in markdown.splitlines():
        is_fence = line.lstrip().startswith("```")
        is_code ^= is_fence
        is_prose = bool(line.strip()) and not (is_code or is_fence or line.startswith(("    ", "|", "#")))
        if prose and (not is_prose or line.lstrip().startswith(_BULLETS)):
            yield prose, True
            prose = ""
        if is_prose:
            prose = f"{prose} {line.strip()}" if prose else line
        else:
            yield line, False
    if prose:
        yield prose, True


def takes_links(stream: TextIO) -> bool:
    """Whether a terminal is known to take hyperlinks (OSC 8). FORCE_HYPERLINK says so for others (`0`: it does not)."""
    forced = os.environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced != "0"
    if not stream.isatty() or os.environ.get("TERM", "").startswith(("screen", "tmux", "dumb", "linux")):
        return False
    if os.environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper"):
        return True
    vte = os.environ.get("VTE_VERSION", "")
    named = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID")
    return (vte.isdigit() and int(vte) >= 5000) or any(os.environ.get(name) for name in named)


def write(text: str, stream: TextIO | None = None) -> None:
    """Write a text to standard output (or another stream), with what the stream cannot encode as escapes."""
    stream = stream or sys.stdout
    write_bytes(text.encode(stream.encoding or "utf-8", "backslashreplace"), stream)


def write_bytes(data: bytes, stream: TextIO | None = None) -> None:
    """Write bytes as they are. A reader that has gone away (`| head`) is no error: what a run found does not depend on it.
    Nor is a standard error that takes nothing (a full disk): there is nobody to say it to, and the exit code does not depend on it.
    """
    stream = stream or sys.stdout
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.flush()
    except OSError as error:
        if stream is not sys.stderr and not isinstance(error, BrokenPipeError):
            raise
        # The interpreter flushes once more when it ends, and must not fail then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_file(path: str, text: str) -> list[FileError]:
    """Write a text to a file, in a folder that need not exist yet. Returns why that failed, if it did.

    A link of the current folder may come with the repository that is linted: one that leads out of the folder is not followed. A pipe that
    nobody reads is an error, as opening it would wait for ever.
    """
    try:
        if _leads_out(path):
            return [FileError(path, "cannot be written: a link that leads out of the current folder; name the file itself")]
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags, 0o666)
        with open(descriptor, "wb") as file:
            if os.name != "nt":
                os.set_blocking(descriptor, True)
            file.write(text.encode(errors="backslashreplace"))
    except OSError as error:
        why = "a pipe that nobody reads" if error.errno == errno.ENXIO else error.strerror or error
        return [FileError(path, f"cannot be written: {why}")]
    except ValueError as error:
        return [FileError(path, f"cannot be written: {error}")]
    return []


def _leads_out(path: str) -> bool:
    """Whether a path below the current folder leads out of it by a link."""
    here = os.getcwd()
    absolute = os.path.normpath(os.path.join(here, path))
    return absolute.startswith(os.path.join(here, "")) and not Enclosure(here).holds(absolute)


def write_warnings(notes: Iterable[FileError]) -> None:
    """One line each on standard error, for what does not change the exit code."""
    write("".join(f"warning: {visible(note.path)}: {visible(note.message)}\n" for note in notes), sys.stderr)


def write_errors(errors: Iterable[FileError], color: str = "auto") -> None:
    """One line each on standard error."""
    palette = Palette(wants_color(color, sys.stderr))
    lines = []
    for error in errors:
        where = visible(error.path) if error.line is None else f"{visible(error.path)}:{error.line}"
        lines.append(f"{palette.error('error')}: {where}: {visible(error.message)}\n")
    if lines:
        write("".join(lines), sys.stderr)
