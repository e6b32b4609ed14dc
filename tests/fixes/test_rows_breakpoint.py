"""Breakpoints in the rows of a batch, and the request ahead of it: where the fix is offered, and where it is not."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from llmlint.catalog import Catalog
from llmlint.findings import Applicability
from llmlint.rules.registry import RuleContext, known_rules

Link = Callable[..., Any]

CODE = """\
import anthropic
client = anthropic.Anthropic()
RULES = "Answer by the handbook of the house, in its own words, and name the page. " * 400
def submit(letters, wanted=True):
    rows = []
    for number, letter in enumerate(letters):
        params = {
            "model": "claude-haiku-5-5",
            "max_tokens": 99,
            "system": RULES,
            "messages": [{"role": "user", "content": letter}],
        }
        rows.append({"custom_id": str(number), "params": params})
    batch = client.messages.batches.create(requests=rows)
    return batch
print(submit(open("letters.txt").read().split("--")))
"""
SENDS = "    batch = client.messages.batches.create(requests=rows)\n"


def finding_in(link: Link, code: str) -> Any:
    context = RuleContext(Catalog.bundled(), datetime.date(2026, 11, 28))
    [finding] = [finding for site in link(code).sites for finding in known_rules()["LLM101"].findings(site, context)]
    return finding


@pytest.mark.parametrize(
    "sends",
    [
        SENDS,
        "    return client.messages.batches.create(\n        requests=rows,\n    )\n",
        "    client.messages.batches.create(requests=rows)\n    batch = None\n",
        "    batch = client.messages.batches.create(requests=rows).id  # sent\n",
        "    if wanted:\n        batch = client.messages.batches.create(requests=rows)\n",
    ],
)
def test_one_row_is_sent_ahead_of_the_batch(link: Link, sends: str) -> None:
    fix = finding_in(link, CODE.replace(SENDS, sends)).fix
    assert fix is not None
    assert fix.applicability is Applicability.UNSAFE
    texts = [edit.text for edit in fix.edits]
    assert any('"cache_control": {"type": "ephemeral", "ttl": "1h"}' in text for text in texts)
    assert any(text.strip().startswith("if rows:") and '**rows[0]["params"], "max_tokens": 0' in text for text in texts)


@pytest.mark.parametrize(
    "sends",
    [
        "    batch = client.messages.batches.create(requests=iter(rows))\n",
        "    batch = client.messages.batches.create(requests=(row for row in rows))\n",
        "    batch = \\\n        client.messages.batches.create(requests=rows)\n",
        "    batch = shown(\n        client.messages.batches.create(requests=rows)\n    )\n",
        "    batch = client.messages.batches.create(requests=rows) if wanted else None\n",
        "    if wanted: batch = client.messages.batches.create(requests=rows)\n",
        "    rows = tuple_of(rows)\n" + SENDS,
        SENDS + SENDS,
        "    batch = client.beta.messages.batches.create(requests=rows, betas=['output-300k-2026-03-24'])\n",
    ],
)
def test_not_where_the_call_is_no_statement_of_its_own_or_its_rows_no_list(link: Link, sends: str) -> None:
    finding = finding_in(link, CODE.replace(SENDS, sends))
    assert finding.fix is None
    assert "ahead of the batch" in finding.help


@pytest.mark.parametrize(
    "argument",
    [
        '"thinking": {"type": "adaptive"}',
        '"output_config": {"format": {"type": "json_schema", "schema": {}}}',
        '"tool_choice": {"type": "any"}',
    ],
)
def test_what_takes_no_request_without_an_answer_is_sent_ahead_with_one(link: Link, argument: str) -> None:
    finding = finding_in(link, CODE.replace('"max_tokens": 99,', f'"max_tokens": 99, {argument},'))
    assert finding.fix is None
    assert "as an ordinary request" in finding.help
    assert "max_tokens" not in finding.help


def test_rows_that_do_not_think_are_sent_ahead_like_others(link: Link) -> None:
    assert (
        finding_in(link, CODE.replace('"max_tokens": 99,', '"max_tokens": 99, "thinking": {"type": "disabled"},')).fix is not None
    )


def test_not_where_the_file_has_rows_of_another_kind(link: Link) -> None:
    other = "ROW = {'custom_id': 'a', 'params': {'model': 'claude-haiku-5-5', 'max_tokens': 9, 'messages': []}}\n"
    assert finding_in(link, CODE + other).fix is None
