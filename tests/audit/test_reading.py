"""Files as they come: containers, damage, repetition, and what is no export at all."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmlint.audit.formats import FORMATS
from llmlint.audit.reading import Reading, read
from llmlint.audit.report import renderer
from llmlint.audit.rows import Tokens
from llmlint.audit.summary import audit

from .conftest import Write, exchange

PARTS = [exchange(float(1_795_000_000 + number), f"question {number}") for number in range(3)]
LINES = "".join(json.dumps(part) + "\n" for part in PARTS)


def faults(reading: Reading) -> list[tuple[int, int, list[str]]]:
    return [(source.rows, source.damaged, source.faults) for source in reading.sources]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.jsonl", LINES),
        ("log.json", json.dumps(PARTS)),
        ("log.json", json.dumps(PARTS, indent=2)),
        ("log.json", json.dumps({"data": PARTS, "next": None})),
        ("log.txt", f"\ufeff\n{LINES}"),
        ("log.jsonl", LINES.replace("\n", "\r\n")),
        ("log.jsonl", LINES.rstrip("\n")),
    ],
    ids=["lines", "a list", "an indented list", "a page", "a byte order mark", "carriage returns", "no last line break"],
)
def test_containers(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    reading = read([str(path)])
    assert (len(reading.rows), reading.errors, faults(reading)) == (3, [], [(3, 0, [])])
    (tmp_path / "packed.gz").write_bytes(gzip.compress(text.encode()))
    assert len(read([str(tmp_path / "packed.gz")]).rows) == 3


def test_a_postgres_dump(tmp_path: Path) -> None:
    rows = [
        (
            "r1",
            "acompletion",
            "0.5",
            "100",
            "20",
            "2026-11-01 10:00:00",
            "2026-11-01 10:00:01",
            "claude-opus-5-5",
            "\\N",
            "a\\tb\\\\n",
        ),
        ("r2", "acompletion", "0.5", "100", "20", "2026-11-01 10:00:02", "2026-11-01 10:00:03", "claude-opus-5-5", "{}", "x"),
        ("r3", "acompletion", "0.5"),
    ]
    names = 'request_id, call_type, spend, prompt_tokens, completion_tokens, "startTime", "endTime", model, metadata, model_group'
    body = "".join("\t".join(row) + "\n" for row in rows)
    path = tmp_path / "dump.sql"
    path.write_text(f'-- PostgreSQL database dump\nCOPY public."LiteLLM_SpendLogs" ({names}) FROM stdin;\n{body}\\.\nSELECT 1;\n')
    reading = read([str(path)])
    assert [row.id for row in reading.rows] == ["r1", "r2"]
    assert reading.rows[0].endpoint == "a\tb\\n"
    assert faults(reading) == [(2, 1, ["line 5: 3 fields where the table has 10"])]


def test_parquet(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "log.jsonl").write_text(LINES)
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM read_json('{tmp_path}/log.jsonl')) TO '{tmp_path}/log.parquet' (FORMAT parquet)")
    assert read([str(tmp_path / "log.parquet")]).rows == read([str(tmp_path / "log.jsonl")]).rows
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "log.parquet").read_bytes()[:500])
    (error,) = read([str(tmp_path / "cut.parquet")]).errors
    assert error.message.startswith("not Parquet, or cut off")


@pytest.mark.parametrize(
    ("text", "rows", "fault"),
    [
        (LINES + '{"start_time": 17950', 3, "line 4: the file is cut off here"),
        ("nonsense {\n" + LINES, 0, None),
        ('{"broken\n' + LINES, 3, "line 1: not JSON"),
        (LINES.replace("question 1", 'question 1"', 1), 2, "line 2: not JSON"),
        (LINES + '["a list"]\n', 3, "line 4[0]: not an object"),
        (
            LINES + json.dumps(PARTS[0]).replace('"input_tokens": 2100', '"input_tokens": "many"') + "\n",
            3,
            "line 4: 'many' is not a count",
        ),
        (
            LINES + json.dumps(PARTS[0]).replace('"input_tokens": 2100', '"input_tokens": -5') + "\n",
            3,
            "line 4: -5 is a negative count",
        ),
        (LINES + json.dumps({**PARTS[0], "start_time": "soon"}) + "\n", 3, "line 4: 'soon' is not a time"),
        (LINES + json.dumps({**PARTS[0], "cost": "NaN"}) + "\n", 3, "line 4: 'NaN' is not an amount"),
        (LINES + "[" * 100_000 + "\n", 3, "line 4: not JSON"),
    ],
    ids=["cut off", "no export", "first line", "one line", "a list", "a word", "negative", "no time", "no amount", "deep"],
)
def test_a_damaged_line_costs_that_line(tmp_path: Path, text: str, rows: int, fault: str | None) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(text)
    reading = read([str(path)])
    assert len(reading.rows) == rows
    if fault is None:
        assert [error.message for error in reading.errors] == ["its records are of no export that llmlint knows"]
    else:
        assert faults(reading) == [(rows, 1, [fault])]
        assert reading.errors == []


def test_a_gzip_file_that_is_cut_off(tmp_path: Path) -> None:
    text = "".join(json.dumps(exchange(float(number), f"{random.random()}")) + "\n" for number in range(200))
    packed = gzip.compress(text.encode())
    (tmp_path / "log.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    reading = read([str(tmp_path / "log.jsonl.gz")])
    assert 0 < len(reading.rows) < 200
    assert "cut off" in reading.sources[0].faults[-1]


def test_several_lines_of_one_request_count_once_with_the_most_output(export: Write) -> None:
    def line(output: int, request: str = "r1") -> dict[str, Any]:
        usage = {"input_tokens": 10, "output_tokens": output}
        message = {"model": "claude-opus-5-5", "usage": usage}
        return {
            "type": "assistant",
            "timestamp": "2026-11-01T10:00:00Z",
            "requestId": request,
            "sessionId": "s",
            "message": message,
        }

    path = export([line(1), line(8), line(8), line(3, "r2")])
    reading = read([path, path])
    assert [row.tokens.output for row in reading.rows] == [8, 3]
    assert [source.repeated for source in reading.sources] == [2, 4]


def test_records_of_two_formats_in_one_file(export: Write) -> None:
    console = {
        "usage_date_utc": "2026-11-01",
        "model_version": "claude-opus-5-5",
        "usage_input_tokens_no_cache": 5,
        "usage_output_tokens": 1,
    }
    reading = read([export([*PARTS, console, {"a": 1}])])
    (source,) = reading.sources
    assert [format.name for format in source.formats] == ["exchanges", "anthropic-console"]
    assert (source.rows, source.unknown) == (4, 1)


def test_folders_and_what_is_no_file(tmp_path: Path, export: Write) -> None:
    export(PARTS)
    (tmp_path / "package.json").write_text('{"name": "shop"}')
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "empty").mkdir()
    reading = read([str(tmp_path)])
    assert (len(reading.rows), reading.errors, reading.passed_over) == (3, [], 1)
    pipe, missing, none, other = read(
        [str(tmp_path / "pipe.jsonl"), str(tmp_path / "no.csv"), str(tmp_path / "empty"), str(tmp_path / "package.json")]
    ).errors
    assert pipe.message == "not a regular file"
    assert missing.message == "No such file or directory"
    assert none.message == "no exports in this folder"
    assert other.message == "its records are of no export that llmlint knows"


@pytest.mark.parametrize("packed", [False, True])
def test_exports_of_a_folder_that_are_cut_off_are_named(tmp_path: Path, packed: bool) -> None:
    text = json.dumps({"data": PARTS * 3}, indent=1)[:-40].encode()
    name = "log.json.gz" if packed else "log.json"
    (tmp_path / name).write_bytes(gzip.compress(text) if packed else text)
    (tmp_path / "table.parquet").write_bytes(b"PAR1" + bytes(50))
    (tmp_path / "settings.json").write_text('{"a": {"b": 1}, // a comment\n "c": {}}')
    (tmp_path / "whole.jsonl").write_text(json.dumps(PARTS[0]))
    reading = read([str(tmp_path)])
    assert [os.path.basename(error.path) for error in reading.errors] == [name, "table.parquet"]
    assert (len(reading.rows), reading.passed_over) == (1, 1)


def test_input_that_excludes_the_cached_tokens_although_it_should_not(export: Write) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 900}}
    record = {"ts": 1, "body": {"messages": []}, "response": {"model": "gpt-6-sol", "usage": usage}}
    (row,) = read([export([record])]).rows
    assert row.tokens == Tokens(100, 900, 0, 0, 5)


def test_a_cost_report_beside_a_usage_report_is_a_check_and_no_second_bill(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_text(
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_read,usage_output_tokens\n"
        "2026-11-01,claude-opus-5-5,1000000,0,0\n"
    )
    (tmp_path / "cost.csv").write_text(
        "usage_date_utc,model,token_type,cost_usd\n2026-11-01,Claude Opus 5.5,input_no_cache,4.04\n"
    )
    found = audit(read([str(tmp_path)]))
    assert (found.dollars, found.computed, found.billed) == (Decimal(4), Decimal(4), Decimal("4.04"))
    assert found.calls is None
    alone = audit(read([str(tmp_path / "cost.csv")]))
    assert (alone.dollars, alone.computed) == (Decimal("4.04"), None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "usage",
    "usage_details",
    "metrics",
    "span_attributes",
    "resourceSpans",
    "attributes",
    "data",
    "results",
    "starting_at",
    "start_time",
    "startTime",
    "prompt_tokens",
    "spend",
    "messages",
    "request",
    "response",
    "input",
    "output",
    "metadata",
    "model",
    "tokens_in",
    "tokens_out",
    "created_at",
    "cached",
    "sessionId",
    "type",
    "message",
    "run_type",
    "inputs",
    "trace_id",
    "extra",
    "schemaType",
    "modelId",
    "usage_date_utc",
    "cost_usd",
    "line_item_usage_type",
    "line_item_unblended_cost",
    "request_created_at",
    "completion_tokens",
    "amount",
    "llm.token_count.prompt",
    "system",
    "tools",
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(records=st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1, max_size=8), min_size=1, max_size=4))
def test_no_record_ends_the_run(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8", errors="surrogatepass")
    reading = read([str(path)])
    (source,) = reading.sources
    assert source.rows + source.damaged + source.unknown + source.skipped + source.repeated > 0
    audit(reading)


def test_names_of_formats_are_unique() -> None:
    assert len({format.name for format in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "-1", "1e300", "1" + "0" * 400, '"nan"', "1e21"])
@pytest.mark.parametrize("name", ["timestamp", "latency_ms", "input_tokens"])
def test_no_number_ends_or_hangs_an_audit(tmp_path: Path, name: str, value: str) -> None:
    request = '"request": {"model": "claude-opus-5-5", "messages": []}'
    record = f'{{"timestamp": 1793491200, "latency_ms": 5, {request}, "response": {{"usage": {{"input_tokens": 7}}}}}}'
    whole = re.sub(rf'"{name}": \d+', f'"{name}": {value}', record)
    (tmp_path / "a.jsonl").write_text(f"{whole}\n{record}\n")
    reading = read([str(tmp_path / "a.jsonl")])
    assert reading.sources[0].damaged + len(reading.rows) == 2
    assert "2026-11-01" in renderer("text")(audit(reading, None))
