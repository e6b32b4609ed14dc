"""Where a call is repeated: the loop, comprehension or runner around it or its callers, and who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.callsite import Request

Link = Callable[..., Any]

HEAD = """
import anthropic, asyncio
client = anthropic.Anthropic()
def ask(text, model="m"):
    return client.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": text}])
"""
ASK = "client.messages.create(model='m', max_tokens=9, messages=[{'role': 'user', 'content': x}])"
NONE = ""

# In the words of `show`.
CASES: dict[str, tuple[str, str]] = {
    "nothing around": ("ask('q')", NONE),
    "a loop": ("for x in xs:\n    ask(x)", "loop high"),
    "a loop around the call itself": (f"for x in xs:\n    {ASK}", "loop high"),
    "a comprehension": ("[ask(x) for x in xs]", "comprehension high"),
    "a loop two levels up": ("def up(x):\n    return ask(x)\nfor x in xs:\n    up(x)", "loop high"),
    "a loop around a loop over few": ("for x in xs:\n    for y in ('a', 'b'):\n        ask(x + y)", "loop high"),
    "a loop over few": ("for x in ('a', 'b'):\n    ask(x)", "loop 2 high"),
    "few in few": ("for x in ('a', 'b'):\n    for y in ('c', 'd'):\n        ask(x + y)", "loop 4 high"),
    "few in a function that a loop calls": (
        "def up(x):\n    for y in ('a', 'b'):\n        ask(x + y)\nfor x in xs:\n    up(x)",
        "loop high",
    ),
    "few in a function that is called once": ("def up(x):\n    for y in ('a', 'b'):\n        ask(x + y)\nup(z)", "loop 2 high"),
    "a retry in a loop": ("for x in xs:\n    for attempt in range(3):\n        ask(x)\n        break", "loop high"),
    "a second try in the handler of the first": (
        "for x in xs:\n    for attempt in range(3):\n        try:\n            work(x)\n        except E:\n            ask(x)",
        NONE,
    ),
    "a conversation in a loop": (
        "for x in xs:\n    last = ''\n    for y in x:\n        last = ask(y + last)",
        NONE,
    ),
    "asked again in a loop": (
        "for x in xs:\n    text = x\n    for n in range(3):\n        y = ask(text)\n        kept[x] = y\n        if good(y):\n            break\n"
        "        text = y",
        "loop high",
    ),
    "a loop in a conversation": (
        "last = []\nfor turn in turns:\n    new = []\n    for x in xs:\n        new.append(ask([x, last, turn]))\n    last = new",
        "loop low",
    ),
    "a loop in one that serves": ("while True:\n    for x in more():\n        ask(x)", "loop low waits"),
    "a loop that polls some calls above": (
        "def every():\n    for x in xs:\n        ask(x)\nwhile True:\n    every()\n    sleep(interval)",
        "loop high waits",
    ),
    "a loop above that waits for a day": (
        "def every():\n    for x in xs:\n        ask(x)\nwhile True:\n    every()\n    sleep(86400)",
        "loop high",
    ),
    "a loop above that ends with an interrupt": (
        "def every():\n    for x in xs:\n        ask(x)\nwhile True:\n    try:\n        every()\n        sleep(9)\n    except E:\n        break",
        "loop high waits",
    ),
    "a loop above that ends with its pages": (
        "def every():\n    for x in xs:\n        ask(x)\nwhile True:\n    every()\n    if not more():\n        break\n    sleep(9)",
        "loop high",
    ),
    "a loop above that ends behind a flag": (
        "def every():\n    for x in xs:\n        ask(x)\nwhile True:\n    every()\n    if stopped:\n        break\n    sleep(9)",
        "loop high waits",
    ),
    "a loop above until somebody stops it": (
        "def every():\n    for x in xs:\n        ask(x)\nwhile not stop.is_set():\n    every()\n    sleep(9)",
        "loop high waits",
    ),
    "a job of each hour": (
        "def every():\n    for x in xs:\n        ask(x)\nscheduler.add_job(every, 'interval', hours=1)",
        "loop high",
    ),
    "a job of some minutes": (
        "def every():\n    for x in xs:\n        ask(x)\nscheduler.add_job(every, 'interval', minutes=2)",
        "loop high waits",
    ),
    "a job of a crontab": ("@cron.crontab('*/5 * * * *')\ndef every():\n    for x in xs:\n        ask(x)", "loop high waits"),
    "a loop in one that has an end": ("while busy():\n    for x in more():\n        ask(x)", "loop high"),
    "several models": ("for m in ms:\n    ask('q', m)", NONE),
    "several models by keyword": ("for m in ms:\n    ask('q', model=m)", NONE),
    "several clients": ("for client in clients:\n    client.messages.create(model='m', max_tokens=9, messages=[])", NONE),
    "several models for each item": ("for x in xs:\n    for m in ms:\n        ask(x, m)", "loop high"),
    "gather": ("async def f():\n    await asyncio.gather(*[ask(x) for x in xs])", "gather high concurrent"),
    "gather of a list by name": (
        "async def f():\n    tasks = [ask(x) for x in xs]\n    await asyncio.gather(*tasks)",
        "gather high concurrent",
    ),
    "a list by name that is not gathered": (
        "async def f():\n    tasks = [ask(x) for x in xs]\n    log(*tasks)",
        "comprehension high",
    ),
    "gather of a list that a loop fills": (
        "async def f():\n    tasks = []\n    for x in xs:\n        tasks.append(ask(x))\n    await asyncio.gather(*tasks)",
        "gather high concurrent",
    ),
    "a list that a loop fills": (
        "async def f():\n    tasks = []\n    for x in xs:\n        tasks.append(ask(x))\n    return tasks",
        "loop high",
    ),
    "as they are completed": (
        "async def f():\n    for done in asyncio.as_completed([ask(x) for x in xs]):\n        await done",
        "as_completed high concurrent",
    ),
    "tasks": (
        "async def f(group):\n    for x in xs:\n        group.create_task(ask(x))",
        "task-group high concurrent",
    ),
    "a pool of threads": ("for x in xs:\n    pool.submit(ask, x)", "executor high concurrent"),
    "a pool of threads by comprehension": ("[pool.submit(ask, x) for x in xs]", "executor high concurrent"),
    "an executor of a loop": ("for x in xs:\n    loop.run_in_executor(None, ask, x)", "executor high concurrent"),
    "threads": ("for x in xs:\n    Thread(target=ask, args=(x,)).start()", "executor high concurrent"),
    "processes": ("for x in xs:\n    Process(target=ask, args=(x,)).start()", "pool high concurrent"),
    "to a thread": (
        "async def f():\n    await asyncio.gather(*[asyncio.to_thread(ask, x) for x in xs])",
        "gather high concurrent",
    ),
    "a pool's map": ("pool.map(ask, xs)", "executor high concurrent"),
    "a pool's imap": ("pool.imap_unordered(ask, xs)", "pool high concurrent"),
    "a map": ("list(map(ask, xs))", "map high"),
    "a map of a lambda": ("list(map(lambda x: ask(x), xs))", "map high"),
    "itertools' starmap": ("list(itertools.starmap(ask, xs))", "map high"),
    "a pool's starmap": ("pool.starmap(ask, xs)", "pool high concurrent"),
    "a table's rows": ("frame['a'].apply(ask)", "map high"),
    "a map of a partial": ("from functools import partial\nlist(map(partial(ask, model='n'), xs))", "map high"),
    "a map of something else": ("list(map(str, ask(x)))", NONE),
    "Celery": ("for x in xs:\n    ask.delay(x)", "pool high concurrent"),
    "ray": ("ray.get([ask.remote(x) for x in xs])", "pool high concurrent"),
    "a task that is mapped": ("ask.map(xs)", "pool high concurrent"),
    "Airflow": ("ask.expand(text=xs)", "pool high concurrent"),
    "a partial in a loop": (
        "from functools import partial\nquick = partial(ask, model='n')\nfor x in xs:\n    quick(x)",
        "loop high",
    ),
    "a table of functions": ("for name, step in {'a': ask}.items():\n    step(name)", NONE),
    "functions in a list": ("STEPS = [ask]\nfor x in xs:\n    for step in STEPS:\n        step(x)", "loop high"),
    "a worklist": ("while todo:\n    ask(todo.pop())", "loop high"),
    "a queue that a loop fills": (
        "def work():\n    while True:\n        x = jobs.get()\n        ask(x)\nfor x in xs:\n    jobs.put(x)\nwork()",
        "loop high",
    ),
    "a queue that nobody fills": ("def work():\n    while True:\n        x = jobs.get()\n        ask(x)\nwork()", NONE),
    "a queue that is told of an end": (
        "def work():\n    while True:\n        x = jobs.get()\n        ask(x)\nfor n in range(3):\n    jobs.put(None)\nwork()",
        NONE,
    ),
    "a queue that a function fills": (
        "def add(x):\n    jobs.put(x)\ndef work():\n    while True:\n        x = jobs.get()\n        ask(x)\nfor x in xs:\n    add(x)",
        "loop high",
    ),
    "a queue that is a parameter": (
        "def work(queue):\n    while True:\n        x = queue.get()\n        ask(x)\nfor x in xs:\n    jobs.put(x)\nwork(jobs)",
        "loop high",
    ),
    "a queue that ends": (
        "def work():\n    while True:\n        x = jobs.get_nowait()\n        if x is None:\n            break\n        ask(x)\nwork()",
        "loop high",
    ),
    "workers of a queue": (
        "async def work():\n    while True:\n        x = await jobs.get()\n        await ask(x)\nasync def f():\n"
        "    for x in xs:\n        jobs.put_nowait(x)\n    await asyncio.gather(*[work() for n in range(9)])",
        "gather high concurrent",
    ),
    "workers that are threads": (
        "def work():\n    while True:\n        x = jobs.get()\n        ask(x)\nfor x in xs:\n    jobs.put(x)\nThread(target=work).start()",
        "executor high concurrent",
    ),
    "a method by its name only": (
        "class A:\n    def ask_it(self, x):\n        return ask(x)\ndef f(a):\n    for x in xs:\n        a.ask_it(x)",
        "loop medium",
    ),
    "a history in an attribute": (
        "class A:\n    def turn(self, x):\n        self.history.append(x)\n        return ask(self.history)\na = A()\nfor x in xs:\n    a.turn(x)",
        NONE,
    ),
    "a history in an attribute that each item has anew": (
        "class A:\n    def turn(self, x):\n        self.history.append(x)\n        return ask(self.history)\n"
        "for x in xs:\n    a = A()\n    a.turn(x)",
        "loop high",
    ),
    "a history that is reset": (
        "class A:\n    def turn(self, x):\n        self.history.append(x)\n        return ask(self.history)\na = A()\n"
        "for x in xs:\n    a.history = []\n    a.turn(x)",
        "loop high",
    ),
    "a history that a method resets": (
        "class A:\n    def turn(self, x):\n        self.history.append(x)\n        return ask(self.history)\na = A()\n"
        "for x in xs:\n    a.reset()\n    a.turn(x)",
        "loop high",
    ),
    "an attribute that holds the answer": (
        "class A:\n    def turn(self, x):\n        self.last = ask(x + self.last)\na = A()\nfor x in xs:\n    a.turn(x)",
        NONE,
    ),
    "an attribute that only logs": (
        "class A:\n    def turn(self, x):\n        y = ask(x)\n        self.log.append(y)\n        return y\na = A()\nfor x in xs:\n    a.turn(x)",
        "loop high",
    ),
    "a list of the module": (
        "history = []\ndef turn(x):\n    history.append(x)\n    return ask(history)\nfor x in xs:\n    turn(x)",
        NONE,
    ),
    "a list that is passed": (
        "def turn(x, history):\n    history.append(x)\n    return ask(history)\nhistory = []\nfor x in xs:\n    turn(x, history)",
        NONE,
    ),
    "a list that is passed anew": (
        "def turn(x, history):\n    history.append(x)\n    return ask(history)\nfor x in xs:\n    history = []\n    turn(x, history)",
        "loop high",
    ),
    "a shared default": (
        "def turn(x, history=[]):\n    history.append(x)\n    return ask(history)\nfor x in xs:\n    turn(x)",
        NONE,
    ),
    "the start of a conversation": (
        "def turn(x):\n    ms = [x]\n    a = ask(ms)\n    while a:\n        ms.append(a)\n        a = more(ms)\nfor x in xs:\n    turn(x)",
        "loop high",
    ),
    "a handler": ("@app.get('/')\ndef handle():\n    for x in xs:\n        ask(x)", "waits"),
    "a handler above": (
        "def all():\n    for x in xs:\n        ask(x)\n@app.get('/')\ndef handle():\n    all()",
        "loop high waits",
    ),
    "a route": (
        "def handle(request):\n    for x in xs:\n        ask(x)\napp.add_url_rule('/', view_func=handle)",
        "loop high waits",
    ),
    "a chat": ("while True:\n    ask(input())", "waits"),
    "a chat above": ("def turn(x):\n    for y in x:\n        ask(y)\nwhile True:\n    turn(input())", "loop high waits"),
    "asks its terminal": (f"def f():\n    x = input()\n    {ASK}\nf()", "waits"),
}


def show(site: Request) -> str:
    fan_out = site.fan_out
    words = [] if fan_out is None else [fan_out.kind, str(fan_out.items or ""), fan_out.confidence.name.lower()]
    words += ["concurrent"] if fan_out is not None and fan_out.is_concurrent else []
    words += ["waits"] if site.is_interactive else []
    return " ".join(word for word in words if word)


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES)
def test_what_is_around_a_call(link: Link, code: str, expected: str) -> None:
    sites = link((HEAD if "ask" in code else HEAD.partition("def")[0]) + code).sites
    assert [show(site) for site in sites] == [expected]


SCHEDULES = {
    "scheduler.add_job(every, 'interval', minutes=2)": "loop high waits",
    "jobs.run_repeating(every, interval=60)": "loop high waits",
    "jobs.run_repeating(every, interval=7200)": "loop high",
    "jobs.run_daily(every, time=noon)": "loop high",
    "jobs.run_monthly(every, when=noon, day=1)": "loop high",
    "scheduler.add_interval_job(every, minutes=2)": "loop high waits",
    "scheduler.add_interval_job(every, hours=2)": "loop high",
    "scheduler.add_cron_job(every, hour=7)": "loop high",
    "app.add_periodic_task(60, every)": "loop high waits",
    "set_interval(every, 60)": "loop high waits",
    "schedule.every(5).minutes.do(every)": "loop high waits",
    "schedule.every().day.do(every)": "loop high",
}


@pytest.mark.parametrize(("scheduled", "expected"), SCHEDULES.items())
def test_who_runs_a_loop_by_the_clock(link: Link, scheduled: str, expected: str) -> None:
    code = HEAD + f"def every():\n    for x in xs:\n        ask(x)\n{scheduled}"
    assert [show(site) for site in link(code).sites] == [expected]


def test_where_a_fan_out_is(link: Link) -> None:
    linked = link(HEAD + "def up(x):\n    return ask(x)\nfor x in xs:\n    up(x)")
    fan_out = linked.site.fan_out
    assert linked.code(fan_out.at) == "for x in xs"
    assert [linked.code(step.span) for step in fan_out.chain] == ["ask(x)", "up(x)"]


def test_a_loop_for_which_somebody_waits_on_another_path_is_less_sure(link: Link) -> None:
    code = HEAD + "def every():\n    for x in xs:\n        ask(x)\n"
    linked = link(code + "every()\n@app.get('/')\ndef handle():\n    every()")
    found = {show(site): site.fan_out.doubt for site in linked.sites if site.fan_out is not None}
    assert found == {"loop high": "awaited", "loop high waits": None}


HANDLERS: dict[str, tuple[str, bool]] = {
    "a route": ("@app.route('/')\ndef f(): ask('q')", True),
    "a bare name": ("@get('/')\ndef f(): ask('q')", False),
    "a view": ("@api_view(['GET'])\ndef f(): ask('q')", True),
    "a command of a terminal": ("@click.command()\ndef f(): ask('q')", False),
    "an event of a bot": ("@handler.add(MessageEvent, message=TextMessage)\ndef f(event): ask('q')", True),
    "an item of a registry": ("@handlers.add(Summary)\ndef f(item): ask('q')", False),
    "a command of a bot": ("@bot.command()\ndef f(): ask('q')", True),
    "a command of typer": ("import typer\n@app.command()\ndef f(): ask('q')", False),
    "a message that is a response": ("from anthropic.types import Message\ndef f(message: Message): ask('q')", False),
    "a function of a bot by its name": ("def g():\n    def on_message(m): ask('q')\n    add(on_message)", True),
    "a servicer": ("class A(pb2.LettersServicer):\n    def Rate(self): ask('q')", True),
    "a dependency": ("def f(): ask('q')\ndef g(x = Depends(f)): pass", True),
    "another decorator": ("@app.task\ndef f(): ask('q')", False),
    "a request": ("def f(request: HttpRequest): ask('q')", True),
    "a request by another name": ("def f(data: Request): ask('q')", False),
    "a request of the program": ("class Request: pass\ndef f(request: Request): ask('q')", False),
    "a request of the program that is one of a framework": (
        "from starlette.requests import Request as Base\nimport django\nclass Message(django.Message): pass\n"
        "def f(message: Message): ask('q')",
        True,
    ),
    "a websocket": ("async def f(ws: fastapi.WebSocket): ask('q')", True),
    "no annotation": ("def f(request): ask('q')", False),
    "a Lambda": ("def lambda_handler(a, b): ask('q')", True),
    "a Lambda by its parameters": ("def f(event, context): ask('q')", True),
    "a Lambda with an unused one": ("def f(event, _): ask('q')", True),
    "no Lambda": ("def f(event, state): ask('q')", False),
    "a method with the parameters of a Lambda": ("class A:\n    def f(event, context): ask('q')", False),
    "a view class": ("class A(views.APIView):\n    def get(self): ask('q')", True),
    "another class": ("class A(Model):\n    def get(self): ask('q')", False),
    "a function in a handler": ("@app.post('/')\ndef f():\n    def g(): ask('q')\n    g()", True),
    "an app": ("import streamlit as st\nask('q')", True),
    "no app": ("import pandas as st\nask('q')", False),
    "a bot's handler": ("def f(a): ask('q')\nCommandHandler('x', f)", True),
    "a web server's handler": ("def f(a): ask('q')\nweb.get('/', f)", True),
    "a client's get": ("def f(a): ask('q')\ncache.get('/', f)", False),
}


@pytest.mark.parametrize(("code", "waits"), HANDLERS.values(), ids=HANDLERS)
def test_who_waits_for_a_call(link: Link, code: str, waits: bool) -> None:
    code = code.replace("ask('q')", "client.messages.create(model='m', max_tokens=9, messages=[])")
    sites = link("import anthropic\nclient = anthropic.Anthropic()\n" + code).sites
    assert {site.is_interactive for site in sites} == {waits}
