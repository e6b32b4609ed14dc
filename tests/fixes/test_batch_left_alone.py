"""Programs that a batch would change in more than price and time: they get no fix."""

from __future__ import annotations

import pytest

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.unused_suppression import known_rules

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
        try:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        except Exception:
            continue
        out.append(r.content[0].text)
    return out
""",
        id="try per item",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    try:
        for x in xs:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            out.append(r.content[0].text)
    except anthropic.APIError as e:
        print(e)
    return out
""",
        id="try around loop",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
        time.sleep(1)
    return out
""",
        id="sleep",
    ),
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
    out = []
    for x in xs:
        print("asking", x)
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out
""",
        id="print before",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=req(x), timeout=30)
        out.append(r.content[0].text)
    return out
""",
        id="timeout",
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
    return [client.messages.with_raw_response.create(model=M, max_tokens=9, messages=req(x)).text for x in xs]
""",
        id="raw response",
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
    return [
        client.beta.messages.create(model=M, max_tokens=9, messages=req(x), betas=["a"]).content[0].text for x in xs
    ]
""",
        id="beta",
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
    cache = {}
    for x in xs:
        if x in cache:
            continue
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        cache[x] = r.content[0].text
    return cache
""",
        id="cache by item",
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
    for xs in groups:
        for x in xs:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            out.append(r.content[0].text)
        print("group done")
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
    for file in files:
        print(f(open(file).read().split()))
""",
        id="called in loop",
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
def take(log, x):
    log.append(x)
    return str(len(log))


def f(xs):
    log, out = [], []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": take(log, x)}])
        out.append(r.content[0].text)
        log.append("-")
    return out
""",
        id="side effect in argument",
    ),
    pytest.param(
        """\
def f(xs):
    messages, out = [{"role": "user", "content": ""}], []
    for x in xs:
        messages[0]["content"] = x
        r = client.messages.create(model=M, max_tokens=9, messages=messages)
        out.append(r.content[0].text)
    return out
""",
        id="shared list",
    ),
    pytest.param(
        """\
BASE = [{"role": "user", "content": ""}]


def f(xs):
    out = []
    for x in xs:
        messages = BASE.copy()
        messages[0]["content"] = x
        r = client.messages.create(model=M, max_tokens=9, messages=messages)
        out.append(r.content[0].text)
    return out
""",
        id="shallow copy",
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
from tenacity import retry


@retry
def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    return [ask(x) for x in xs]
""",
        id="retry decorator",
    ),
    pytest.param(
        """\
def ask(x):
    try:
        r = client.messages.create(model=M, max_tokens=9, messages=req(x))
        return r.content[0].text
    except Exception:
        return None


def f(xs):
    return [ask(x) for x in xs]
""",
        id="wrapper with try",
    ),
    pytest.param(
        """\
def ask(x):
    if not x:
        return ""
    r = client.messages.create(model=M, max_tokens=9, messages=req(x))
    return r.content[0].text


def f(xs):
    return [ask(x) for x in xs]
""",
        id="wrapper returns early",
    ),
    pytest.param(
        """\
def ask(x):
    print("asking", x)
    r = client.messages.create(model=M, max_tokens=9, messages=req(x))
    return r.content[0].text


def f(xs):
    return [ask(x) for x in xs]
""",
        id="wrapper prints",
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
def ask(x, **kwargs):
    r = client.messages.create(model=M, max_tokens=9, messages=req(x), **kwargs)
    return r.content[0].text


def f(xs):
    return [ask(x, temperature=1) for x in xs]
""",
        id="wrapper kwargs",
    ),
    pytest.param(
        """\
import asyncio


async def f(xs):
    return await asyncio.gather(
        *[aclient.messages.create(model=M, max_tokens=9, messages=req(x)) for x in xs], return_exceptions=True
    )
""",
        id="gather exceptions",
    ),
    pytest.param(
        """\
import asyncio


async def f(xs):
    tasks = [aclient.messages.create(model=M, max_tokens=9, messages=req(x)) for x in xs]
    for t in asyncio.as_completed(tasks):
        print(await t)
""",
        id="as_completed",
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
from concurrent.futures import ThreadPoolExecutor, as_completed


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPoolExecutor(4) as pool:
        futures = {pool.submit(ask, x): x for x in xs}
        return {futures[f]: f.result() for f in as_completed(futures)}
""",
        id="futures as_completed",
    ),
    pytest.param(
        """\
from concurrent.futures import ThreadPoolExecutor


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    out = []
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(ask, x) for x in xs]
        for future in futures:
            try:
                out.append(future.result())
            except Exception as e:
                out.append(str(e))
    return out
""",
        id="future try",
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
from concurrent.futures import ThreadPoolExecutor


def ask(x):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs):
    with ThreadPoolExecutor(4) as pool:
        a = list(pool.map(ask, xs))
        b = list(pool.map(len, a))
    return b
""",
        id="pool used twice",
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
    return [client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text if x else "" for x in xs]
""",
        id="conditional",
    ),
    pytest.param(
        """\
def f(xs, known):
    return [known.get(x) or client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text for x in xs]
""",
        id="short circuit",
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
def f(xs):
    out = []
    for x in xs:
        if x:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            out.append(r.content[0].text)
        else:
            out.append("")
    return out
""",
        id="else branch",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        text = ""
        if x:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            text = r.content[0].text
        out.append(text)
    return out
""",
        id="after if",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        if not x:
            out.append(None)
            continue
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out
""",
        id="skip with append",
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
from anthropic import NOT_GIVEN


def f(xs, system=NOT_GIVEN):
    return [client.messages.create(model=M, max_tokens=9, messages=req(x), system=system).content[0].text for x in xs]
""",
        id="not given",
    ),
    pytest.param(
        """\
from tqdm import tqdm


def f(xs):
    out = []
    for x in tqdm(xs):
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out
""",
        id="tqdm",
    ),
    pytest.param(
        """\
def f(xs, s):
    return [client.messages.create(model=M, max_tokens=9, messages=req(x), stream=s) for x in xs]
""",
        id="stream param",
    ),
    pytest.param(
        """\
def f(xs):
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out


time = 3
""",
        id="time module shadowed",
    ),
    pytest.param(
        """\
def run_batches():
    pass


def f(xs):
    return [
        client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}]).content[0].text
        for x in xs
    ]
""",
        id="name taken",
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
        try:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        finally:
            out.append(x)
    return out
""",
        id="finally",
    ),
    pytest.param(
        """\
def f(xs):
    for x in xs:
        with open(x + ".out", "w") as file:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            file.write(r.content[0].text)
""",
        id="with inside",
    ),
    pytest.param(
        """\
def f(db, ids):
    out = []
    for i in ids:
        x = db.next_prompt(i)
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        db.store(i, r.content[0].text)
        out.append(r)
    return out
""",
        id="db argument",
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
    out = []
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=(m := req(x)))
        out.append((m, r.content[0].text))
    return out
""",
        id="walrus",
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
params = {"model": M, "max_tokens": 9}


def f(xs):
    out = []
    for x in xs:
        params["messages"] = req(x)
        r = client.messages.create(**params)
        out.append(r.content[0].text)
    return out
""",
        id="dict aliased",
    ),
    pytest.param(
        """\
def f(xs, bar):
    for x in xs:
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        print(r.content[0].text)
        bar.update(1)
""",
        id="bar moved by hand",
    ),
    pytest.param(
        """\
def ask(x, depth=0):
    r = client.messages.create(model=M, max_tokens=9, messages=req(x))
    if r.stop_reason == "max_tokens" and depth < 3:
        return ask(x[:9], depth + 1)
    return r.content[0].text


def f(xs):
    return [ask(x) for x in xs]
""",
        id="recursion",
    ),
    pytest.param(
        """\
class Base:
    def f(self, xs):
        return [self.ask(x) for x in xs]


class Own(Base):
    def ask(self, x):
        return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text
""",
        id="method of a subclass",
    ),
    pytest.param(
        """\
class Base:
    def ask(self, x):
        return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text

    def f(self, xs):
        return [self.ask(x) for x in xs]


class Own(Base):
    def ask(self, x):
        return ""
""",
        id="overridden method",
    ),
    pytest.param(
        """\
import functools


@functools.cache
def f(path):
    out = []
    for x in open(path):
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
        out.append(r.content[0].text)
    return out
""",
        id="cached function",
    ),
    pytest.param(
        """\
def ask(x, note):
    return client.messages.create(model=M, max_tokens=9, messages=req(x)).content[0].text


def f(xs, log):
    return [ask(x, log.write(x)) for x in xs]
""",
        id="dropped argument with an effect",
    ),
    pytest.param(
        """\
def ask(x):
    r = client.messages.create(model=M, max_tokens=9, messages=req(x))
    text = r.content[0].text
    return x, text


def f(xs):
    return [ask(x.pop()) for x in xs]
""",
        id="argument needed twice",
    ),
    pytest.param(
        """\
def ask(x):
    prompt = req(x)
    r = client.messages.create(model=M, max_tokens=9, messages=prompt)
    return prompt, r.content[0].text


def f(xs):
    return [ask(x) for x in xs]
""",
        id="names of the request are read with the answer",
    ),
    pytest.param(
        """\
def f(jobs):
    out = []
    for job in jobs:
        c = Anthropic(api_key=job["key"])
        r = c.messages.create(model=M, max_tokens=9, messages=req(job))
        out.append(r.content[0].text)
    return out
""",
        id="client of the item",
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
def f(xs, **kwargs):
    return [client.messages.create(model=M, max_tokens=9, **kwargs).content[0].text for x in xs]
""",
        id="no messages",
    ),
    pytest.param(
        """\
import contextlib


def f(xs):
    out = []
    with contextlib.suppress(anthropic.APIError):
        for x in xs:
            r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
            out.append(r.content[0].text)
    return out
""",
        id="suppressed errors",
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
        r = client.messages.create(model=M, max_tokens=9, messages=[{"role": "user", "content": x}])
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
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_batch_would_change_gets_no_fix(program: str) -> None:
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"], "min-confidence": "low"}, True, known=known_rules())
    run = Run.of_bytes("app.py", (PRELUDE + program).encode(), settings, known_rules())
    lint = run.lint()
    assert not lint.errors
    assert [finding.code for finding in lint.findings if finding.fix] == []


def test_the_plain_loop_gets_one() -> None:
    program = "def f(xs):\n    return [client.messages.create(model=M, max_tokens=9, messages=req(x)) for x in xs]\n"
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (PRELUDE + program).encode(), settings, known_rules()).lint()
    assert [finding.code for finding in lint.findings if finding.fix] == ["LLM301"]
