"""Reports: one file a format. A file in this package that registers a renderer with `output_format` is a format."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from llmlint import plugins
from llmlint.output_formats import OWN_FORMATS
from llmlint.report.base import Render, Report, registered

if TYPE_CHECKING:
    from llmlint.plugins.entry_points import Entry

__all__ = ["Render", "Report", "format_named", "formats"]


def formats() -> dict[str, Render]:
    """Every output format by its name, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    added = {entry.name: _Plugged(entry) for entry in plugins.entries(plugins.FORMATS)}
    return dict(sorted({**added, **registered()}.items()))


def format_named(name: str) -> Render:
    """One of these formats, without a look at the others: its file has its name."""
    for entry in plugins.entries(plugins.FORMATS):
        if entry.name == name and name not in OWN_FORMATS:
            return _Plugged(entry)
    importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return registered()[name]


class _Plugged:
    """The format of a plugin. Where that fails, findings are printed as text all the same."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __call__(self, report: Report, *, color: bool) -> str:
        render = plugins.load(self._entry)
        try:
            printed = render(report, color=color) if render is not None else None
        except Exception as error:
            plugins.complain(self._entry, f"failed: {plugins.in_short(error)}")
        else:
            if isinstance(printed, str):
                return printed
            if render is not None:
                plugins.complain(self._entry, f"returned {type(printed).__name__} and not a text")
        return format_named("text")(report, color=color)
