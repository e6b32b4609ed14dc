"""The forms in which an audit is shown, by name."""

from __future__ import annotations

from collections.abc import Callable

from llmlint.audit.figures import Audit

AUDIT_FORMATS = ("text", "json", "markdown", "html")


def renderer(name: str) -> Callable[[Audit], str]:
    """The function that renders an audit in one form. Each is imported when it is used."""
    if name == "json":
        from llmlint.audit.report.json import render
    elif name == "markdown":
        from llmlint.audit.report.markdown import render
    elif name == "html":
        from llmlint.audit.report.html import render
    else:
        from llmlint.audit.report.text import render
    return render
