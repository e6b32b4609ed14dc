"""`llmlint audit` as a user runs it: the join with the source, and every form of the report."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from llmlint import providers
from llmlint.callsite import CallSite
from llmlint.cli import cli
from llmlint.link.program.program import Program
from llmlint.output_formats import AUDIT_FORMATS
from llmlint.providers import find_call_sites
from llmlint.run import checking

from .conftest import RULES, Write, exchange

START = 1_795_000_000.0

PROGRAM = f"""\
import anthropic

client = anthropic.Anthropic()
RULES = {RULES!r}


def answer(question: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=500, system=RULES, messages=[{{"role": "user", "content": question}}]
    )
    return message.content[0].text


def label(letter: str) -> str:
    prompt = f"Classify the letter as complaint or praise. Answer with one word only, without any punctuation.\\n\\n{{letter}}"
    message = client.messages.create(model="claude-opus-5-5", max_tokens=5, messages=[{{"role": "user", "content": prompt}}])
    return message.content[0].text


def summaries(reports: list[str]) -> list[str]:
    found = []
    for report in reports:
        message = client.messages.create(
            model="claude-haiku-5-5", max_tokens=77, messages=[{{"role": "user", "content": "Sum up: " + report}}]
        )
        found.append(message.content[0].text)
    return found


def never_called(text: str) -> str:
    return client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{{"role": "user", "content": text}}])
"""
LABEL = "Classify the letter as complaint or praise. Answer with one word only, without any punctuation.\n\n"


def traffic() -> list[dict[str, Any]]:
    records = [exchange(START + number * 60, f"question {number}") for number in range(4)]
    records += [
        exchange(START + 1_000 + number * 60, LABEL + f"{number}", model="claude-opus-5-5", system=None, output=2)
        for number in range(3)
    ]
    for number in range(5):
        record = exchange(
            START + 3_000 + number * 1.5, f"Sum up: {number}", model="claude-haiku-5-5", system=None, endpoint="app.summaries"
        )
        record["request"]["max_tokens"] = 77
        records.append(record)
    records.append(exchange(START + 9_000, "somebody else's", model="my-own-model", system=None))
    return records


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, ["audit", *arguments], catch_exceptions=False, standalone_mode=False)
    if result.exit_code == 0:
        result.exit_code = result.return_value
    return result


def document(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--output-format", "json")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_join(shop: Path, export: Write) -> None:
    found = document(export(traffic()), "--source", ".", "--isolated")
    sites = {site["function"]: (site["calls"], site["joined_by"]) for site in found["sites"]}
    assert sites == {"answer": (4, {"prompt": 4}), "label": (3, {"prompt": 3}), "summaries": (5, {"name": 5})}
    assert [site["function"] for site in found["untraced"]] == ["never_called"]
    assert found["joined"]["several"] == "0.000000"
    assert found["unpriced"] == {"rows": 1, "tokens": 2140, "models": {"my-own-model": 1}}
    codes = {site["function"]: {finding["code"] for finding in site["findings"]} for site in found["sites"]}
    assert "LLM101" in codes["answer"]
    assert "LLM301" in codes["summaries"]
    saved = next(finding["saved"] for site in found["sites"] for finding in site["findings"] if finding["code"] == "LLM101")
    assert float(saved) == pytest.approx(float(found["levers"]["now"]) - float(found["levers"]["cached"]))


@pytest.mark.parametrize(
    ("more", "how"),
    [
        ({"code.file.path": "/srv/shop/app.py", "code.line.number": 8}, "location"),
        ({"code.file.path": "app.py", "code.function.name": "app.answer"}, "location"),
        ({"code.function.name": "answer"}, "location"),
        ({"endpoint": "answer"}, "name"),
        ({}, "model"),
    ],
    ids=["file and line", "file and function", "function", "span name", "model and answer limit"],
)
def test_the_ways_to_join(shop: Path, export: Write, more: dict[str, Any], how: str) -> None:
    record = exchange(START, "x", system=None, **more)
    (site,) = document(export([record]), "--source", ".", "--isolated")["sites"]
    assert (site["function"], site["joined_by"]) == ("answer", {how: 1})


def test_rows_that_fit_nothing_are_joined_to_nothing(shop: Path, export: Write) -> None:
    found = document(
        export([exchange(START, "another program's", model="claude-opus-4-6", system="short")]), "--source", ".", "--isolated"
    )
    assert found["sites"] == []
    assert float(found["joined"]["none"]) > 0


def test_a_check_ranks_findings_by_the_traffic(shop: Path, export: Write) -> None:
    path = export(traffic())
    arguments = ["check", ".", "--isolated", "--no-cache", "--output-format", "json", "--audit", path]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    findings = json.loads(result.stdout)["findings"]
    site = next(each for each in document(path, "--source", ".", "--isolated")["sites"] if each["function"] == "answer")
    codes = [each["code"] for each in findings]
    assert codes.index("LLM202") < codes.index("LLM101") < codes.index("LLM301")
    saving = findings[codes.index("LLM101")]["saving"]
    assert saving["now"] == pytest.approx(float(site["cost"]) * 250, rel=0.01)
    assert saving["after"] == pytest.approx(float(site["levers"]["cached"]) * 250, rel=0.01)
    assert "measured on 4 calls of the audit" in saving["assumptions"][0]
    assert "monthly" not in saving


def test_a_month_is_the_rate_of_the_period(shop: Path, export: Write) -> None:
    records = [exchange(START + number * 2_880, f"question {number}") for number in range(121)]
    path = export(records)
    arguments = ["check", ".", "--isolated", "--audit", path, "--select", "LLM101"]
    result = CliRunner().invoke(cli, [*arguments, "--output-format", "json"], catch_exceptions=False, standalone_mode=False)
    (saving,) = [each["saving"] for each in json.loads(result.stdout)["findings"]]
    (site,) = document(path, "--source", ".", "--isolated")["sites"]
    saved = float(site["cost"]) - float(site["levers"]["cached"])
    assert saved > 0
    assert saving["monthly"] == pytest.approx(saved * 30 / 4, rel=0.001)
    text = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False).stdout
    assert re.search(r"per 1,000 calls, \$\d+\.\d+ a month", text)


def test_sites_show_calls_and_dollars(shop: Path, export: Write) -> None:
    arguments = ["sites", ".", "--isolated", "--audit", export(traffic())]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    assert "app.py:8:15: 4 calls for $0.02, anthropic.messages" in result.stdout
    assert "app.py:31:12: in no export, anthropic.messages" in result.stdout
    assert "1 in no export" in result.stdout
    result = CliRunner().invoke(cli, [*arguments, "--output-format", "json"], catch_exceptions=False, standalone_mode=False)
    found = json.loads(result.stdout)
    assert [site["audit"]["calls"] for site in found["sites"]] == [4, 3, 5, 0]
    assert found["audit"]["several"] == "0.000000"


@pytest.mark.parametrize(
    "arguments", [["audit", "log.jsonl", "--source", "."], ["check", ".", "--audit", "log.jsonl"]], ids=["audit", "check"]
)
def test_the_source_is_linked_once(shop: Path, export: Write, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    linked: list[str] = []

    def find(program: Program, path: str) -> tuple[CallSite, ...]:
        linked.append(path)
        return find_call_sites(program, path)

    export(traffic())
    monkeypatch.setattr(checking, "find_call_sites", find)
    monkeypatch.setattr(providers, "find_call_sites", find)
    CliRunner().invoke(cli, [*arguments, "--isolated"], catch_exceptions=False, standalone_mode=False)
    assert linked == ["app.py"]


def test_the_text_report(shop: Path, export: Write) -> None:
    result = run(export(traffic()), "--source", ".", "--isolated", "--replay")
    assert result.exit_code == 0
    text = result.stdout
    assert "calls   13" in text
    assert re.search(r"repeated system prompts without a cache +4 +\$0\.0184 .* waste  LLM101", text)
    assert re.search(r"serial bulk runs +5 ", text)
    assert re.search(r"app\.py:8 +answer +4 +\$0\.0184 +prompt +LLM101 \$0\.\d+", text)
    assert "Call sites that appear in no export" in text
    # How far the model can be trusted stands before what it says.
    assert "Agreement of the cost model\n  the exports have no billed amount" in text[: text.index("Replay of this traffic")]
    assert "booking" not in text
    assert all(len(line) < 200 for line in text.splitlines())


@pytest.mark.parametrize("form", AUDIT_FORMATS)
def test_no_form_prints_a_prompt(shop: Path, export: Write, form: str) -> None:
    path = export(traffic())
    result = run(path, "--source", ".", "--isolated", "--output-format", form, "--output-file", "report")
    assert (result.exit_code, result.stdout) == (0, "")
    text = (shop / "report").read_text()
    assert "booking" not in text
    assert "Classify" not in text
    assert "answer" in text


def test_the_page_is_well_formed_and_needs_nothing_else(shop: Path, export: Write) -> None:
    records = [*traffic(), exchange(START + 9_500, "x", endpoint="<script>alert(1)</script>")]
    page = run(export(records), "--isolated", "--output-format", "html").stdout
    body = page[page.index("<body>") : page.index("</html>")]
    xml.etree.ElementTree.fromstring(body)
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=", page)


def test_markdown_escapes_what_would_end_a_cell(export: Write) -> None:
    text = run(export([exchange(START, "x", endpoint="a|b<c>")]), "--isolated", "--output-format", "markdown").stdout
    assert "a\\|b&lt;c>" in text


def test_a_short_export_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n2026-11-01,claude-opus-5-5,1000,10\n"
    )
    text = run(str(path)).stdout
    assert "the number of calls is in the Analytics API" in text
    assert "not counted in these exports" in text
    assert "Where the money goes" not in text


def test_a_cost_report_says_that_it_counts_no_tokens(tmp_path: Path) -> None:
    path = tmp_path / "cost.csv"
    path.write_text("usage_date_utc,model,token_type,cost_usd\n2026-11-01,Claude Opus 5.5,output,4.04\n")
    assert "no token counts in these exports" in run(str(path)).stdout


def test_calls_without_prompts_are_neither_value_nor_waste(export: Write) -> None:
    gateway = {
        "id": "a",
        "created_at": "2026-11-01T10:00:00Z",
        "model": "claude-opus-5-5",
        "tokens_in": 500_000,
        "tokens_out": 90,
    }
    text = run(export([gateway]), "--isolated").stdout
    assert re.search(r"calls without prompts +1 +\$\d+\.\d+ +100\.0% +not known", text)
    page = run(export([gateway]), "--isolated", "--output-format", "html").stdout
    assert "not known 100.0%" in page
    assert '<span class="unknown" style="width:100.00%"' in page


def test_cache_keys_of_openai_are_bounded(export: Write) -> None:
    def audit(gap: float, read: int) -> dict[str, Any]:
        usage = {"prompt_tokens": 3_000, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": read}}
        records = [exchange(START + gap * number, f"q{number}", model="gpt-5.5") for number in range(5)]
        for record in records:
            record["response"]["usage"] = usage
        found: dict[str, Any] = json.loads(run(export(records), "--isolated", "--output-format", "json").stdout)
        return found

    found = audit(1_000, 0)
    (prefix,) = found["prefixes"]
    # Four of five calls would have read the prefix at a tenth of the input price of $5.
    assert float(found["keys_at_most"]) == pytest.approx(4 * prefix["tokens"] * 4.5e-6)
    assert prefix["best"] is None
    assert found["levers"]["cached"] == found["levers"]["now"]
    assert float(audit(2_000, 0)["keys_at_most"]) == 0
    assert float(audit(1_000, 2_990)["keys_at_most"]) == 0


def test_what_rows_without_prompts_say_of_the_cache(export: Write) -> None:
    gateway = {"id": "a", "created_at": "2026-11-01T10:00:00Z", "model": "claude-opus-5-5", "tokens_in": 5, "tokens_out": 1}
    text = run(export([gateway]), "--isolated").stdout
    assert "counts of cached tokens: 1 rows have none" in text
    usage = {
        "usage_date_utc": "2026-11-01",
        "model_version": "claude-opus-5-5",
        "usage_input_tokens_no_cache": 5,
        "usage_output_tokens": 1,
    }
    written = {**usage, "usage_input_tokens_cache_write_5m": 900, "usage_input_tokens_cache_read": 200}
    text = run(export([written], "usage.jsonl"), "--isolated").stdout
    assert "at least 700 tokens that were written to a cache were never read" in text


def test_errors(shop: Path, export: Write) -> None:
    with pytest.raises(click.UsageError):
        run()
    (shop / "no.json").write_text("[1, 2")
    result = run("no.json", "--isolated")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no.json: not JSON, or cut off (Expecting ',' delimiter: line 1 column 6 (char 5))\n"
    result = run(export(traffic()), "missing.csv", "--isolated")
    assert result.exit_code == 2
    assert "calls   13" in result.stdout
    assert result.stderr == "error: missing.csv: No such file or directory\n"
    result = run(export(traffic()), "--source", ".", "--config", "absent.toml")
    assert result.exit_code == 2


def test_notes_of_a_report_with_a_source_ask_for_no_source(shop: Path, export: Write) -> None:
    letters = [exchange(START + 100 * n, f"a letter {n}", model="claude-opus-5-5", system=None, output=5) for n in range(3)]
    result = CliRunner().invoke(cli, ["audit", export(letters), "--source", str(shop), "--isolated"])
    assert "premium model for a simple task *" in result.output
    assert "--source FOLDER" not in result.output
    assert "a call was joined to no call site" in result.output


def test_findings_that_share_a_saving_are_said_to(tmp_path: Path, export: Write) -> None:
    source = (
        f"import anthropic\n\nclient = anthropic.Anthropic()\nRULES = {RULES!r}\nhistory = []\n\n\ndef talk(text: str) -> str:\n"
        '    history.append({"role": "user", "content": text})\n'
        '    reply = client.messages.create(model="claude-sonnet-5-5", max_tokens=500, system=RULES, messages=history)\n'
        '    history.append({"role": "assistant", "content": reply.content[0].text})\n    return reply.content[0].text\n'
        "\n\nwhile text := input():\n    print(talk(text))\n"
    )
    (tmp_path / "chat.py").write_text(source)
    messages: list[dict[str, Any]] = []
    calls = []
    for number in range(4):
        messages = [*messages, {"role": "user", "content": f"question {number}"}]
        calls.append(exchange(START + 20 * number, "", messages=messages))
        messages = [*messages, {"role": "assistant", "content": "yes"}]
    result = CliRunner().invoke(cli, ["audit", export(calls), "--source", str(tmp_path / "chat.py"), "--isolated"])
    assert re.search(r"LLM101 (\$[\d.]+), LLM105 \1", result.output), result.output
    assert "share one saving" in result.output
