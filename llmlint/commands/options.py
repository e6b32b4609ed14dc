"""Options that several commands share, and how lists and pairs are given on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from llmlint.commands.help import Option

_Function = TypeVar("_Function", bound=Callable[..., Any])


def option(*names: str, heading: str = "Options", **attributes: Any) -> Callable[[_Function], _Function]:
    return click.option(*names, cls=Option, heading=heading, **attributes)


def split_list(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Lists with commas, given any number of times, as one list."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def patterns_option(name: str, help: str) -> Callable[[_Function], _Function]:
    return option(name, heading="Files", multiple=True, callback=split_list, metavar="PATTERNS", help=help)


def _split_pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, list[str]]:
    """`PATTERN:RULE`, with commas or given any number of times, as a table."""
    table: dict[str, list[str]] = {}
    for pair in split_list(context, parameter, values):
        pattern, colon, rule = pair.rpartition(":")
        if not colon or not pattern.strip() or not rule.strip():
            raise click.BadParameter(f"{pair!r} is not a pattern and a rule with a colon between them", context, parameter)
        table.setdefault(pattern.strip(), []).append(rule.strip())
    return table


def pairs_option(name: str, help: str) -> Callable[[_Function], _Function]:
    return option(name, heading="Rules", multiple=True, callback=_split_pairs, metavar="PATTERN:RULE", help=help)


def rules_option(name: str, help: str) -> Callable[[_Function], _Function]:
    return option(name, heading="Rules", multiple=True, callback=split_list, metavar="RULES", help=help)


def formats(*names: str) -> click.Choice[str]:
    return click.Choice(names)


paths_argument = click.argument("paths", nargs=-1, type=click.Path())
isolated_option = option(
    "--isolated", is_flag=True, heading="Configuration", help="Read no configuration files, except one given by --config."
)
config_option = option(
    "--config",
    multiple=True,
    heading="Configuration",
    metavar="FILE|SETTING",
    help="Use this configuration file for everything, and look for no other; or set one setting, as in --config "
    "'thresholds.min-fan-out = 10'. LLMLINT_CONFIG names a file too.",
)
no_cache_option = option(
    "--no-cache",
    is_flag=True,
    envvar="LLMLINT_NO_CACHE",
    heading="Files",
    help="Read and write no cache. LLMLINT_NO_CACHE does the same.",
)
cache_dir_option = option(
    "--cache-dir",
    metavar="FOLDER",
    envvar="LLMLINT_CACHE_DIR",
    heading="Files",
    help="Where the cache is. LLMLINT_CACHE_DIR does the same.  [default: .llmlint_cache in the root of the project]",
)
color_option = option(
    "--color",
    type=formats("auto", "always", "never"),
    default="auto",
    heading="Output",
    help="Colours: on a terminal (auto), always or never. NO_COLOR and FORCE_COLOR are honoured.",
)
quiet_option = option("--quiet", "-q", is_flag=True, heading="Output", help="Print findings and errors, but no summary.")

verbose_option = option(
    "--verbose", "-v", is_flag=True, heading="Output", help="Show what each finding rests on, and how its values were resolved."
)
