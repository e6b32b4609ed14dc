"""Code locations as exports have them: OpenTelemetry's attributes, old and new, and Braintrust's context."""

from __future__ import annotations

from llmlint.audit.fields import Record, find, integer, text
from llmlint.audit.rows import Location


def location_of(attributes: Record) -> Location | None:
    """The code location in attributes or metadata; None where there is none."""
    path = text(find(attributes, "code.file.path", "code.filepath", "caller_filename", "attributes.code.file.path"))
    function = text(
        find(attributes, "code.function.name", "code.function", "caller_functionname", "attributes.code.function.name")
    )
    if path is None and function is None:
        return None
    line = integer(find(attributes, "code.line.number", "code.lineno", "caller_lineno", "attributes.code.line.number"))
    return Location(path, line or None, function)
