"""The audit by DuckDB gives the same figures as the one in pure Python, and the lanes the same rows as the adapters."""

from __future__ import annotations

import gzip
import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmlint.audit import engine
from llmlint.audit.progress import Progress
from llmlint.audit.reading import read
from llmlint.audit.report.json import document
from llmlint.audit.sites import Site
from llmlint.audit.summary import audit
from llmlint.commands.audit import _sites
from llmlint.commands.base import settings_resolver

from .conftest import RULES, exchange
from .test_audit_command import LABEL, PROGRAM

pytest.importorskip("duckdb")

from llmlint.audit.duck.loading import Loading
from llmlint.audit.duck.run import audit_by_duckdb
from llmlint.audit.duck.store import Store
from llmlint.audit.join import Join

START = 1_795_000_000.0
SYSTEMS = [
    RULES,
    "It is {}.\n\n" + RULES,
    "short",
    None,
    [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
]
MODELS = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "gpt-5.5", "nobody-knows-this", ""]


def odd(draw: random.Random, record: dict[str, Any]) -> Any:
    """A record with something that no lane takes, or that is damaged."""
    usage = record["response"]["usage"]
    kind = draw.randrange(18)
    if kind == 0:
        usage["input_tokens"] = "12"
    elif kind == 1:
        usage["output_tokens"] = "many"
    elif kind == 2:
        record["start_time"] = "2026-11-19T02:03:04.5+02:00"
    elif kind == 3:
        record["request"]["tools"] = [{"name": "search", "input_schema": {}}]
    elif kind == 4:
        record["request"]["messages"] = [{"role": "user", "content": [{"type": "text", "text": "blocks"}]}]
    elif kind == 5:
        return [1, 2]
    elif kind == 6:
        return {"unknown": True}
    elif kind == 7:
        record["endpoint"] = {"a": 1}
    elif kind == 8:
        record["metadata"] = {"code.function.name": "answer"}
    elif kind == 9:
        record["metadata"] = draw.choice(['{"code": {"function": {"name": "label"}}}', "none", {"user": 5}, [], ""])
    elif kind == 10:
        usage["cache_creation"] = draw.choice(
            [{"ephemeral_1h_input_tokens": 7}, {"ephemeral_5m_input_tokens": 4}, None, "{}", {}]
        )
    elif kind == 11:
        usage |= {"prompt_tokens": None, "input_tokens_details": draw.choice([{"cached_tokens": 3}, {}, None, "x"])}
    elif kind == 12:
        usage["output_tokens"] = draw.choice([2.5, 3.0, True, -4, ""])
    elif kind == 13:
        record["start_time"] = draw.choice([0, True, "1795000000.25", "2026-11-19", "", None])
    elif kind == 14:
        record["endpoint"] = draw.choice(['a "quoted" \\ name', "üñí\u2028", 12, True, "", []])
    elif kind == 15:
        record["cost"] = draw.choice([True, "0.5", 3, -1.0, 1e-11, ""])
    elif kind == 16:
        record["request"] |= {"system": draw.choice(["", [], 5, {"text": "x"}]), "max_tokens": draw.choice([None, "9", 7.5])}
    else:
        record["request"]["messages"] = draw.choice([[], "plain", None, [{"role": "user", "content": 'with "quotes" and \\'}]])
    return record


def exchanges(seed: int, count: int = 400) -> list[Any]:
    """Random traffic: bulk runs, conversations, cached and uncached prompts, repeated ids, and oddities."""
    draw = random.Random(seed)
    found: list[Any] = []
    now = START
    histories: list[list[dict[str, Any]]] = []
    while len(found) < count:
        now += 0.001 + draw.choice([0.0, 0.5, 1.5, 30.0, 400.0, 5_000.0])
        system: Any = draw.choice(SYSTEMS)
        if isinstance(system, str):
            system = system.format(draw.randrange(3))
        read = draw.choice([0, 0, 1_500])
        record = exchange(
            now,
            draw.choice([f"question {draw.randrange(20)}\n", LABEL + "a letter", "Überall „Anführung“ \\ und\ttab"]),
            model=draw.choice(MODELS),
            system=system,
            seconds=draw.choice([0.4, 1.0, 2.5]),
            input=draw.randrange(1, 4_000),
            read=read,
            write=draw.choice([0, 0, 900]),
            output=draw.randrange(0, 90),
        )
        if draw.random() < 0.3:
            if histories and draw.random() < 0.7:
                messages = [
                    *draw.choice(histories),
                    {"role": "assistant", "content": "yes"},
                    {"role": "user", "content": f"and {len(found)}"},
                ]
            else:
                messages = [{"role": "user", "content": f"hello {draw.randrange(5)}"}]
            histories.append(messages)
            record["request"]["messages"] = messages
        if draw.random() < 0.1:
            record["request"]["messages"].insert(0, {"role": "system", "content": "You are kind. " * draw.choice([1, 400])})
        if draw.random() < 0.2:
            record["response"]["usage"] = {
                "prompt_tokens": 3_000,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": read},
            }
        record |= draw.choice(
            [{}, {"cost": draw.choice([0.0123, 1e-07, 2])}, {"service_tier": draw.choice(["batch", "flex", "fast"])}]
        )
        record |= draw.choice(
            [{}, {"endpoint": draw.choice(["answer", "/v1/x", ""])}, {"code.function.name": "label", "code.line.number": 15}]
        )
        record |= draw.choice([{"id": f"r{draw.randrange(10**9)}"}, {"id": f"d{draw.randrange(30)}"}, {"api_key": "k1"}])
        if draw.random() < 0.1:
            del record["end_time"]
            record |= draw.choice([{}, {"duration_ms": 900}, {"latency": 1.25}])
        found.append(odd(draw, record) if draw.random() < 0.15 else record)
    return found


def spend(seed: int, count: int = 300) -> list[Any]:
    """Random rows of LiteLLM's table."""
    draw = random.Random(seed)
    found: list[Any] = []
    for number in range(count):
        start = START + number * draw.choice([0.2, 2.0, 100.0])
        usage = draw.choice([{}, {"cache_read_input_tokens": 50, "cache_creation_input_tokens": draw.choice([0, 500])}])
        record = {
            "request_id": f"r{draw.randrange(250)}",
            "call_type": draw.choice(["acompletion"] * 12 + ["aembedding"]),
            "spend": draw.choice([0.0, 0.001234, 5e-06]),
            "prompt_tokens": draw.randrange(400),
            "completion_tokens": draw.choice([3, 60, 500] * 5 + ["7"]),
            "startTime": draw.choice(
                [start, start * 1000, f"2026-11-18T10:11:12.{number:06}Z", f"2026-11-18 10:11:{number % 60:02}.{number:03}"]
            ),
            "endTime": start + 1,
            "model": draw.choice(MODELS[:4]),
            "model_group": draw.choice(["fast", ""]),
            "request_tags": draw.choice(
                [[], ["User-Agent: x", "support"], ["User-Agent: y"], ["a"], ["a", "b"], None] * 5
                + ['["c"]', ['d"e'], ["Über", 1], "x"]
            ),
            "metadata": draw.choice(
                [{"usage_object": usage}, {"additional_usage_values": usage}, {}, json.dumps({"usage_object": usage})]
            ),
            "messages": draw.choice([{}] * 12 + [[{"role": "user", "content": "x"}]]),
            "cache_hit": draw.choice(["False"] * 12 + ["True"]),
            "status": draw.choice(["success"] * 12 + ["failure"]),
            "api_key": "hash",
        }
        found.append(record)
    return found


def written(path: Path, records: list[Any], damage: int | None = None) -> str:
    lines = [json.dumps(record) + "\n" for record in records]
    if damage is not None:
        draw = random.Random(damage)
        for number in draw.sample(range(len(lines)), 5):
            lines[number] = draw.choice(
                ["{broken\n", "\n", '{"a": NaN}\n', lines[number][:50] + "\n", '{"a": "\x01"}\n', "null\n", "   \n"]
            )
        lines[-1] = lines[-1].rstrip("\n")[:40]
    data = "".join(lines).encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return str(path)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Site]:
    folder = tmp_path_factory.mktemp("source")
    (folder / "app.py").write_text(PROGRAM)
    return _sites([str(folder)], settings_resolver({}, True, ()))[0]


def figures(paths: list[str], sites: list[Site] | None, *, by_duckdb: bool) -> dict[str, Any]:
    if by_duckdb:
        _, made = audit_by_duckdb(paths, sites, is_replayed=False, progress=Progress())
        assert made is not None
    else:
        made = audit(read(paths), sites)
    found = document(made)
    for source in found["sources"]:
        # Lanes do not know the line of a record that an adapter found damaged.
        source["faults"] = len(source["faults"])
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("is_joined", [False, True], ids=["without source", "with source"])
def test_both_engines_agree(tmp_path: Path, sites: list[Site], seed: int, is_joined: bool) -> None:
    paths = [
        written(tmp_path / "a.jsonl", exchanges(seed), seed),
        written(tmp_path / "b.jsonl.gz", exchanges(seed + 100, 60)),
        written(tmp_path / "c.jsonl", spend(seed)),
    ]
    known = sites if is_joined else None
    mine, theirs = (figures(paths, known, by_duckdb=by_duckdb) for by_duckdb in (True, False))
    for name, value in theirs.items():
        assert mine[name] == value, name


@pytest.mark.parametrize("make", [exchanges, spend])
def test_lanes_take_most_lines_and_give_what_adapters_give(tmp_path: Path, make: Any) -> None:
    path = written(tmp_path / "log.jsonl", make(7))
    store = Store(Join(()))
    slow = Loading._slow
    texts: list[Any] = []

    def counted(loading: Loading, *others: Any) -> Any:
        for place, record in slow(loading, *others):
            texts.append(record)
            yield place, record

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loading, "_slow", counted)
        loading = read([path], Loading(store=store, progress=Progress()))
    assert 0 < len(texts) < loading.sources[0].rows
    store.flush()
    columns = "start, stop, model, input, read, write_5m, write_1h, output, endpoint, key, max_tokens, prefix, prefix_tokens"
    mine = store.execute(f"SELECT {columns} FROM rows ORDER BY ALL").fetchall()
    store.execute("DELETE FROM rows")
    for row in (every := EveryRow(str(path))).rows:
        store.add(0, "x", row)
    store.flush()
    assert every.rows
    assert mine == store.execute(f"SELECT {columns} FROM rows ORDER BY ALL").fetchall()
    store.close()


@pytest.mark.parametrize("make", [exchanges, spend])
@pytest.mark.parametrize("damage", [None, 3], ids=["whole", "damaged"])
def test_names_that_a_sample_lacks_are_found_later(
    tmp_path: Path, make: Any, damage: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmlint.audit.duck.loading._SAMPLE", 20)
    path = written(tmp_path / "log.jsonl", make(11), damage)
    assert figures([path], None, by_duckdb=True) == figures([path], None, by_duckdb=False)


def test_lines_that_differ_when_they_are_read_again_are_left_to_adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "log.jsonl", exchanges(5))
    theirs = figures([path], None, by_duckdb=False)
    monkeypatch.setattr("llmlint.audit.duck.loading.left_out", lambda *_: "SELECT CAST(NULL AS JSON) AS json WHERE false")
    assert figures([path], None, by_duckdb=True) == theirs


def test_conversations_that_a_sample_lacks_are_found_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmlint.audit.duck.loading._SAMPLE", 1_000)
    records = [exchange(START + number * 60, f"question {number}", system=RULES) for number in range(40)]
    history = [*records[20]["request"]["messages"], {"role": "assistant", "content": "yes"}, {"role": "user", "content": "and?"}]
    later = exchange(START + 5_000, "", system=RULES)
    later["request"]["messages"] = history
    path = written(tmp_path / "a.jsonl", [*records[:25], later, *records[25:]])
    others = written(tmp_path / "b.jsonl", [exchange(START + 9_000, "alone", system=RULES)])
    mine = figures([path, others], None, by_duckdb=True)
    assert mine == figures([path, others], None, by_duckdb=False)
    assert {bucket["bucket"]: bucket["calls"] for bucket in mine["buckets"]}["user chat turns"] == 2


def test_names_with_escaped_letters_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    record = exchange(START, "x")
    lines = [json.dumps(record | {"id": "one"}), json.dumps(record | {"id": "two", "cost": 7}).replace('"cost"', r'"c\u006fst"')]
    path.write_text("\n".join(lines))
    assert figures([str(path)], None, by_duckdb=True) == figures([str(path)], None, by_duckdb=False)
    assert Decimal(figures([str(path)], None, by_duckdb=True)["cost"]) > 7


def test_damaged_records_are_named_by_their_numbers(tmp_path: Path) -> None:
    good, bad = exchange(START, "x"), exchange(START, "y", input="lots")
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join([json.dumps(good), json.dumps(bad), "{broken", json.dumps(good)[:-9]]))
    reading, _ = audit_by_duckdb([str(path)], None, is_replayed=False, progress=Progress())
    (source,) = reading.sources
    assert (source.rows, source.damaged) == (1, 3)
    assert sorted(source.faults) == [
        "line 3: not JSON",
        "line 4, where the file is cut off: not JSON",
        "record 2: 'lots' is not a count",
    ]


class EveryRow:
    """All rows of a file by the adapters, also those that are repeated."""

    def __init__(self, path: str) -> None:
        from llmlint.audit.reading import Reading

        class All(Reading):
            def add(self, source: Any, format: Any, row: Any) -> None:
                self.rows.append(row)

        self.rows = read([path], All()).rows


@pytest.mark.parametrize("end", ["]", "", ",5]", "] x"], ids=["whole", "cut off", "a number", "more behind"])
def test_lists_are_read_element_by_element(tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.json"
    path.write_text("[" + ",\n ".join(json.dumps(record) for record in exchanges(4, 60)) + end)
    if end in ("", "] x"):
        store = Store(Join(()))
        assert [error.path for error in read([str(path)], Loading(store=store, progress=Progress())).errors] == [str(path)]
        store.flush()
        assert store.value("SELECT count(*) FROM rows") == 0
        store.close()
        return
    theirs = figures([str(path)], None, by_duckdb=False)
    monkeypatch.setattr("llmlint.audit.duck.loading.read_file", None)
    mine = figures([str(path)], None, by_duckdb=True)
    assert mine == theirs


def test_large_inputs_go_to_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "log.jsonl", exchanges(1, 50))
    used: list[str] = []
    monkeypatch.setattr("llmlint.audit.duck.run.audit_by_duckdb", lambda paths, *_, **__: (used.append(paths[0]), None))
    assert engine.audited([path], None).audit is not None
    monkeypatch.setattr(engine, "_LARGE", 1_000)
    engine.audited([str(tmp_path)], None)
    assert used == [str(tmp_path)]


def test_counts_too_large_for_duckdb_are_left_to_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LARGE", 1)
    path = written(tmp_path / "log.jsonl", [exchange(START, "x", input=10**17)])
    found = engine.audited([path], None).audit
    assert found is not None
    assert found.tokens.input == 10**17


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("llmlint.audit.progress._SECONDS", 0.01)
    with Progress() as progress:
        progress.say("reading")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with Progress() as progress:
        progress.say("reading", lambda: 40.0)
        assert progress._thread is not None
        while "reading 40 %" not in (shown := capsys.readouterr().err):
            assert "\n" not in shown
    assert capsys.readouterr().err.endswith("\x1b[K")


def mutated(draw: random.Random, data: bytes) -> bytes:
    """Bytes of an export with damage of one kind."""
    place, length = draw.randrange(len(data)), draw.randrange(1, 60)
    kind = draw.randrange(8)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + draw.randbytes(length) + data[place:]
    if kind == 2:
        return data[:place] + data[place + length :]
    if kind == 3:
        return data.replace(b'"', b"'", draw.randrange(50))
    if kind == 4:
        return data[:place] + b"\x00" * length + data[place:]
    if kind == 5:
        return data + b'{"long": "' + b"x" * 40_000_000 + b'"}\n'
    if kind == 6:
        lines = data.splitlines(keepends=True)
        return b"".join(draw.sample(lines, len(lines))) + b'a,b\n1,2\n<html>\n{"usage_date_utc": 5}\n'
    return data.replace(b": 2", b': [{"a": null}]', draw.randrange(1, 9))


@pytest.mark.parametrize("seed", range(16))
def test_damaged_files_cost_their_damaged_lines_in_both_engines(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    records = (exchanges if seed % 2 else spend)(seed, 40)
    data = mutated(draw, "".join(json.dumps(record) + "\n" for record in records).encode())
    if seed % 3 == 0:
        data = gzip.compress(data)
        data = data[: len(data) - draw.randrange(0, 30)]
    (tmp_path / "logs" / "inner").mkdir(parents=True)
    (tmp_path / "logs" / "inner" / "a.jsonl").write_bytes(data)
    (tmp_path / "logs" / "b.jsonl").write_text("".join(json.dumps(record) + "\n" for record in exchanges(seed, 10)))
    mine, theirs = (figures([str(tmp_path / "logs")], None, by_duckdb=by_duckdb) for by_duckdb in (True, False))
    for found in (mine, theirs):
        for source in found["sources"]:
            source["faults"] = bool(source["faults"])
    for name, value in theirs.items():
        assert mine[name] == value, name
