"""Reports: one file a format. A file in this package that registers a renderer with `output_format` is a format."""

from __future__ import annotations

import importlib
import pkgutil

from llmlint.report.base import Render, Report, registered

__all__ = ["Render", "Report", "format_named", "formats"]


def formats() -> dict[str, Render]:
    """Every output format by its name, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(registered().items()))


def format_named(name: str) -> Render:
    """One of these formats, without a look at the others: its file has its name."""
    importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return registered()[name]
