"""Which rules there are, as the settings need to know it. No rule is imported for that: most runs see no call, and then no rule runs."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from llmlint import plugins, rules

_MODULE = re.compile(r"llm\d{3}_\w+")

_OFF = frozenset({"LLM110", "LLM303"})
"""The rules that are off where nothing selects them."""


class RuleName(NamedTuple):
    """A rule by code and name; `default` says whether it is on where nothing selects it."""

    code: str
    name: str
    default: bool = True


UNUSED_SUPPRESSION = RuleName("LLM001", "unused-suppression")
"""The rule that is about comments, and looks at no call."""


def is_on_by_default(code: str) -> bool:
    return code not in _OFF


def rule_modules() -> list[str]:
    """The modules of this package that are named after a rule, in the order of codes."""
    return sorted(module.name for module in pkgutil.iter_modules(rules.__path__) if _MODULE.fullmatch(module.name))


@cache
def _by_module() -> Mapping[str, RuleName]:
    """The rules of this package's modules: each is named after the code and the name of its rule."""
    parts = [module.partition("_") for module in rule_modules()]
    return {
        code.upper(): RuleName(code.upper(), name.replace("_", "-"), is_on_by_default(code.upper())) for code, _, name in parts
    }


def rule_names() -> Mapping[str, RuleName]:
    """Every rule by code, in the order of codes."""
    return dict(sorted({**_by_module(), **_of_plugins()}.items()))


@cache
def _of_plugins() -> Mapping[str, RuleName]:
    """The rules of plugins, which are all on unless the settings turn them off."""
    return {entry.rule[0]: RuleName(*entry.rule) for entry in plugins.entries(plugins.RULES)}


PROJECT = "https://github.com/llmlint/llmlint"


def rule_address(code: str, name: str) -> str:
    """Where the documentation of a rule can be read."""
    if not code.startswith("LLM"):
        return plugins.address(code) or f"{PROJECT}/blob/main/docs/plugins.md"
    return f"{PROJECT}/blob/main/docs/rules.md#{name}-{code.lower()}"
