"""The forms in which an audit is shown, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from llmlint.audit.figures import Audit


def renderer(name: str) -> Callable[[Audit], str]:
    """The function that renders an audit in one of `AUDIT_FORMATS`: its file has its name, and is imported when it is used."""
    render: Callable[[Audit], str] = importlib.import_module(f"{__name__}.{name}").render
    return render
