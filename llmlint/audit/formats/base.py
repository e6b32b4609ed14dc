"""What a format of an export is: how its records are recognised, and how one becomes rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from llmlint.audit.fields import Record
from llmlint.audit.rows import Row


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of export.

    `matches` decides by the fields of one record, never by a file's name. `rows` yields the calls of a record, or nothing for records that are
    no LLM calls; it raises `Damaged` for records that break the format. `lacks` says which facts the export does not have, and which
    export has them; None where single calls with their prompts may be there.
    """

    name: str
    title: str
    matches: Callable[[Record], bool]
    rows: Callable[[Record], Iterable[Row]]
    lacks: str | None = None


def has(record: Record, *names: str) -> bool:
    return all(name in record for name in names)
