"""Answers that may begin with a thinking block are read by place, or block by block, under many names."""

from __future__ import annotations

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Fix
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

ASK = """\
import json
import anthropic

client = anthropic.Anthropic()


def ask(text):
    message = client.messages.create(
        model="claude-3-opus-20240229", max_tokens=4096, messages=[{"role": "user", "content": text}]
    )
"""
ASYNC = (
    ASK.replace("anthropic.Anthropic", "anthropic.AsyncAnthropic")
    .replace("def ask", "async def ask")
    .replace("= client", "= await client")
)
SHOW = "\n\ndef show(data):\n    print(%s)\n"


def fix_of(code: str) -> Fix:
    settings = SettingsResolver(".", {"select": ["LLM204"], "min-confidence": "low"}, True, known=known_rules())
    lint = Run.of_bytes("app.py", code.encode(), settings, known_rules()).lint()
    assert not lint.errors
    [fix] = [finding.fix for finding in lint.findings if finding.fix]
    return fix


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ('    return "".join(block.text for block in message.content)\n', "for block in message.content"),
        ("    for part in message.content:\n        print(part.text)\n", "for part in message.content"),
        ("    [block] = message.content\n    return block.text\n", "[block] = message.content"),
        ("    first, *rest = message.content\n    return first.text\n", "first, *rest = message.content"),
        ("    return next(iter(message.content)).text\n", "next(iter(message.content"),
        ("    content = message.content\n    return content[0].text\n", "content[0].text"),
        ("    blocks = message.content\n    show(blocks)\n" + SHOW % "data[0].text", "data[0].text"),
        ("    show(message.content)\n" + SHOW % "f'{data[-1].text}'", "data[-1].text"),
        ("    return message.dict()\n" + SHOW % "data['content'][0].get('text', '')", "data['content'][0]"),
        (
            "    return json.loads(message.model_dump_json())\n" + SHOW % 'data.get("content", [{}])[0]',
            'data.get("content", [{}])[0]',
        ),
        (
            "    return message.to_dict()\n\n\ndef show(data):\n    parts = data['content']\n    print(parts[0]['text'])\n",
            "parts[0]['text']",
        ),
        ("    return message.content\n\n\nprint(ask('a')[0].text)\n", "ask('a')[0].text"),
    ],
)
@pytest.mark.parametrize("ask", [ASK, ASYNC])
def test_a_read_that_a_thinking_block_breaks(ask: str, body: str, read: str) -> None:
    fix = fix_of(ask + body)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert f"reads `{read}`" in fix.message


@pytest.mark.parametrize(
    "body",
    [
        '    return "".join(block.text for block in message.content if block.type == "text")\n',
        '    for block in message.content:\n        if hasattr(block, "text"):\n            print(block.text)\n',
        "    print(message.content)\n",
        "    print(message.usage)\n\n\ndef show(row):\n    return row[0].text\n",
        "    show(message)\n\n\ndef show(page):\n    return page.choices[0].text, page.find_all('a')[0].text, page.cells[0].text\n",
        "    return message\n\n\ndef other(text):\n    reply = client.messages.create(model='claude-haiku-5-5', max_tokens=9, messages=text)\n"
        "    return [block.text for block in reply.content]\n",
    ],
)
def test_a_read_that_suits_all_blocks_or_other_things(body: str) -> None:
    fix = fix_of(ASK + body)
    assert fix.applicability is Applicability.UNSAFE, fix.message


def test_the_first_text_is_read_in_place() -> None:
    fix = fix_of(ASK + "    return message.content[0].text\n")
    assert fix.applicability is Applicability.UNSAFE
    assert "reading the answer from its first block of text" in fix.message
