"""Requests that are rows of a batch: files with them pass the filters, they are found where they are written, and every rule can look at them."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Callable
from typing import Any

import pytest

from llmlint.catalog import Catalog
from llmlint.discover import confirm
from llmlint.discover.prefilter import may_hold_call
from llmlint.rules.registry import RuleContext, known_rules
from llmlint.sdks import all_sdks
from llmlint.sdks.shape import Method, Sdk

Link = Callable[..., Any]

_REQUEST = {
    "anthropic.messages": "{'model': 'claude-opus-4-8', 'max_tokens': 9, 'system': 'S ' * 9000, 'messages': [{'role': 'user', 'content': item}]}",
    "openai.chat": "{'model': 'gpt-4', 'messages': [{'role': 'system', 'content': 'S ' * 9000}, {'role': 'user', 'content': item}]}",
    "openai.responses": "{'model': 'gpt-4', 'instructions': 'S ' * 9000, 'input': item}",
}
HEAD = """\
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as Params
from anthropic.types.messages.batch_create_params import Request
RULES = "Answer briefly."
def params_of(item):
    return {"model": "m", "max_tokens": 9, "system": RULES, "messages": [{"role": "user", "content": item}]}
def made_of(item):
    return Params(model="m", max_tokens=9, system=RULES, messages=[{"role": "user", "content": item}])
def row_of(custom_id, params):
    return params
def rows_of(items):
    base = {"model": "m", "max_tokens": 9, "system": RULES}
    for item in items:
        messages = [{"role": "user", "content": item}]
        built = dict(base)
        built["messages"] = messages
        send(ROW)
"""


def rows() -> list[Any]:
    everything = [(sdk, end, method) for sdk in all_sdks() if sdk.rows is not None for end, method in sdk.rows.methods.items()]
    return [pytest.param(*each, id=f"{each[0].name} {each[1]}") for each in everything]


@pytest.mark.parametrize(("sdk", "end", "method"), rows())
def test_a_row_passes_the_filters_is_found_and_every_rule_can_look_at_it(
    link: Link, link_outlines: Link, sdk: Sdk, end: str, method: Method
) -> None:
    assert sdk.rows is not None
    url = f"'method': 'POST', 'url': '/v1{end}', " if end else ""
    row = f"{{'custom_id': item, {url}{sdk.rows.inside!r}: {_REQUEST[method.api]}}}"
    code = f"def rows_of(items):\n    rows = []\n    for item in items:\n        rows.append({row})\n    return rows\n"
    assert may_hold_call(code.encode()), code
    assert confirm.may_hold_call(ast.parse(code)), code
    for linked in (link(code), link_outlines(code)):
        [site] = linked.sites
        assert (site.provider, site.api, site.is_batch, site.takes_batches) == (sdk.name, method.api, True, False)
        assert site.offers == sdk.apis[site.api]
        context = RuleContext(Catalog.bundled(), datetime.date(2026, 11, 28), min_fan_out=1)
        codes = {finding.code for rule in known_rules().values() for finding in rule.findings(site, context)}
        assert codes & {"LLM201", "LLM202"}
        assert all(known_rules()[each].in_batches for each in codes)


@pytest.mark.parametrize(
    "row",
    [
        "{'custom_id': item, 'params': {'model': 'm', 'max_tokens': 9, 'system': RULES, 'messages': messages}}",
        "{'custom_id': item, 'params': {**base, 'messages': messages}}",
        "{'custom_id': item, 'params': built}",
        "{'custom_id': item, 'params': params_of(item)}",
        "{'custom_id': item, 'params': made_of(item)}",
        "dict(custom_id=item, params=dict(model='m', max_tokens=9, system=RULES, messages=messages))",
        "Request(custom_id=item, params=Params(model='m', max_tokens=9, system=RULES, messages=messages))",
        "Request(custom_id=item, params={**base, 'messages': messages})",
        "Request(custom_id=item, params=params_of(item))",
        "Request(custom_id=item, params=Params(**base, messages=messages))",
    ],
)
def test_the_request_of_a_row_is_read_wherever_it_is_made(link: Link, row: str) -> None:
    assert link(HEAD.replace("ROW", row)).asked == ["m: system=Answer briefly., user=<varying>"]


@pytest.mark.parametrize(
    "row",
    [
        "row_of(custom_id=item, params=params_of(item))",  # A function of the program, which may do anything.
        "{'custom_id': item, 'params': item}",
        "{'custom_id': item, 'params': {'colour': 'red'}}",
        "{'custom_id': item, 'body': params_of(item)}",  # Of Mistral: to no address that is known.
        "{'custom_id': item, 'url': '/v1/embeddings', 'body': {'model': 'm', 'input': item}}",
        "{'custom_id': item, 'url': item, 'body': params_of(item)}",
        "{'id': item, 'params': params_of(item)}",
    ],
)
def test_other_dicts_and_calls_are_none(link: Link, row: str) -> None:
    assert link(HEAD.replace("ROW", row)).sites == []


@pytest.mark.parametrize(
    "change",
    [
        "row['params']['model'] = model",
        "row['params'] = other",
        "row['params'].update(model=model)",
        'rows[0]["params"]["system"][0]["cache_control"] = mark',
        "row['params']['messages'] += other",
        "row['params']['messages'].insert(0, other)",
        "del row['params']['system']",
        "params = row['params']\n    params['model'] = model",
        "params = row['params']  # as it was made\n    params.pop('system')",
    ],
)
def test_rows_of_a_file_that_changes_them_are_left_alone(link: Link, change: str) -> None:
    code = HEAD.replace("ROW", "{'custom_id': item, 'params': params_of(item)}")
    assert link(f"{code}def change(rows, row, model, other, mark):\n    {change}\n").sites == []


@pytest.mark.parametrize(
    "read",
    [
        "print(row['params']['model'] == 'm')",
        "print(row['params']['max_tokens'] >= 9, row['params'].get('system'))",
        "params = row['params']\n    print(params['model'], params.get('system'))",
        "params = row['params']\n    params = dict(params)",
    ],
)
def test_rows_of_a_file_that_reads_them_are_found(link: Link, read: str) -> None:
    code = HEAD.replace("ROW", "{'custom_id': item, 'params': params_of(item)}")
    assert len(link(f"{code}def read(row):\n    {read}\n").sites) == 1


def test_a_word_in_prose_or_of_other_things_needs_no_second_look() -> None:
    assert not may_hold_call(b"# messages have a custom_id: see there\nprint(1)\n")
    code = "button = {'custom_id': 'a', 'label': 'message'}\nother = Button(custom_id='a', label='message')\n"
    assert not confirm.may_hold_call(ast.parse(code))
    notebook = rb'{"cells": [{"source": ["row = {\"custom_id\": name, \"params\": {\"messages\": messages}}"]}]}'
    assert may_hold_call(notebook)


def test_of_an_address_the_end_is_enough(link: Link) -> None:
    row = "{'custom_id': 'a', 'url': f'{base}/v1/%s', 'body': {'model': 'm', 'messages': []}}"
    assert link(f"def row(base):\n    return {row % 'chat/completions'}\n").site.api == "openai.chat"
    assert link(f"def row(base):\n    return {row % 'embeddings'}\n").sites == []


def test_rows_go_to_the_host_of_the_only_client(link: Link) -> None:
    row = "{'custom_id': 'a', 'url': '/v1/chat/completions', 'body': {'model': 'm', 'messages': []}}"
    own = link(f"import openai\nclient = openai.OpenAI()\nprint({row})\n").site
    other = link(f"import openai\nclient = openai.OpenAI(base_url='https://api.groq.com/openai/v1')\nprint({row})\n").site
    unknown = link(f"print({row})\n").site
    assert [each.is_own_host for each in (own, other, unknown)] == [True, False, False]
    assert [each.is_third_party_host for each in (own, other, unknown)] == [False, True, False]
