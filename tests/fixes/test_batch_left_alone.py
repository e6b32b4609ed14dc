"""Programs that a batch would change in more than price and time: they get no fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

PRELUDE = """\
import time, json, os, random, datetime
import anthropic
from anthropic import Anthropic, AsyncAnthropic
client = Anthropic()
aclient = AsyncAnthropic()
M = "claude-haiku-5-5"


def req(x):
    return [{"role": "user", "content": str(x)}]


"""

PROGRAMS = [
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
        if len(out) > 50:
            break
    return out
""",
        id="break",
    ),
    pytest.param(
        """\
def f(xs):
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        yield r.content[0].text
""",
        id="yield",
    ),
    pytest.param(
        """\
def f(xs):
    return [
        client.messages.create(model=M, max_tokens=9, messages=req(x), extra_headers={"a": "b"}).content[0].text
        for x in xs
    ]
""",
        id="extra headers",
    ),
    pytest.param(
        """\
def f(xs):
    return [
        client.with_options(timeout=3).messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
        for x in xs
    ]
""",
        id="with options",
    ),
    pytest.param(
        """\
def f(xs):
    return [client.messages.create(model=M, max_tokens=9, messages=req(x), speed="fast").content[0].text for x in xs]
""",
        id="speed",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    else:
        print("done")
    return out
""",
        id="for else",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        start = time.time()
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append((r.content[0].text, time.time() - start))
    return out
""",
        id="clock",
    ),
    pytest.param(
        """\
def f(groups):
    out = []
    summary = ""
    for xs in groups:
        for x in xs:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": summary + x}])
            out.append(r.content[0].text)
        summary = out[-1]
    return out
""",
        id="outer loop",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out


def g(files):
    last = ""
    for file in files:
        last = f([last, file])[-1]
    return last
""",
        id="called in loop",
    ),
    pytest.param(
        """\
def f(limit):
    done = 0
    for x in open("rows.txt").readlines()[:limit]:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        print(r.content[0].text)
        done += 1
    return done


def g():
    while True:
        if f(50) < 50:
            break
""",
        id="page by page",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        try:
            out.append(client.messages.create(model=M, max_tokens=9, messages=req(x)))
        except Exception as error:
            out.append((x, error))
    return out
""",
        id="exceptions among results",
    ),
    pytest.param(
        """\
import matplotlib.pyplot as plt


def chart(x, text):
    plt.title(text)
    plt.savefig(f"{x}.png")


def f(xs):
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=req(x))
        chart(x, r.content[0].text)
""",
        id="draws with pyplot",
    ),
    pytest.param(
        """\
\"\"\"Job for Cloud Run.\"\"\"


def f(xs):
    for x in xs:
        print(client.messages.create(model=M, max_tokens=9, messages=req(x)))
""",
        id="on a rented machine",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
        if "more" in r.content[0].text:
            xs.append("again")
    return out
""",
        id="queue grows",
    ),
    pytest.param(
        """\
def f(xs, base):
    out = []
    for x in xs:
        messages = base
        messages.append({"role": "user", "content": x})
        r = client.messages.create(model=M, max_tokens=9, messages=messages)
        out.append(r.content[0].text)
        messages.pop()
    return out
""",
        id="alias",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    total = 0
    for x in xs:
        r = client.messages.create(
            model=M, max_tokens=9, messages=[{"role": "user", "content": f"{total} so far: {x}"}]
        )
        total += r.usage.output_tokens
        out.append(r.content[0].text)
    return out
""",
        id="counter in prompt",
    ),
    pytest.param(
        """\
def f(xs, rng):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": rng.choice(x)}])
        out.append(rng.choice(r.content[0].text))
    return out
""",
        id="random state",
    ),
    pytest.param(
        """\
class A:
    def __init__(self):
        self.client = Anthropic()
        self.hint = ""

    def run(self, xs):
        out = []
        for x in xs:
            r = self.client.messages.create(
                model=M, max_tokens=9, messages=[{"role": "user", "content": self.hint + x}]
            )
            self.learn(r)
            out.append(r.content[0].text)
        return out

    def learn(self, r):
        self.hint = r.content[0].text
""",
        id="self state",
    ),
    pytest.param(
        """\
def ask(x):
    start = time.time()
    r = client.messages.create(model=M, max_tokens=9, messages=req(x))
    return r.content[0].text, time.time() - start


def f(xs):
    return [ask(x) for x in xs]
""",
        id="wrapper times",
    ),
    pytest.param(
        """\
import asyncio


async def f(xs):
    return await asyncio.gather(
        *[asyncio.wait_for(aclient.messages.create(model=M, max_tokens=9, messages=req(x)), 10) for x in xs]
    )
""",
        id="wait_for",
    ),
    pytest.param(
        """\
from concurrent.futures import ThreadPoolExecutor


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(ask, x) for x in xs]
        return [future.result(timeout=10) for future in futures]
""",
        id="future timeout",
    ),
    pytest.param(
        """\
from concurrent.futures import ThreadPoolExecutor


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(ask, xs, timeout=60))
""",
        id="map timeout",
    ),
    pytest.param(
        """\
from multiprocessing.pool import ThreadPool


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPool(4) as pool:
        return list(pool.imap_unordered(ask, xs))
""",
        id="ThreadPool unordered",
    ),
    pytest.param(
        """\
from multiprocessing.pool import ThreadPool


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPool(4) as pool:
        return pool.map(ask, xs, 4)
""",
        id="ThreadPool in chunks",
    ),
    pytest.param(
        """\
from multiprocessing.pool import ThreadPool


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPool(4) as pool:
        answers = pool.map(ask, xs)
        pool.apply(print, answers)
    return answers
""",
        id="ThreadPool used otherwise",
    ),
    pytest.param(
        """\
from multiprocessing.pool import ThreadPool


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPool(4) as pool:
        answers = pool.imap(ask, xs)
        return [answers.next(timeout=10) for _ in xs]
""",
        id="ThreadPool time-out",
    ),
    pytest.param(
        """\
def f(xs):
    return (client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text for x in xs)
""",
        id="lazy generator",
    ),
    pytest.param(
        """\
def f(xs):
    return [x for x in xs if "yes" in client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text]
""",
        id="filter on answer",
    ),
    pytest.param(
        """\
from anthropic import AnthropicBedrock


def f(xs, c):
    out = []
    for x in xs:
        r = c.messages.create(model=M, max_tokens=9, messages=req(x))
        out.append(r.content[0].text)
    return out
""",
        id="bedrock unknown client",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        if not x:
            continue
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out, x
""",
        id="used after with filter",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        print(r.content[0].text)
        out.append(input("ok? "))
    return out
""",
        id="input",
    ),
    pytest.param(
        """\
def f(xs):
    n = 0

    def g():
        nonlocal n
        for x in xs:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            nonlocal_total = n
            n += r.usage.input_tokens
            print(n)
            if n > 5:
                return

    g()
""",
        id="nonlocal",
    ),
    pytest.param(
        """\
def f(xs):
    for text in (
        client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}]).content[0].text
        for x in xs
    ):
        if "yes" in text:
            return text
""",
        id="generator of one item at a time",
    ),
    pytest.param(
        """\
def f(xs):
    return any(
        "yes"
        in client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}]).content[0].text
        for x in xs
    )
""",
        id="any stops early",
    ),
    pytest.param(
        """\
def f(consumer):
    for x in consumer:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        print(r.content[0].text)
""",
        id="endless items",
    ),
    pytest.param(
        """\
import itertools


def f(out):
    for x in itertools.count():
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
""",
        id="counts without end",
    ),
    pytest.param(
        """\
async def f(xs):
    out = []
    for x in xs:
        await x.load()
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x.text}])
        out.append(r.content[0].text)
    return out
""",
        id="sync client in an async function",
    ),
    pytest.param(
        """\
hint = ["a"]


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(hint[0] + x)).content[0].text


for text in map(ask, "abcdef"):
    hint[0] = text
""",
        id="map over a request that the loop changes",
    ),
    pytest.param(
        """\
class Agent:
    def __init__(self):
        self.client = Anthropic()
        self.messages = []

    def ask(self, x):
        self.messages = req(x)
        r = self.client.messages.create(model=M, max_tokens=9, messages=self.messages)
        self.messages.append({"role": "assistant", "content": r.content[0].text})
        return self.messages


def f(agent: Agent, xs):
    return [agent.ask(x) for x in xs]
""",
        id="state from ahead of the call until behind it",
    ),
    pytest.param(
        """\
import sqlite3


def f(path):
    db = sqlite3.connect(path)
    for (x,) in db.execute("select text from pages"):
        r = client.messages.create(model=M, max_tokens=9, messages=req(x))
        db.execute("insert into labels values (?)", (r.content[0].text,))
""",
        id="connection of one thread",
    ),
    pytest.param(
        """\
import os, sqlite3


def f(path):
    db = sqlite3.connect(os.path.abspath(path))
    for (x,) in db.execute("select text from pages"):
        r = client.messages.create(model=M, max_tokens=9, messages=req(x))
        db.execute("insert into labels values (?)", (r.content[0].text,))
""",
        id="connection of one thread, imported behind another module",
    ),
    pytest.param(
        """\
from threading import local

own = local()


def f(xs):
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=req(x))
        own.last = r.content[0].text
        print(own.last)
""",
        id="attributes of one thread",
    ),
    pytest.param(
        """\
def f(xs, counts):
    for x in xs:
        counts["all"] += len(client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text)
    return counts
""",
        id="sum is read ahead of the call",
    ),
    pytest.param(
        """\
import sys


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs, path):
    for x in xs:
        try:
            answer = ask(x)
        except Exception:
            sys.exit(1)
        print(answer, file=path)
""",
        id="exit in an except handler",
    ),
    pytest.param(
        """\
def f(xs, path):
    for x in xs:
        answer = client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
        if "STOP" in answer:
            raise SystemExit("stopped")
        print(answer, file=path)
""",
        id="SystemExit is raised",
    ),
    pytest.param(
        """\
def fail(message):
    print(message)
    if message:
        os._exit(2)
    else:
        quit()


def f(xs, path):
    for x in xs:
        answer = client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
        if not answer:
            fail(x)
        print(answer, file=path)
""",
        id="a helper always exits",
    ),
    pytest.param(
        """\
import sys


def ask(x):
    try:
        return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
    except Exception as error:
        print(error)
        sys.exit(1)


def f(xs):
    return [ask(x) for x in xs]
""",
        id="the function of the call exits on an error",
    ),
    pytest.param(
        """\
import sys


def ask(x):
    answer = client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
    if not answer:
        sys.exit(1)
    return answer


def f(xs):
    for x in xs:
        ask(x)
""",
        id="the function of the call exits behind it",
    ),
    pytest.param(
        """\
from concurrent.futures import ThreadPoolExecutor


def f(systems, xs):
    for system in systems:
        def one(x):
            return client.messages.create(model=M, max_tokens=9, system=system, messages=req(x)).content[0].text
        with ThreadPoolExecutor(max_workers=8) as pool:
            print(system, list(pool.map(one, xs)))
""",
        id="a pool in a loop",
    ),
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_batch_would_change_gets_no_fix(program: str) -> None:
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"], "min-confidence": "low"}, True, known=known_rules())
    run = Run.of_bytes("app.py", (PRELUDE + program).encode(), settings, known_rules())
    lint = run.lint()
    assert not lint.errors
    assert [finding.code for finding in lint.findings if finding.fix] == []


def test_a_chart_of_all_results_draws_in_the_main_thread() -> None:
    program = """\
import matplotlib.pyplot as plt


def chart(sizes):
    plt.plot(sizes)
    plt.show()


def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=req(x))
        out.append(len(r.content[0].text))
    chart(out)
"""
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (PRELUDE + program).encode(), settings, known_rules()).lint()
    assert [finding.code for finding in lint.findings if finding.fix] == ["LLM301"]


def test_the_plain_loop_gets_one() -> None:
    program = "def f(xs):\n    return [client.messages.create(model=M, max_tokens=9, messages=req(x)) for x in xs]\n"
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (PRELUDE + program).encode(), settings, known_rules()).lint()
    assert [finding.code for finding in lint.findings if finding.fix] == ["LLM301"]


def test_a_helper_that_may_go_on_and_an_exit_ahead_of_all_calls_change_nothing() -> None:
    program = """\
import sys


def warn(answer):
    if answer:
        return
    sys.exit(1)


def key():
    if not os.environ.get("KEY"):
        return sys.exit(1)
    return 1


def ask(x):
    if not os.environ.get("KEY"):
        sys.exit(1)
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    key()
    for x in xs:
        answer = ask(x)
        warn(answer)
        print(answer)
"""
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (PRELUDE + program).encode(), settings, known_rules()).lint()
    assert [finding.code for finding in lint.findings if finding.fix] == ["LLM301"]


@pytest.mark.parametrize(
    ("statement", "call"),
    [("from helpers import die", "die(x)"), ("from helpers import die as fail", "fail(x)"), ("import helpers", "helpers.die(x)")],
)
@pytest.mark.parametrize(("body", "codes"), [("sys.exit(message)", []), ("print(message)", ["LLM301"])])
def test_a_helper_of_another_file_that_always_exits(
    statement: str, call: str, body: str, codes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"""\
{statement}


def f(xs, path):
    for x in xs:
        answer = client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
        if not answer:
            {call}
        print(answer, file=path)
"""
    (tmp_path / "app.py").write_text(PRELUDE + program, encoding="utf-8")
    (tmp_path / "helpers.py").write_text(f"import sys\n\n\ndef die(message):\n    {body}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    lint = Run.of_paths(["."], settings, known_rules()).lint()
    assert [finding.code for finding in lint.findings if finding.fix] == codes


_MAKEFILE = "MODE := all\n\ncheck:\n\truff check\n\ncollect: check\n\tbash scripts/run.sh\n\ndaily: collect\n"
_WORKFLOW = """\
on:
  schedule:
    - cron: "0 5 * * *"
jobs:
  collect:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - run: {}
"""
_SCRIPT = """
def f(xs):
    for x in xs:
        print(client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text, file=sys.stderr)


def main():
    f(open("items.txt"))


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("name", "command", "is_run"),
    [
        (".github/workflows/collect.yml", "python -m tools.collect", True),
        (".github/workflows/collect.yml", "uv run --frozen tools/collect.py --all", True),
        (".github/workflows/collect.yml", "poetry run python -u tools/collect.py", True),
        (".github/workflows/collect.yml", "cd tools && python collect.py", True),
        (".github/workflows/collect.yml", "collect-all --quick", True),
        (".github/workflows/collect.yml", "uv run collect-all", True),
        (".gitlab-ci.yml", "python tools/collect.py", True),
        (".github/workflows/collect.yml", "bash -e scripts/run.sh", True),
        (".github/workflows/collect.yml", "./scripts/run.sh --all", True),
        (".github/workflows/collect.yml", "make -j2 daily", True),
        (".github/workflows/collect.yml", "make check", False),
        (".github/workflows/collect.yml", "make", False),
        (".github/workflows/collect.yml", "bash scripts/other.sh", False),
        (".github/workflows/collect.yml", "python collect.py", False),
        (".github/workflows/collect.yml", "python -m pytest tests/test_collect.py", False),
        (".github/workflows/collect.yml", "ruff check tools/collect.py", False),
        (".github/workflows/collect.yml", "echo  # python tools/collect.py", False),
    ],
)
def test_a_workflow_that_runs_the_script_ends_it(
    name: str, command: str, is_run: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "collect.py").write_text(PRELUDE + _SCRIPT, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project.scripts]\ncollect-all = "tools.collect:main"\n', encoding="utf-8")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(_WORKFLOW.format(command), encoding="utf-8")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "run.sh").write_text("#!/bin/sh\npython tools/collect.py  # all\n", encoding="utf-8")
    (tmp_path / "scripts" / "other.sh").write_text("# python tools/collect.py\nls tools\n", encoding="utf-8")
    (tmp_path / "Makefile").write_text(_MAKEFILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = SettingsResolver(".", {"select": ["LLM301"]}, True, known=known_rules())
    [finding] = Run.of_paths(["."], settings, known_rules()).lint().findings
    assert (finding.fix is None) is is_run
    assert not is_run or name in finding.help
