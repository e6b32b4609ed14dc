"""What a concurrent fan-out finds in the cache: how many calls start at once, and whether one was made before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]


HEAD = """
import asyncio
from concurrent.futures import ThreadPoolExecutor
import anthropic
client = anthropic.AsyncAnthropic()
async def ask(x):
    return await client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": x}])
"""
CASES = {
    "all at once": ("async def run(xs):\n    await asyncio.gather(*(ask(x) for x in xs))", False, False),
    "one before": (
        "async def run(xs):\n    await ask(xs[0])\n    await asyncio.gather(*(ask(x) for x in xs[1:]))",
        False,
        True,
    ),
    "one behind": ("async def run(xs):\n    await asyncio.gather(*(ask(x) for x in xs))\n    await ask(xs[0])", False, False),
    "warmed by a helper": (
        "async def warm():\n    await client.messages.create(model='m', max_tokens=0, messages=[])\n"
        "async def run(xs):\n    await warm()\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        True,
    ),
    "warmed by a method of a name of its own": (
        "create = client.messages.create\n"
        "async def run(xs):\n    await create(messages=[])\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        True,
    ),
    "warmed by what another SDK calls it": (
        "async def run(xs):\n    await chain.ainvoke(xs[0])\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        True,
    ),
    "some other method before": (
        "async def run(xs):\n    await table.create(rows=xs)\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        False,
    ),
    "semaphore by its class": (
        "gate = asyncio.Semaphore(3)\nasync def one(x):\n    async with gate:\n        return await ask(x)\n"
        "async def run(xs):\n    await asyncio.gather(*(one(x) for x in xs))",
        True,
        False,
    ),
    "semaphore by its name": (
        "async def one(x, semaphore):\n    async with semaphore:\n        return await ask(x)\n"
        "async def run(xs, semaphore):\n    await asyncio.gather(*(one(x, semaphore) for x in xs))",
        True,
        False,
    ),
    "some other with block": (
        "async def one(x, span):\n    async with span:\n        return await ask(x)\n"
        "async def run(xs, span):\n    await asyncio.gather(*(one(x, span) for x in xs))",
        False,
        False,
    ),
}


@pytest.mark.parametrize(("code", "is_bounded", "is_warmed"), CASES.values(), ids=CASES)
def test_concurrent_fan_out(link: Link, code: str, is_bounded: bool, is_warmed: bool) -> None:
    site = next(site for site in link(HEAD + code).sites if site.fan_out is not None)
    assert site.fan_out is not None
    assert site.fan_out.is_concurrent
    assert (site.fan_out.is_bounded, site.fan_out.is_warmed) == (is_bounded, is_warmed)


def test_a_pool_has_few_workers(link: Link) -> None:
    code = """
import anthropic
from concurrent.futures import ThreadPoolExecutor
client = anthropic.Anthropic()
def ask(x):
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": x}])
def run(xs):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(ask, xs))
"""
    fan_out = link(code).site.fan_out
    assert fan_out is not None
    assert fan_out.is_bounded
