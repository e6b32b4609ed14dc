"""AWS Cost and Usage Reports 2.0: what Bedrock's models cost, by hour or day."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.audit.fields import Record, find, moment, money, text
from llmlint.audit.formats.base import Format, has
from llmlint.audit.rows import Row, Tokens

_KINDS = (
    ("cache-read-input-token-count", "read"),
    ("cache-write-1h-input-token-count", "write_1h"),
    ("cache-write-input-token-count", "write_5m"),
    ("input-tokens", "input"),
    ("output-tokens", "output"),
)
_CLAUDE = re.compile(r"claude-?(?P<version>\d+(?:\.\d+)?)-?(?P<line>[a-z]+)")
_UNIT = re.compile(r"(?<!\d)(\d+)?\s*([KM])", re.IGNORECASE)


def _rows(record: Record) -> Iterator[Row]:
    usage_type = text(record.get("line_item_usage_type")) or ""
    product = text(record.get("line_item_product_code")) or ""
    lowered = usage_type.lower()
    kind = next((name for ending, name in _KINDS if ending in lowered), None)
    if kind is None or not re.search(r"bedrock|claude|anthropic", f"{product} {usage_type}", re.IGNORECASE):
        return
    amount = float(money(record.get("line_item_usage_amount")) or 0)
    unit = _UNIT.search(text(find(record, "pricing_unit", "line_item_pricing_unit")) or "")
    if unit is not None:
        amount *= int(unit[1] or 1) * (1_000 if unit[2].upper() == "K" else 1_000_000)
    name = re.split(r"-(?:mp-)?(?:cache|input|output)-", usage_type, maxsplit=1, flags=re.IGNORECASE)[0]
    name = re.sub(r"^[A-Z]{2,4}\d?-(?:MP:)?", "", name)
    yield Row(
        moment(record.get("line_item_usage_start_date")),
        _model(re.sub(r"[ _:]+", "-", name).lower()),
        Tokens()._replace(**{kind: round(amount)}),
        end=moment(record.get("line_item_usage_end_date")),
        calls=None,
        tier="batch" if "batch" in lowered else "standard",
        billed=money(record.get("line_item_unblended_cost")),
        key=text(record.get("line_item_usage_account_id")),
        is_bucket=True,
    )


def _model(name: str) -> str:
    """The model of a usage type, which is written as in `Claude3.5Sonnet` or `Claude5.5Sonnet`."""
    if (found := _CLAUDE.fullmatch(name)) is not None:
        version, line = found["version"].replace(".", "-"), found["line"]
        # The line stands last in names of version 3, and ahead of the version from 4 on.
        return f"anthropic.claude-{version}-{line}" if version[0] < "4" else f"anthropic.claude-{line}-{version}"
    return f"anthropic.{name}" if name.startswith("claude") else name


FORMAT = Format(
    "aws-cur",
    "AWS Cost and Usage Report",
    lambda record: has(record, "line_item_usage_type", "line_item_unblended_cost"),
    _rows,
    "no request counts and no prompts: switch on Bedrock model invocation logging",
)
