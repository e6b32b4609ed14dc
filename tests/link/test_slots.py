"""Which places of a container belong to one iteration of a loop, and what is looked up by its item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linked import At
from llmlint.link.flow.loops import LoopKind, classify

Link = Callable[..., Any]
OWN, SHARED = LoopKind.FAN_OUT, LoopKind.CARRIED

CASES: dict[str, tuple[str, LoopKind]] = {
    "its own row": ("for i in rows:\n    t[i]['a'] = ask(t[i]['q'])", OWN),
    "its own column of one row": ("for i in rows:\n    t['x'][i] = ask(t['x'][i])", OWN),
    "another constant": ("for i in rows:\n    t['a'] = ask((i, t['q']))", OWN),
    "the same constant": ("for i in rows:\n    t['a'] = ask((i, t['a']))", SHARED),
    "another attribute": ("for i in rows:\n    t.a = ask((i, t.q))", OWN),
    "the same attribute": ("for i in rows:\n    t.a = ask((i, t.a))", SHARED),
    "the whole container": ("for i in rows:\n    t[i] = ask(t)", SHARED),
    "the row before": ("for i in rows:\n    t[i] = ask(t[i - 1])", SHARED),
    "a row by another name": ("for i in rows:\n    t[i] = ask((i, t[j]))", SHARED),
    "a cell of a table": ("for i in rows:\n    t.loc[i, 'a'] = ask(t.loc[i, 'q'])", OWN),
    "a cell of a table by position": ("for i in rows:\n    t.at[i, 'a'] = ask(t.at[i, 'a'])", OWN),
    "a part of the item": ("for r in rows:\n    t[r['id']] = ask(t[r['id']])", OWN),
    "an attribute of the item": ("for r in rows:\n    t[r.id] = ask(t[r.id])", OWN),
    "a name for a part of the item": ("for r in rows:\n    k = r.id\n    t[k] = ask(t[k])", OWN),
    "a name for something else": ("for r in rows:\n    k = make(r)\n    t[k] = ask(t[k])", SHARED),
    "a name for one of two": ("for r in rows:\n    k = r.id\n    k = j\n    t[k] = ask((r, t[k]))", SHARED),
    "the item itself": ("for r in rows:\n    r['a'] = ask(r['q'])", OWN),
    "the same place of all items": ("for r in t:\n    r['a'] = ask((r, [x['a'] for x in t]))", SHARED),
    "another place of all items": ("for r in t:\n    r['a'] = ask((r, [x['q'] for x in t]))", OWN),
    "the same key of all items": ("for r in t:\n    r['a'] = ask((r, [x.get('a') for x in t]))", SHARED),
    "another key of all items": ("for r in t:\n    r['a'] = ask((r, [x.get('q') for x in t]))", OWN),
    "a method of all items": ("for r in t:\n    r.a = ask((r, [x.text() for x in t]))", SHARED),
    "the item before": ("for i, r in enumerate(t):\n    r['a'] = ask((r, t[i - 1]['a']))", SHARED),
    "a name for the item before": ("for i, r in enumerate(t):\n    p = t[i - 1]\n    r['a'] = ask((r, p['a']))", SHARED),
    "another place of the item before": ("for i, r in enumerate(t):\n    r['a'] = ask((r, t[i - 1]['q']))", OWN),
    "the item by its number": ("for i, r in enumerate(t):\n    r['a'] = ask((r, t[i]))", OWN),
    "an item by its number": ("for i in range(len(t)):\n    r = t[i]\n    r['a'] = ask((r, t))", SHARED),
    "how many items": ("for r in t:\n    r['a'] = ask((r, len(t)))", OWN),
    "a loop over all items": ("for r in t:\n    n = ''\n    for x in t:\n        n += x['a']\n    r['a'] = ask((r, n))", SHARED),
    "another place in a loop": ("for r in t:\n    n = ''\n    for x in t:\n        n += x['q']\n    r['a'] = ask((r, n))", OWN),
    "a list that is filled": (
        "for r in t:\n    n = []\n    for x in t:\n        n.append(x['a'])\n    r['a'] = ask((r, n))",
        SHARED,
    ),
    "a list of other places": (
        "for r in t:\n    n = []\n    for x in t:\n        n.append(x['q'])\n    r['a'] = ask((r, n))",
        OWN,
    ),
    "a dict that is filled": ("for r in t:\n    n = {}\n    n['z'] = t[0]['a']\n    r['a'] = ask((r, n))", SHARED),
    "all values of a dict": ("for k, r in t.items():\n    r['a'] = ask((k, t))", SHARED),
    "a container made anew": ("for i in rows:\n    t = {}\n    t['a'] = ask((i, t))", OWN),
    "the same row of a container bound anew": ("for i in rows:\n    t = get(i)\n    t['a'] = ask(t['q'])", OWN),
    "in a while loop": ("i = 0\nwhile i < 9:\n    t[i] = ask(t[i])\n    i += 1", SHARED),
    "from a database by its item": ("for i in rows:\n    r = db.get(i)\n    db.put(ask(r))", OWN),
    "from a database of self by its item": ("for i in rows:\n    r = self._db.get(i)\n    self._db.put(ask(r))", OWN),
    "from a database by nothing": ("for i in rows:\n    r = db.get_all()\n    db.put(ask((i, r)))", SHARED),
    "from a memory by its item": ("for i in rows:\n    r = memory.get(i)\n    memory.put(ask(r))", SHARED),
    "what a database finds for its item": ("for i in rows:\n    r = db.search(i)\n    db.put(ask(r))", SHARED),
    "logged": ("for i in rows:\n    a = ask(i)\n    log.write(a)", OWN),
    "cleaned": ("for i in rows:\n    a = ask(i)\n    b = a.strip().replace('a', 'b')", OWN),
    "written to an object that is sent": ("for i in rows:\n    a = ask((i, notes))\n    notes.remember(a)", SHARED),
    "written to an object that is not sent": ("for i in rows:\n    a = ask(i)\n    notes.remember(a)", OWN),
    "an item of an object that is sent": ("last = rows[-1]\nfor i in more:\n    last['a'] = ask((i, last))", SHARED),
    "the last item of a list that is sent": ("for i in more:\n    last = rows[-1]\n    last['a'] = ask((i, rows))", SHARED),
    "an item by a path": ("for i in rows:\n    a, b = ask(i), 1\n    t = a", OWN),
    "an earlier answer by a chain of names": (
        "p = ''\nfor i in rows:\n    q = p\n    r = q\n    a = ask((i, r))\n    p = a",
        SHARED,
    ),
    "an earlier answer in one branch": ("p = ''\nfor i in rows:\n    if i:\n        p = ''\n    p = ask((i, p))", SHARED),
    "an answer that is dropped": ("for i in rows:\n    p = i\n    p += ask(p)", OWN),
    "a sum that goes on": ("p = ''\nfor i in rows:\n    p += i\n    p += ask(p)", SHARED),
    "a sum of items": ("p = ''\nfor i in rows:\n    p += i\n    ask(p)", OWN),
    "an attribute of the object": ("for i in rows:\n    self.p = ask((i, self.p))", SHARED),
    "another attribute of the object": ("for i in rows:\n    self.p = ask((i, self.q))", OWN),
}


@pytest.mark.parametrize(("code", "kind"), CASES.values(), ids=CASES)
def test_places_of_an_iteration(link: Link, code: str, kind: LoopKind) -> None:
    linked = link(code)
    [fact] = linked.calls("ask")
    module = linked.module()
    sent = [argument.value for argument in fact.call.args]
    loop = next(iter(module.loops(fact.block)))
    assert classify(At(module, fact.call, fact.order, fact.block, fact.scope, sent), loop) is kind
