"""The keys of a configuration: which there are, what they hold, and what to say where one is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from keyword import iskeyword
from typing import Any, NamedTuple, TypedDict, cast

from llmlint.config.globs import check_glob
from llmlint.findings import Confidence, FileError
from llmlint.output_formats import OUTPUT_FORMATS

ThresholdTable = TypedDict("ThresholdTable", {"cache-margin": float, "min-fan-out": int, "superseded-ratio": float}, total=False)

Layer = TypedDict(
    "Layer",
    {
        "select": list[str],
        "ignore": list[str],
        "extend-select": list[str],
        "extend-ignore": list[str],
        "exclude": list[str],
        "extend-exclude": list[str],
        "force-exclude": bool,
        "respect-gitignore": bool,
        "per-file-ignores": dict[str, list[str]],
        "extend-per-file-ignores": dict[str, list[str]],
        "fixable": list[str],
        "unfixable": list[str],
        "min-confidence": str,
        "unsafe-fixes": bool,
        "output-format": str,
        "batch-module": str,
        "extend": str,
        "required-version": str,
        "root": bool,
        "thresholds": ThresholdTable,
        "calls-per-day": dict[str, float],
        "prices": dict[str, dict[str, float]],
        "clients": dict[str, dict[str, Any]],
    },
    total=False,
)


class Problem(NamedTuple):
    """One thing that is wrong with a table of settings: the message names the key; `value` is what of the value is wrong, if it is a text."""

    message: str
    key: tuple[str, ...] = ()
    value: str | None = None


# As many as somebody reads at once: each is one line, and its place in the file is searched.
_MOST_PROBLEMS = 30


class ConfigError(Exception):
    """Settings that cannot be used. `path` names the file (or the command line); `errors` are all that is wrong, one line each.

    `message` is the first of them.
    """

    def __init__(self, path: str, *problems: str | Problem, lines: Sequence[int | None] = ()) -> None:
        self.problems = [each if isinstance(each, Problem) else Problem(each) for each in problems]
        self.path, self.message = path, self.problems[0].message
        super().__init__(f"{path}: {self.message}")
        numbers = lines or [None] * len(self.problems)
        self.errors = [FileError(path, each.message, line) for each, line in zip(self.problems, numbers, strict=True)]


class _Wrong(Exception):
    """What is wrong with one value, before key and file are known. `value` is the part of it that is wrong."""

    def __init__(self, said: str, value: str | None = None) -> None:
        super().__init__(said)
        self.value = value


def check_layer(path: str, table: Mapping[str, object], selectors: Iterable[str], is_selector: Callable[[str], bool]) -> Layer:
    """Check a table of settings against the keys there are. Raises ConfigError with all that is wrong.

    `selectors` are the rule codes and names to suggest, `is_selector` says whether a selector names any rule.
    """

    def selector_list(value: object, where: str = "") -> list[str]:
        for each in _strings(value, where):
            if not is_selector(each):
                raise _Wrong(f'{where}holds the unknown rule selector "{each}"{_suggestion(each, selectors)}', each)
        return _strings(value)

    def selectors_by_glob(value: object) -> dict[str, list[str]]:
        if not isinstance(value, Mapping):
            raise _Wrong(f"must be a table of patterns and lists of rules, not {_kind(value)}")
        for pattern, chosen in value.items():
            _glob(pattern.removeprefix("!"))
            selector_list(chosen, f'of "{pattern}" ')
        return dict(value)

    checks: dict[str, Callable[[object], object]] = {
        "select": selector_list,
        "ignore": selector_list,
        "extend-select": selector_list,
        "extend-ignore": selector_list,
        "exclude": _globs,
        "extend-exclude": _globs,
        "force-exclude": _boolean,
        "respect-gitignore": _boolean,
        "per-file-ignores": selectors_by_glob,
        "extend-per-file-ignores": selectors_by_glob,
        "fixable": selector_list,
        "unfixable": selector_list,
        "min-confidence": _one_of([each.label for each in Confidence]),
        "unsafe-fixes": _boolean,
        "output-format": _one_of(OUTPUT_FORMATS),
        "batch-module": _module,
        "extend": _path,
        "required-version": _version,
        "root": _boolean,
        "thresholds": _mapping,
        "calls-per-day": _volumes,
        "prices": _prices,
        "clients": _mapping,
    }
    problems: list[Problem] = []
    layer = _check(table, checks, (), problems)
    if "thresholds" in layer:
        thresholds = {"cache-margin": _at_least_one, "min-fan-out": _min_fan_out, "superseded-ratio": _at_least_one}
        layer["thresholds"] = _check(layer["thresholds"], thresholds, ("thresholds",), problems)
    if "clients" in layer:
        layer["clients"] = _clients(layer["clients"], problems)
    if len(problems) > _MOST_PROBLEMS:
        rest = Problem(f"and {len(problems) - _MOST_PROBLEMS:,} more errors")
        raise ConfigError(path, *problems[:_MOST_PROBLEMS], rest)
    if problems:
        raise ConfigError(path, *problems)
    return cast("Layer", layer)


def _check(
    table: Mapping[str, Any],
    checks: Mapping[str, Callable[[object], object]],
    above: tuple[str, ...],
    problems: list[Problem],
) -> dict[str, Any]:
    """The values of a table that are right; what is wrong with the others is added to `problems`."""
    checked: dict[str, Any] = {}
    for key, value in table.items():
        check, name = checks.get(key), ".".join(f'"{each}"' if "." in each else each for each in (*above, key))
        if check is None:
            problems.append(Problem(f"unknown key `{name}`{_suggestion(key, checks)}", (*above, key)))
            continue
        try:
            checked[key] = check(value)
        except _Wrong as error:
            problems.append(Problem(f"`{name}` {error}", (*above, key), error.value))
    return checked


def _strings(value: object, where: str = "") -> list[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise _Wrong(f"{where}must be a list of strings, not {_kind(value)}")
    return list(value)


def _globs(value: object) -> list[str]:
    patterns = _strings(value)
    for pattern in patterns:
        _glob(pattern)
    return patterns


def _glob(pattern: str) -> None:
    try:
        check_glob(pattern)
    except ValueError as error:
        raise _Wrong(f'holds the pattern "{pattern}": {error}', pattern) from None


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"must be true or false, not {_kind(value)}")
    return value


def _path(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(f"must be the path of a configuration file, not {_kind(value) if value != '' else 'an empty string'}")
    if "\0" in value:
        raise _Wrong("must be the path of a configuration file: it holds a null character")
    return value


def _version(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"must be a version or a list of version specifiers, not {_kind(value)}")
    # Imported here, as few configurations have it.
    from llmlint.config.versions import is_specifier

    if not is_specifier(value):
        raise _Wrong(f'must be a version or version specifiers such as ">=0.2, <1", not "{value}"')
    return value


def _one_of(options: Iterable[str]) -> Callable[[object], str]:
    allowed = tuple(options)

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            names = ", ".join(f'"{each}"' for each in allowed)
            said = f'"{value}"' if isinstance(value, str) else _kind(value)
            raise _Wrong(f"must be one of {names}, not {said}{_suggestion(str(value), allowed)}")
        return value

    return check


def _module(value: object) -> str:
    if not isinstance(value, str) or not all(map(_is_name, value.split("."))):
        said = f'"{value}"' if isinstance(value, str) else _kind(value)
        raise _Wrong(f"must be the name of a module, such as llm_batches or app.llm_batches, not {said}")
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _Wrong(f"must be a table, not {_kind(value)}")
    return value


def _at_least_one(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (1 <= value <= sys.float_info.max):
        raise _Wrong(f"must be a number of at least 1, not {_said(value)}")
    return float(value)


def _min_fan_out(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _Wrong(f"must be a whole number of at least 1, not {_said(value)}")
    return value


def _volumes(value: object) -> dict[str, float]:
    volumes = _mapping(value)
    for pattern, count in volumes.items():
        _glob(pattern)
        if isinstance(count, bool) or not isinstance(count, (int, float)) or not 0 <= count <= sys.float_info.max:
            raise _Wrong(f'must have a number of calls for "{pattern}", not {_said(count)}', pattern)
    return {pattern: float(count) for pattern, count in volumes.items() if isinstance(count, (int, float))}


PRICE_KEYS = ("input", "output", "cache-read", "cache-write", "batch-input", "batch-output")


def _prices(value: object) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for model, prices in _mapping(value).items():
        if not isinstance(prices, Mapping):
            raise _Wrong(f'must have a table of prices for "{model}", not {_kind(prices)}', model)
        for key, price in prices.items():
            if key not in PRICE_KEYS:
                raise _Wrong(f'has an unknown price "{key}" for "{model}"{_suggestion(key, PRICE_KEYS)}', model)
            if isinstance(price, bool) or not isinstance(price, (int, float)) or not 0 <= price <= sys.float_info.max:
                raise _Wrong(f'must have a number of USD for "{key}" of "{model}", not {_said(price)}', model)
        found[model] = {key: float(price) for key, price in prices.items()}
    return found


CLIENT_KEYS = {
    "like": "name of an SDK",
    "method": "name or list of names",
    "model": "name",
    "system": "name",
    "messages": "name",
    "tools": "name",
    "max-tokens": "name",
    "positional": "list of names",
    "batches": "boolean",
    "caching": "boolean",
}
"""What can be said of a client, with the types of the values."""


def _clients(clients: Mapping[str, object], problems: list[Problem]) -> dict[str, dict[str, Any]]:
    """The descriptions of clients that are right."""
    by_type: dict[str, Callable[[object], object]] = {
        "name of an SDK": _sdk,
        "name or list of names": _paths,
        "name": _name,
        "list of names": _names,
        "boolean": _boolean,
    }
    checks = {key: by_type[kind] for key, kind in CLIENT_KEYS.items()}
    found: dict[str, dict[str, Any]] = {}
    for name, keys in clients.items():
        if not all(map(_is_name, name.split("."))) or "." not in name:
            said = f'names "{name}", which must be the qualified name of a class or function, such as "acme.llm.Gateway"'
            problems.append(Problem(f"`clients` {said}", ("clients", name)))
        elif not isinstance(keys, Mapping):
            problems.append(Problem(f'`clients."{name}"` must be a table, not {_kind(keys)}', ("clients", name)))
        else:
            found[name] = _check(keys, checks, ("clients", name), problems)
    return found


def _sdk(value: object) -> str:
    # Imported here, as few configurations describe clients.
    from llmlint.sdks import LIKE

    return _one_of(LIKE)(value)


def _paths(value: object) -> list[str]:
    """The paths of methods: one, or several."""
    methods = [value] if isinstance(value, str) else _strings(value)
    for method in methods:
        for part in method.split("."):
            _name(part)
    if not methods:
        raise _Wrong("must name a method")
    return methods


def _names(value: object) -> list[str]:
    return [_name(each) for each in _strings(value)]


def _name(value: object) -> str:
    if not isinstance(value, str) or not _is_name(value):
        said = f'"{value}"' if isinstance(value, str) else _kind(value)
        raise _Wrong(f"must be a name of Python, not {said}", value if isinstance(value, str) and value else None)
    return value


def _is_name(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)


def _said(value: object) -> str:
    # Python refuses to write an integer of thousands of digits.
    is_short = isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) <= sys.maxsize)
    return str(value) if is_short else _kind(value)


def _kind(value: object) -> str:
    """What a wrong value is, in TOML's words."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list with other values"
    return "a date or time"


def _suggestion(word: str, options: Iterable[str]) -> str:
    # Imported where it is needed: only on the way to an error.
    import difflib

    by_fold = {each.casefold(): each for each in options}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return f'; did you mean "{by_fold[close[0]]}"?' if close else ""
