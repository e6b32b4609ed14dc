"""Which rules a list of selectors turns on or off.

A selector is a code (`LLM101`), a name (`uncached-system-prompt`), the start of a code (`LLM1`, `LLM`) or `ALL`. The more exact
selector wins, whichever list it stands in; of two alike, the command line wins over a file, and to ignore wins over to select.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmlint.config.schema import Layer

# How exactly a selector names a rule; the start of a code lies between, by its length.
_DEFAULT, _ALL, _EXACT = 1, 2, 100

_PREFIX = "LLM"
"""What all rules of llmlint itself start with."""

_ADDED = ("extend-select", "ignore", "extend-ignore")
"""Lists that add to those of a file that is extended, as in ruff."""


class RuleInfo(Protocol):
    """What the settings need to know of a rule; `default` says whether it is on where nothing selects it."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def default(self) -> bool: ...


def rank(selector: str, rule: RuleInfo) -> int:
    """How exactly a selector names a rule; 0 where it does not."""
    if selector in (rule.code, rule.name):
        return _EXACT
    if selector == "ALL":
        return _ALL
    prefix = rule.code.rstrip("0123456789")
    return len(selector) if selector.startswith(prefix) and rule.code.startswith(selector) else 0


def codes_named(selectors: Iterable[str], known: Mapping[str, RuleInfo]) -> frozenset[str]:
    """The codes that any of the selectors names."""
    wanted = tuple(selectors)
    return frozenset(rule.code for rule in known.values() if any(rank(each, rule) for each in wanted))


def extended(base: Layer, layer: Layer) -> Layer:
    """The settings of a file on top of those that it extends.

    A `select` takes the place of all that the other file says about rules; else what it adds goes before what the other leaves out.
    """
    before: dict[str, Any] = dict(base)
    if "select" in layer:
        for key in _ADDED:
            before.pop(key, None)
    wanted = {*layer.get("select", ()), *layer.get("extend-select", ())}
    merged: dict[str, Any] = {**before, **layer}
    for key in (*_ADDED, "unfixable"):
        given = [each for each in before.get(key, ()) if key == "unfixable" or each not in wanted]
        merged[key] = [*given, *cast("dict[str, Any]", layer).get(key, ())]
    return cast("Layer", merged)


def is_enabled(rule: RuleInfo, file: Layer, cli: Layer) -> bool:
    """Whether a rule is on. One that is off by default needs its code, its name, `ALL`, or a prefix longer than `LLM`."""

    def selected(layer: Layer) -> int:
        chosen = (*layer.get("select", ()), *layer.get("extend-select", ()))
        return _best((each for each in chosen if rule.default or each != _PREFIX), rule)

    def ignored(layer: Layer) -> int:
        return _best((*layer.get("ignore", ()), *layer.get("extend-ignore", ())), rule)

    by_file = 0
    if "select" not in cli:
        by_file = selected(file)
        if "select" not in file and rule.default:
            by_file = max(by_file, _DEFAULT)
    return _decide(by_file, ignored(file), selected(cli), ignored(cli))


def is_fixable(rule: RuleInfo, file: Layer, cli: Layer) -> bool:
    """Whether the fixes of a rule may be applied; all may where nothing is said."""
    by_file = 0
    if "fixable" not in cli:
        by_file = _best(file["fixable"], rule) if "fixable" in file else _DEFAULT
    return _decide(
        by_file,
        _best(file.get("unfixable", ()), rule),
        _best(cli.get("fixable", ()), rule),
        _best(cli.get("unfixable", ()), rule),
    )


def _best(selectors: Iterable[str], rule: RuleInfo) -> int:
    return max((rank(each, rule) for each in selectors), default=0)


def _decide(file_on: int, file_off: int, cli_on: int, cli_off: int) -> bool:
    if cli_on or cli_off:
        return cli_on > cli_off and cli_on >= file_off
    return file_on > file_off
