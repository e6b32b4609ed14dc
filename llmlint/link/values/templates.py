"""Text that is made from other text: `format`, `%`, `replace`, `join`, `dedent` and the like, with holes kept in place."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from llmlint.link.values import containers, paths, written
from llmlint.link.values.moments import is_date_format
from llmlint.link.values.stability import without_time
from llmlint.link.values.texts import as_text, concatenate, extended, texts_of
from llmlint.link.values.values import (
    MOST_PARTS,
    MOST_VARIANTS,
    Hole,
    Items,
    Known,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Value,
    stability_of,
)
from llmlint.scan import expressions as ex
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

# Holes travel through string functions as characters of a private-use plane, which no prompt holds and no function changes.
_FIRST_SENTINEL = 0xF0000
_SENTINELS = re.compile(f"([{chr(_FIRST_SENTINEL)}-{chr(_FIRST_SENTINEL + 0xFFF)}])")
_MOST_PIECES = 1_000
_PERCENT = re.compile(r"%(?:\((?P<key>[^)]*)\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[diouxXeEfFgGcrsa%]")


def transform(text: Text, function: Callable[[str], str]) -> Text:
    """A string function over a text, with its holes kept where they are."""
    holes = [part for part in text.parts if isinstance(part, Hole)]
    flat, index = [], 0
    for part in text.parts:
        if isinstance(part, Known):
            flat.append(part.text)
        else:
            flat.append(chr(_FIRST_SENTINEL + min(index, 0xFFF)))
            index += 1
    return _unflatten(function("".join(flat)), holes, text)


def _unflatten(flat: str, holes: Sequence[Hole], original: Text) -> Text:
    parts: list[Known | Hole] = []
    at = next((part.at for part in original.parts if isinstance(part, Known)), original.at)
    for piece in _SENTINELS.split(flat):
        if _SENTINELS.fullmatch(piece):
            index = ord(piece) - _FIRST_SENTINEL
            parts.append(holes[index] if index < len(holes) else Hole(Stability.VARYING, original.at))
        elif piece:
            parts.append(Known(piece, at))
    return Text(tuple(parts), original.at, original.source, original.chosen)


def _fill(template: Text, pieces: Sequence[str | Text]) -> Text:
    """A text of pieces of the template and of what is put in; sentinels in the pieces are the template's own holes."""
    holes = [part for part in template.parts if isinstance(part, Hole)]
    texts = [piece if isinstance(piece, Text) else _unflatten(piece, holes, template) for piece in pieces]
    return concatenate(texts, template.at)


def _flat(text: Text) -> str:
    flat: list[str] = []
    index = 0
    for part in text.parts:
        flat.append(part.text if isinstance(part, Known) else chr(_FIRST_SENTINEL + index))
        index += isinstance(part, Hole)
    return "".join(flat)


def format_call(evaluator: Evaluation, base: Text, expression: ex.Call, place: Place) -> Text:
    """`base.format(…)`."""
    positional: list[Value | None] = []
    fields = Record({}, place.span(expression))
    for argument in expression.args:
        if argument.star == "*":
            positional.append(None)
        elif argument.star == "**":
            fields = containers.merge(evaluator, fields, evaluator.evaluate(argument.value, place), place.span(argument.value))
        elif argument.keyword is not None:
            fields = containers.with_entry(evaluator, fields, argument.keyword, argument.value, place)
        else:
            at = place.span(argument.value)
            positional.append(as_text(written.displayed(evaluator, evaluator.evaluate(argument.value, place), at), at))
    return format_text(evaluator, base, positional, fields, place.span(expression))


def format_text(evaluator: Evaluation, base: Text, positional: Sequence[Value | None], fields: Record | None, at: Span) -> Text:
    """`str.format` over what is known; a field that cannot be told is a hole."""
    pieces: list[str | Text] = []
    automatic = 0
    try:
        parsed = list(string.Formatter().parse(_flat(base)))
    except ValueError:
        return Text((*base.parts[:1], Hole(Stability.VARYING, at)), at) if base.parts else base
    for literal, field, specification, conversion in parsed:
        if literal:
            pieces.append(literal)
        if field is None:
            continue
        value: Value | None = None
        if field == "" or field.isdigit():
            index = automatic if field == "" else int(field)
            automatic += field == ""
            value = positional[index] if index < len(positional) else None
        elif fields is not None and field in fields.entries:
            value = as_text(written.displayed(evaluator, fields.entries[field].values, at), at)
        if value is None:
            pieces.append(Text((Hole(Stability.VARYING, at),), at))
        elif specification or conversion:
            own = stability_of(value)
            is_date = specification is not None and is_date_format(specification)
            pieces.append(Text((Hole(without_time(own) if is_date else own, at),), at))
        else:
            pieces.append(as_text((value,), at))
    return _fill(base, pieces)


def percent(left: Text, right: Value) -> Text:
    """`left % right`."""
    flat, pieces, position, index = _flat(left), list[str | Text](), 0, 0
    for match in _PERCENT.finditer(flat):
        pieces.append(flat[position : match.start()])
        position = match.end()
        if match.group().endswith("%"):
            pieces.append("%")
            continue
        value: Value = right
        if match["key"] is not None and isinstance(right, Record) and match["key"] in right.entries:
            value = as_text(right.entries[match["key"]].values, left.at)
        elif isinstance(right, Items):
            value = (
                as_text(right.items[index], left.at)
                if index < len(right.items)
                else Text((Hole(Stability.VARYING, left.at),), left.at)
            )
        index += 1
        is_plain = match.group().endswith("s") and isinstance(value, Text)
        pieces.append(as_text((value,), left.at) if is_plain else Text((Hole(stability_of(value), left.at),), left.at))
    pieces.append(flat[position:])
    return _fill(left, pieces)


def replace(base: Text, old: Text, new: Text, at: Span) -> Text:
    """`base.replace(old, new)`."""
    wanted = old.value
    if not wanted:
        return Text((Hole(max(stability_of(base), stability_of(old), stability_of(new)), at),), at)
    pieces: list[str | Text] = []
    for number, piece in enumerate(_flat(base).split(wanted)):
        if number:
            pieces.append(new)
        pieces.append(piece)
    return _fill(base, pieces)


SPLITS = frozenset({"split", "rsplit", "splitlines", "partition", "rpartition"})


def split(base: Text, method: str, arguments: Sequence[Sequence[Value]], at: Span) -> Items | None:
    """The pieces into which a method such as `split` takes a text apart; None where the source does not tell at what.

    Parts of a prompt file stand between separators of its author. Its lines and words are data, which a program reads one after another: what
    they are when the program is linted says nothing about a request.
    """
    if not any(isinstance(part, Known) for part in base.parts):
        return None
    given: list[object] = []
    for values in arguments:
        value = values[0] if len(values) == 1 else None
        known = value.value if isinstance(value, (Text, Literal)) else None
        if not isinstance(known, (str, int)) or known == "":
            return None
        given.append(known)
    if base.source == "config" and (not given or not str(given[0]).strip()):
        return None
    try:
        found = getattr(str, method)(_flat(base), *given)
    except TypeError:
        return None
    if len(found) > _MOST_PIECES:
        return None
    holes = [part for part in base.parts if isinstance(part, Hole)]
    return Items(tuple((_unflatten(piece, holes, base),) for piece in found), at, is_open=bool(holes))


def join(separator: Text, value: Value, at: Span) -> list[Text]:
    """`separator.join(value)`; of a list with an open end, what is known to come first."""
    if not isinstance(value, Items) or value.has_escaped:
        return [Text((Hole(stability_of(value), at),), at)]
    variants: list[list[Text]] = [[]]
    for number, alternatives in enumerate(value.items):
        choices = texts_of(alternatives, at, MOST_VARIANTS // len(variants))
        variants = extended(variants, choices, [separator] if number else [])
    rest = [Text((Hole(Stability.VARYING, at),), at)] if value.is_open else []
    return [concatenate([*variant, *rest], at) for variant in variants]


_DOLLAR = re.compile(r"\$(?:\$|(?P<open>\{)?(?P<name>[A-Za-z_]\w*)(?(open)\}))")
_OPENED = re.compile(r"\{[{%#]")
_CLOSED_BY = {"{{": "}}", "{%": "%}", "{#": "#}"}


def _dollar_fields(flat: str) -> Iterator[tuple[int, int, str | None]]:
    """Where the fields of a `string.Template` start and end, and their names."""
    for match in _DOLLAR.finditer(flat):
        yield match.start(), match.end(), match["name"]


def _jinja_fields(flat: str) -> Iterator[tuple[int, int, str | None]]:
    """The same for all that Jinja replaces. What opens and does not close is text, and is not looked for twice."""
    unclosed: set[str] = set()
    position = 0
    while (opened := _OPENED.search(flat, position)) is not None:
        kind = opened.group()
        end = -1 if kind in unclosed else flat.find(_CLOSED_BY[kind], opened.end())
        if end < 0:
            unclosed.add(kind)
            position = opened.start() + 1
            continue
        inner = flat[opened.end() : end].strip()
        position = end + 2
        yield opened.start(), position, inner if kind == "{{" and re.fullmatch(r"\w+", inner) else None


def rendered(evaluator: Evaluation, name: str, expression: ex.Call, place: Place) -> Text | None:
    """`Template(text).render(…)` of Jinja and `string.Template(text).substitute(…)`, with a hole for each field that cannot be told."""
    assert isinstance(expression.func, ex.Attribute)
    at = place.span(expression)
    for template in evaluator.evaluate(expression.func.value, place):
        construction, where = getattr(template, "call", None), getattr(template, "place", None)
        if isinstance(construction, ex.Call) and construction.args and where is not None:
            given = evaluator.evaluate(construction.args[0].value, where)
            text = _of_loader(evaluator, construction, given, where, at) if ".get_template()" in name else as_text(given, at)
            find = _dollar_fields if name.startswith("string.") else _jinja_fields
            fields = _fields(evaluator, expression, place)
            pieces: list[str | Text] = []
            position, flat = 0, _flat(text)
            for start, end, field in find(flat):
                pieces.append(flat[position:start])
                position = end
                entry = fields.entries.get(field or "")
                if flat.startswith("$$", start):
                    pieces.append("$")
                elif entry is not None:
                    pieces.append(as_text(entry.values, at))
                elif not flat.startswith("{#", start):
                    pieces.append(Text((Hole(Stability.VARYING, at),), at))
                if flat.startswith("{%", start):
                    # Blocks may drop or repeat what follows.
                    return _fill(text, pieces)
                if len(pieces) > 2 * MOST_PARTS:
                    return _fill(text, [*pieces, Text((Hole(Stability.UNKNOWN, at),), at)])
            return _fill(text, [*pieces, flat[position:]])
    return None


def _of_loader(evaluator: Evaluation, call: ex.Call, names: Sequence[Value], place: Place, at: Span) -> Text:
    """The text of a Jinja template that an environment loads by its name from a folder of the program."""
    name = as_text(names, at).value
    environments = evaluator.evaluate(call.func.value, place) if isinstance(call.func, ex.Attribute) else ()
    for environment in environments:
        if not isinstance(environment, Object) or environment.call is None or environment.place is None:
            continue
        loader = environment.call.value("loader")
        for value in evaluator.evaluate(loader, environment.place) if loader is not None else ():
            found = paths.of_template(evaluator, value, name, at) if isinstance(value, Object) and name else None
            if found is not None:
                return found
    return Text((Hole(Stability.UNKNOWN, at),), at)


def _fields(evaluator: Evaluation, expression: ex.Call, place: Place) -> Record:
    """The named values that a call passes: its keywords, and the items of dicts."""
    fields = Record({}, place.span(expression))
    for argument in expression.args:
        if argument.keyword is not None:
            fields = containers.with_entry(evaluator, fields, argument.keyword, argument.value, place)
        elif argument.star != "*":
            fields = containers.merge(evaluator, fields, evaluator.evaluate(argument.value, place), place.span(argument.value))
    return fields
