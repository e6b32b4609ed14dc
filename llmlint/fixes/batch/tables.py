"""Rows of tables and documents that items look for and add: by SQL, by the classes of an ORM, in collections and key-value stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from llmlint.fixes.batch.frames import Frame, Key
from llmlint.fixes.batch.items import names_each
from llmlint.fixes.edits.tree import tail_of, walk

_SELECT = re.compile(r"(?is)\bselect\b.*?\bfrom\s+[\"'`\[]?(\w+)")
_INSERT = re.compile(r"(?i)\b(?:insert|replace)\s+(?:or\s+\w+\s+)?into\s+[\"'`\[]?(\w+)")
# `session.query(Label)`, `select(Label)`, `session.get(Label, key)`
_OF_CLASS = frozenset({"query", "select", "get", "exists"})
# `Label.objects`, `Label.query`
_MANAGERS = frozenset({"objects", "query"})
# `Label.get_or_none(…)` of peewee and others
_FINDS = frozenset({"get_or_none", "filter_by", "find_by", "find_one", "select", "exists"})
_CREATES = frozenset({"create", "bulk_create", "get_or_create", "update_or_create", "insert", "insert_many"})
_ADDS = frozenset({"add", "add_all", "merge"})
# Of collections of documents, and of keys with values.
_LOOKS = frozenset({"find_one", "count_documents", "sismember", "hexists", "hget", "exists"})
_KEEPS = frozenset({"insert_one", "insert_many", "update_one", "replace_one", "sadd", "hset", "hsetnx", "setex", "setnx", "set"})


@dataclass(frozen=True, slots=True)
class Row:
    """A table or collection that a node reads or adds to; `is_each`: by what each item has for itself."""

    key: Key
    is_each: bool = False


def rows_read(frame: Frame, node: cst.CSTNode) -> Iterator[Row]:
    """The tables in which a node looks for rows."""
    if isinstance(node, cst.SimpleString):
        yield from (Row(("table", name.lower())) for name in _SELECT.findall(node.value))
    elif isinstance(node, cst.Call):
        tail, first = tail_of(node.func), node.args[0].value if node.args else None
        holder = node.func.value if isinstance(node.func, cst.Attribute) else None
        owner = _class_of(first) if tail in _OF_CLASS else ""
        owner = owner or (_class_of(holder) if holder is not None and tail in _FINDS else "")
        if owner:
            yield _row(frame, node, owner)
        elif holder is not None and tail in _LOOKS and (key := frame.key(holder)) is not None:
            yield Row(key, any(names_each(each.value, frame.each) for each in node.args))
    elif isinstance(node, cst.Attribute) and node.attr.value in _MANAGERS and (owner := _class_of(node.value)):
        method = frame.tree.parents.get(node)
        if not (isinstance(method, cst.Attribute) and method.attr.value in _CREATES):
            yield _row(frame, node, owner)


def rows_added(frame: Frame, node: cst.CSTNode) -> Iterator[Row]:
    """The tables to which a node adds rows."""
    if isinstance(node, cst.SimpleString):
        yield from (Row(("table", name.lower())) for name in _INSERT.findall(node.value))
        return
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return
    tail, holder = node.func.attr.value, node.func.value
    if tail in _ADDS:
        made = [_construction(frame, each) for argument in node.args for each in _elements(argument.value)]
    elif tail == "save":
        made = [_construction(frame, holder)]
    elif tail in _CREATES:
        manager = holder.value if isinstance(holder, cst.Attribute) and holder.attr.value in _MANAGERS else holder
        if owner := _class_of(manager):
            yield Row(("table", owner.lower()), _is_each(frame, node))
        return
    else:
        if tail in _KEEPS and (key := frame.key(holder)) is not None:
            yield Row(key, any(names_each(each.value, frame.each) for each in node.args[:1]))
        return
    for each in made:
        if each is not None:
            yield Row(("table", tail_of(each.func).lower()), _is_each(frame, each))


def _row(frame: Frame, node: cst.CSTNode, owner: str) -> Row:
    """A query, with all that is behind it: `session.query(Label).filter_by(path=path).first()`."""
    whole = node
    while isinstance(parent := frame.tree.parents.get(whole), (cst.Attribute, cst.Call, cst.Await)):
        whole = parent
    return Row(("table", owner.lower()), any(_is_each(frame, each) for each in walk(whole) if isinstance(each, cst.Call)))


def _is_each(frame: Frame, call: cst.Call) -> bool:
    """Whether an argument of a call, or what one is compared with, is another one for each item."""
    values = [each.value for each in call.args]
    values += [target.comparator for each in values if isinstance(each, cst.Comparison) for target in each.comparisons]
    return any(names_each(each, frame.each) for each in values)


def _class_of(node: cst.CSTNode | None) -> str:
    """The class that an expression names: `Label`, `models.Label`, `Label.id`; empty for something else."""
    names = (
        [each.value for each in walk(node) if isinstance(each, cst.Name)] if isinstance(node, (cst.Name, cst.Attribute)) else []
    )
    return next((name for name in names if re.match(r"[A-Z][a-z0-9]", name)), "")


def _construction(frame: Frame, node: cst.CSTNode) -> cst.Call | None:
    """`Label(id=key)`, or the name that stands for it."""
    value = frame.values.get(node.value) if isinstance(node, cst.Name) else node
    return value if isinstance(value, cst.Call) and _class_of(value.func) == tail_of(value.func) != "" else None


def _elements(value: cst.BaseExpression) -> Iterator[cst.CSTNode]:
    if isinstance(value, (cst.List, cst.Tuple)):
        yield from (each.value for each in value.elements)
    else:
        yield value
