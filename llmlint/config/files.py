"""Reading configuration files: the tables of settings in them, and in which lines their keys stand."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from llmlint.config.schema import ConfigError
from llmlint.files.regular import read_start

_MOST_BYTES = 10_000_000

_LINE = re.compile(r"\(at line (\d+)")


# How many characters are parsed to find the lines of what is wrong: some 1,000 tables, or a second. What is beyond is reported without its line.
_MOST_PARSED = 3_000_000


class _Exhausted(Exception):
    """So much has been parsed that nobody waits for the rest."""


class Table(NamedTuple):
    """The settings of one file. `path` is absolute, `shown` how errors name it; `prefix` are the tables around them in `text`."""

    path: str
    shown: str
    values: Mapping[str, object]
    text: str
    prefix: tuple[str, ...]

    def placed(self, error: ConfigError) -> ConfigError:
        """An error of these settings, with the lines of the keys that are wrong."""
        from llmlint.config.lines import line_of

        left = _MOST_PARSED

        def parses(text: str) -> bool:
            nonlocal left
            left -= len(text)
            if left < 0:
                raise _Exhausted
            return _parses(text)

        lines: list[int | None] = []
        for each in error.problems:
            try:
                lines.append(line_of(self.text, parses, (*self.prefix, *each.key), each.value) if each.key else None)
            except _Exhausted:
                lines.append(None)
        # In the order of the file, as people go through it; those without a place stay last.
        order = sorted(range(len(lines)), key=lambda index: (lines[index] is None, lines[index] or 0))
        return ConfigError(error.path, *(error.problems[index] for index in order), lines=[lines[index] for index in order])


def read_table(path: str, shown: str) -> Table | None:
    """The part of a TOML file that is ours; None for a pyproject.toml without one. Raises ConfigError."""
    try:
        data = read_start(path, _MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(shown, f"cannot be read: {said}") from None
    if len(data) > _MOST_BYTES:
        raise ConfigError(shown, f"larger than {_MOST_BYTES // 1_000_000} MB")
    is_project = os.path.basename(path) == "pyproject.toml"
    if is_project and b"llmlint" not in data:
        return None
    try:
        # A byte order mark is none of TOML's business, but some editors write one.
        text = data.decode("utf-8-sig")
        document = _load(text)
    except UnicodeDecodeError:
        raise ConfigError(shown, "not valid UTF-8") from None
    except RecursionError:
        raise ConfigError(shown, "not valid TOML: nested too deeply") from None
    except ValueError as error:  # Of TOML, and of an integer with thousands of digits.
        said = " ".join(str(error).split())
        found = _LINE.search(said)
        # Without a line it is the end of the file that comes too early.
        line = int(found[1]) if found else len(text.splitlines()) or None
        raise ConfigError(shown, f"not valid TOML: {said}", lines=[line]) from None
    if not is_project:
        return Table(path, shown, document, text, ())
    tool = document.get("tool")
    if not isinstance(tool, dict) or "llmlint" not in tool:
        return None
    table = tool["llmlint"]
    if not isinstance(table, dict):
        raise ConfigError(shown, "`tool.llmlint` must be a table")
    return Table(path, shown, table, text, ("tool", "llmlint"))


def split_config(values: Iterable[str]) -> tuple[str | None, dict[str, object]]:
    """What `--config` was given: a file, and settings as `key = value` in TOML. Raises ConfigError."""
    path: str | None = None
    inline: dict[str, object] = {}
    for value in values:
        if "=" not in value or os.path.exists(value):
            if path is not None:
                raise ConfigError("--config", f"names two files, {path} and {value}; one holds for everything")
            path = value
            continue
        try:
            _merge(inline, _load(value))
        except (ValueError, RecursionError) as error:
            said = " ".join(str(error).split())
            raise ConfigError(
                "--config", f'"{value}" is neither a file nor a setting such as min-confidence = "high": {said}'
            ) from None
    return path, inline


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        known = into.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            into[key] = value


def _load(text: str) -> dict[str, object]:
    # Imported here, as most folders have no file that is about llmlint.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    document: dict[str, object] = tomllib.loads(text)
    return document


def _parses(text: str) -> bool:
    try:
        _load(text)
    except (ValueError, RecursionError):
        return False
    return True
