"""What a loop around a call is: a fan-out over items, another try, or a conversation. `ask(…)` is the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linked import At
from llmlint.link.flow.asking import is_endless
from llmlint.link.flow.loops import LoopKind, begins_conversation, classify

Link = Callable[..., Any]
FAN_OUT, RETRY, ENDLESS, CARRIED, WAITING = LoopKind

FOR_LOOPS = {
    "each item": ("for x in xs:\n    ask(x)", FAN_OUT),
    "something made of the item": ("for x in xs:\n    y = x.strip()\n    z = f'{y}'\n    ask(z)", FAN_OUT),
    "the item put in an attribute": ("for x in xs:\n    job.text = x\n    ask(job.text)", FAN_OUT),
    "the item put in a list": ("for x in xs:\n    lines = []\n    lines.append(x)\n    ask(lines)", FAN_OUT),
    "the item put there only later": ("for x in xs:\n    ask(y)\n    y = x", RETRY),
    "the same for each item": ("for x in xs:\n    ask('q')", RETRY),
    "the same for each item, kept in a list": ("for x in xs:\n    answers.append(ask('q'))", FAN_OUT),
    "the same for each item, kept by key": ("for x in xs:\n    y = ask('q')\n    answers[x] = y", FAN_OUT),
    "the same for each item, logged": ("for x in xs:\n    y = ask('q')\n    log.info(y)", RETRY),
    "an earlier answer": ("last = ''\nfor x in xs:\n    last = ask(x + last)", CARRIED),
    "an earlier answer by a detour": (
        "last = ''\nfor x in xs:\n    text = f'{last}{x}'\n    y = ask(text)\n    last = y.upper()",
        CARRIED,
    ),
    "an earlier answer in a list": ("seen = []\nfor x in xs:\n    y = ask([x, *seen])\n    seen.append(y)", CARRIED),
    "an earlier answer in a dict": ("seen = {}\nfor x in xs:\n    seen['last'] = ask((x, seen))", CARRIED),
    "an earlier answer added up": ("total = ''\nfor x in xs:\n    total += ask(x + total)", CARRIED),
    "an earlier answer, begun anew by a loop further out": (
        "for xs in rows:\n    last = ''\n    for x in xs:\n        last = ask(x + last)",
        CARRIED,
    ),
    "answers added up for later": ("total = ''\nfor x in xs:\n    total += ask(x)", FAN_OUT),
    "answers written to a file": ("for x in xs:\n    file.write(ask(x))", FAN_OUT),
    "each row's own answer": ("for i in range(9):\n    rows[i]['a'] = ask(rows[i]['q'])", FAN_OUT),
    "the row before": ("for i in range(9):\n    rows[i]['a'] = ask(rows[i - 1]['a'])", CARRIED),
    "an answer bound anew in each iteration": ("for x in xs:\n    y = ''\n    y = ask(x + y)", FAN_OUT),
    "stops at the first": ("for x in xs:\n    y = ask(x)\n    break", RETRY),
    "returns the first": ("def f(xs):\n    for x in xs:\n        return ask(x)", RETRY),
    "leaves where it does not ask": ("for x in xs:\n    if x:\n        break\n    ask(x)", FAN_OUT),
    "leaves the branch that asks": ("for x in xs:\n    if x:\n        ask(x)\n        break", RETRY),
    "leaves an inner loop": ("for x in xs:\n    ask(x)\n    for y in x:\n        break", FAN_OUT),
    "stops on a good answer": ("for x in xs:\n    y = ask(x)\n    if y == 'yes':\n        break", CARRIED),
    "stops on a good answer at once": ("for x in xs:\n    if ask(x):\n        break", CARRIED),
    "stops unless the answer is bad": (
        "for x in xs:\n    y = ask(x)\n    if 'no' in y:\n        pass\n    else:\n        break",
        CARRIED,
    ),
    "stops at a count": ("for x in xs:\n    y = ask(x)\n    found.append(y)\n    if len(found) > 9:\n        break", FAN_OUT),
    "stops on something else": ("for x in xs:\n    y = ask(x)\n    if late():\n        break", FAN_OUT),
    "counts attempts": ("for attempt in range(5):\n    ask(f'{attempt}')", RETRY),
    "counts tries of a setting": ("for i in range(MAX_RETRIES):\n    ask(f'{i}')", RETRY),
    "counts tries of an attribute": ("for i in range(self.max_tries):\n    ask(f'{i}')", RETRY),
    "counts tries of an item": ("for i in range(config['retry']):\n    ask(f'{i}')", RETRY),
    "tenacity": ("for x in Retrying(stop=3):\n    ask(f'{x}')", RETRY),
    "counts a country": ("for country in range(5):\n    ask(f'{country}')", FAN_OUT),
    "a list of attempts": ("for attempt in attempts_made:\n    ask(attempt)", FAN_OUT),
    "asks again, told what was wrong": (
        "text = 'q'\nfor _ in range(3):\n    y = ask(text)\n    kept.append(y)\n    if good(y):\n        break\n    text += y",
        RETRY,
    ),
    "asks on for long": (
        "text = 'q'\nfor _ in range(9):\n    y = ask(text)\n    kept.append(y)\n    if good(y):\n        break\n    text += y",
        CARRIED,
    ),
    "several models": ("for m in models:\n    ask('q', model=m)", RETRY),
    "several functions": ("for ask in functions:\n    ask()", RETRY),
    "a table of functions": ("for name in CHECKS:\n    CHECKS[name]()", None),
    "a peer": ("for text in websocket:\n    ask(text)", WAITING),
    "a peer's messages": ("for text in channel.listen():\n    ask(text)", WAITING),
    "waits for a person": ("for x in xs:\n    y = input(x)\n    ask(y)", WAITING),
    "reads a line of a file": ("for x in xs:\n    y = file.readline()\n    ask(x + y)", FAN_OUT),
    "reads a line of a terminal": ("for x in xs:\n    y = sys.stdin.readline()\n    ask(x + y)", WAITING),
    "waits in a function": ("def wait():\n    return input()\nfor x in xs:\n    ask(x + wait())", WAITING),
    "waits in a function two levels down": (
        "def wait():\n    return input()\ndef more():\n    return wait()\nfor x in xs:\n    ask(x + more())",
        WAITING,
    ),
    "has a function of that name": ("def confirm(x):\n    return x\nfor x in xs:\n    ask(confirm(x))", FAN_OUT),
    "tool calls": ("for call in message.tool_calls:\n    ask(call)", CARRIED),
    "parts of an answer": ("for part in answer.content:\n    ask(part)", FAN_OUT),
    "parts of an answer that may call tools": (
        "for part in answer.content:\n    if part.type == 'tool_use':\n        ask(part)",
        CARRIED,
    ),
    "items of an answer that may call tools": (
        "for part in answer['output']:\n    if part['type'] == 'function_call':\n        ask(part)",
        CARRIED,
    ),
}
WHILE_LOOPS = {
    "a worklist": ("while todo:\n    x = todo.pop()\n    ask(x)", FAN_OUT),
    "a worklist that is sent at once": ("while todo:\n    ask(todo.pop())", FAN_OUT),
    "an index": ("i = 0\nwhile i < 9:\n    ask(rows[i])\n    i += 1", FAN_OUT),
    "a slice": ("i = 0\nwhile i < 9:\n    part = rows[i : i + 3]\n    ask(part)\n    i += 3", FAN_OUT),
    "a counter": ("i = 0\nwhile i < 9:\n    ask('q')\n    i += 1", RETRY),
    "a walrus": ("while row := rows():\n    ask(row)", FAN_OUT),
    "a queue without an end": ("while True:\n    job = jobs.get()\n    ask(job)", ENDLESS),
    "a setting without an end": ("while True:\n    x = settings.get('name')\n    ask(x)", WAITING),
    "nothing to take": ("while True:\n    ask('q')", WAITING),
    "a person": ("while True:\n    text = input()\n    ask(text)", WAITING),
    "a flag": ("done = False\nwhile not done:\n    y = ask('q')\n    if good(y):\n        done = True", RETRY),
    "until the answer will do": ("while True:\n    y = ask('q')\n    if y:\n        break", RETRY),
    "until the answer will do, tested by the loop": ("y = ''\nwhile not y:\n    y = ask('q')", RETRY),
    "with the last answer until it will do": ("y = ''\nwhile True:\n    y = ask(y)\n    if y == 'end':\n        break", CARRIED),
    "until the answer will do, for item after item": (
        "while todo:\n    x = todo.pop()\n    y = ask(x)\n    if y == 'end':\n        break",
        CARRIED,
    ),
    "with the last answer": ("text = 'q'\nwhile len(text) < 99:\n    text = ask(text)", CARRIED),
    "leaves at once": ("while True:\n    x = todo.pop()\n    ask(x)\n    break", RETRY),
}
COMPREHENSIONS = {
    "a list": ("answers = [ask(x) for x in xs]", FAN_OUT),
    "a generator that is searched": ("found = any(ask(x) for x in xs)", CARRIED),
    "a list that is searched": ("found = any([ask(x) for x in xs])", FAN_OUT),
    "several models": ("answers = [ask('q', model=m) for m in models]", RETRY),
    "the same for each": ("answers = [ask('q') for x in xs]", FAN_OUT),
}


# The last call of `ask` in a loop with others.
CHAINS = {
    "about the answer of a chain": (
        "text = t\nfor x in xs:\n    text = ask(text, x)\n    rated.append(ask('rate', text))",
        CARRIED,
    ),
    "set behind the call": (
        "text = t\nfor x in xs:\n    new = ask(text, x)\n    rated.append(ask('rate', new))\n    text = new",
        CARRIED,
    ),
    "through a function": (
        "def tell(x, y): return client.messages.create(x, y)\ntext = t\nfor x in xs:\n    text = tell(text, x)\n    rated.append(ask('rate', text))",
        CARRIED,
    ),
    "by a method that an SDK has under a resource": (
        "text = t\nfor x in xs:\n    text = other.chat.complete(text, x)\n    rated.append(ask('rate', text))",
        CARRIED,
    ),
    "by the same name elsewhere": (
        "text = t\nfor x in xs:\n    text = path.complete(text, x)\n    rated.append(ask('rate', text))",
        FAN_OUT,
    ),
    "a first answer for each": ("for x in xs:\n    text = ask(x)\n    rated.append(ask('rate', text))", FAN_OUT),
    "beside a chain": ("text = t\nfor x in xs:\n    text = ask(text, x)\n    rated.append(ask('rate', x))", FAN_OUT),
    "a chain without answers": ("page = t\nfor x in xs:\n    page = fetch(page)\n    rated.append(ask('rate', page))", FAN_OUT),
}


def loop_kind(linked: Any, number: int = 0) -> LoopKind | None:
    module = linked.module()
    fact = next((each for each in linked.calls("ask")[number:]), None) or next(
        each for each in module.facts.calls if not each.call.args
    )
    loop = next(iter(module.loops(fact.block)))
    sent = [argument.value for argument in fact.call.args if argument.keyword != "model"]
    aside = [argument.value for argument in fact.call.args if argument.keyword == "model"]
    return classify(At(module, fact.call, fact.order, fact.block, fact.scope, sent, aside), loop)


@pytest.mark.parametrize(("code", "kind"), FOR_LOOPS.values(), ids=FOR_LOOPS)
def test_for_loops(link: Link, code: str, kind: LoopKind | None) -> None:
    assert loop_kind(link(code)) is (kind or RETRY)


@pytest.mark.parametrize(("code", "kind"), CHAINS.values(), ids=CHAINS)
def test_calls_beside_others(link: Link, code: str, kind: LoopKind) -> None:
    assert loop_kind(link(code), -1) is kind


@pytest.mark.parametrize(("code", "kind"), WHILE_LOOPS.values(), ids=WHILE_LOOPS)
def test_while_loops(link: Link, code: str, kind: LoopKind) -> None:
    assert loop_kind(link(code)) is kind


@pytest.mark.parametrize(("code", "kind"), COMPREHENSIONS.values(), ids=COMPREHENSIONS)
def test_comprehensions(link: Link, code: str, kind: LoopKind) -> None:
    assert loop_kind(link(code)) is kind


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("ms = []\nask(ms)\nwhile busy():\n    ms.append(1)", True),
        ("ms = []\nask(ms)\nfor turn in range(9):\n    ms.extend([1])", True),
        ("ms = []\nask(ms)\nfor row in rows:\n    ms.append(row)", False),
        ("ms = []\nask(ms)\nwhile busy():\n    others.append(1)", False),
        ("ms = []\nask(ms)\nwhile busy():\n    ms.sort()", False),
        ("ms = []\nask(ms)\nms.append(1)", False),
        ("ms = []\nwhile busy():\n    ms.append(1)\nask(ms)", False),
    ],
)
def test_the_first_call_of_a_conversation(link: Link, code: str, begins: bool) -> None:
    linked = link(code)
    [fact] = linked.calls("ask")
    assert begins_conversation(linked.module(), fact.scope, fact.order, [fact.call.args[0].value]) is begins


@pytest.mark.parametrize(
    ("code", "endless"),
    [
        ("while True:\n    ask('q')", True),
        ("while 1:\n    ask(input())\n    if late():\n        break", True),
        ("while True:\n    ask('q')\n    if late():\n        break", False),
        ("while busy():\n    ask('q')", False),
        ("for x in xs:\n    ask('q')", False),
        ("def f():\n    while True:\n        if ask('q'):\n            return 1", False),
    ],
)
def test_loops_without_an_end(link: Link, code: str, endless: bool) -> None:
    linked = link(code)
    [fact] = linked.calls("ask")
    module = linked.module()
    assert is_endless(module, next(iter(module.loops(fact.block))), fact.call) is endless
