"""`--output-format json-lines`: the findings of the `json` format, one on each line, without a summary."""

from __future__ import annotations

import json

from llmlint.report.base import Report, output_format
from llmlint.report.json import finding_json


@output_format("json-lines")
def render(report: Report, *, color: bool) -> str:
    return "".join(json.dumps(finding_json(each, report.locate), allow_nan=False) + "\n" for each in report.diagnostics)
