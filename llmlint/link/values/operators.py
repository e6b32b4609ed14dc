"""Values made by operators and f-strings."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from llmlint.link.values import choice_rate, containers, feasible, paths, templates, written
from llmlint.link.values.moments import is_date_format
from llmlint.link.values.stability import without_time
from llmlint.link.values.texts import as_text, concatenate, extended, texts_of
from llmlint.link.values.values import (
    MOST_ITEMS,
    MOST_VARIANTS,
    Hole,
    Items,
    Known,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    stability_of,
    with_source,
)
from llmlint.scan import expressions as ex
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_MOST_REPEATED = 100_000
_DEFAULTS = ("env-default", "attribute")
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {"*": operator.mul, "+": operator.add, "-": operator.sub}


def formatted(evaluator: Evaluation, expression: ex.FormattedString, place: Place) -> Iterator[Text]:
    """What an f-string can be."""
    whole = place.span(expression)
    variants: list[list[Text]] = [[]]
    for part in expression.parts:
        at = place.span(part)
        if isinstance(part, ex.Constant):
            choices = [Text((Known(str(part.value), at),), at)]
        elif part.is_plain:
            values = written.displayed(evaluator, evaluator.evaluate(part.value, place), at)
            choices = texts_of(values, at, MOST_VARIANTS // len(variants))
        else:
            stability = stability_of(evaluator.text(part.value, place))
            choices = [Text((Hole(without_time(stability) if is_date_format(part.spec) else stability, at),), at)]
        variants = extended(variants, choices)
    yield from (concatenate(variant, whole) for variant in variants)


def operation(evaluator: Evaluation, expression: ex.Operation, place: Place) -> Iterator[Value]:
    """What an operator makes of its operands."""
    at = place.span(expression)
    if expression.operator == "or":
        yield from _first_true(evaluator, expression.operands, place)
        return
    if expression.operator == "and":
        chosen = choice_rate.of_test(evaluator, expression.operands[0], place)
        lasts = evaluator.evaluate(expression.operands[-1], place)
        if chosen > Stability.UNKNOWN and any(isinstance(value, Text) for value in lasts):
            lasts = (*lasts, Unknown(chosen, at, expression, place))
        yield from among(lasts, chosen)
        return
    if len(expression.operands) != 2:
        yield evaluator.unknown(expression, place)
        return
    lefts = evaluator.evaluate(expression.operands[0], place)
    rights = evaluator.evaluate(expression.operands[1], place)
    if (number := _arithmetic(lefts, rights, expression.operator)) is not None:
        yield Literal(number, at)
    elif expression.operator == "+":
        yield from _sum(lefts, rights, expression, place)
    elif expression.operator == "%" and any(isinstance(left, Text) for left in lefts):
        for left in lefts:
            if isinstance(left, Text):
                yield templates.percent(left, rights[0] if len(rights) == 1 else as_text(rights, at))
    elif expression.operator == "*" and isinstance(lefts[0], Text):
        yield _repeated(lefts[0], rights[0], at)
    elif expression.operator == "/":
        yield paths.joined(lefts, rights, at) or evaluator.unknown(expression, place)
    elif expression.operator == "|" and isinstance(lefts[0], Record) and not any(isinstance(each, Object) for each in rights):
        yield containers.merge(evaluator, lefts[0], rights, at)
    else:
        yield evaluator.unknown(expression, place)


def _first_true(evaluator: Evaluation, operands: Sequence[ex.Expr], place: Place) -> tuple[Value, ...]:
    """`one or another`."""
    tested: list[Value] = []
    for operand in operands[:-1]:
        values = evaluator.evaluate(operand, place)
        tested += values
        if _has_default(values) or (place.frame is not None and feasible.truth(evaluator, operand, place) is True):
            last: tuple[Value, ...] = ()
            break
    else:
        last = evaluator.evaluate(operands[-1], place)
    chosen = max(stability_of(value) for value in tested)
    return among([*filter(_may_be_true, tested), *(with_source(value, "default") for value in last)], chosen)


def _has_default(values: Sequence[Value]) -> bool:
    """Whether values are those of a setting with a default of its own, which is there where nobody sets it to something else."""
    texts = [value for value in values if isinstance(value, Text)]
    others = [value for value in values if not isinstance(value, Text)]
    return (
        all(value.source in _DEFAULTS and value.stable_head for value in texts)
        and all(isinstance(value, Unknown) and value.stability is Stability.STABLE for value in others)
        and bool(texts)
        and bool(others)
    )


def _may_be_true(value: Value) -> bool:
    return not (isinstance(value, Literal) and not value.value) and not (isinstance(value, Text) and value.value == "")


def _arithmetic(lefts: Sequence[Value], rights: Sequence[Value], sign: str) -> int | float | None:
    """A product, sum or difference of two numbers that are both known, such as `60 * 60`."""
    if sign not in _ARITHMETIC or len(lefts) != 1 or len(rights) != 1:
        return None
    left, right = lefts[0], rights[0]
    if not isinstance(left, Literal) or not isinstance(right, Literal):
        return None
    one, other = left.value, right.value
    if not isinstance(one, (int, float)) or not isinstance(other, (int, float)):
        return None
    return _ARITHMETIC[sign](one, other)


def _repeated(text: Text, times: Value, at: Span) -> Text:
    """`"-" * 40`, where that is not too much to hold."""
    known = text.value
    if (
        known is not None
        and isinstance(times, Literal)
        and isinstance(times.value, int)
        and len(known) * times.value <= _MOST_REPEATED
    ):
        return Text((Known(known * times.value, at),), at)
    return Text((Hole(Stability.STABLE, at),), at)


def _sum(lefts: tuple[Value, ...], rights: tuple[Value, ...], expression: ex.Operation, place: Place) -> Iterator[Value]:
    at = place.span(expression)
    left_at, right_at = (place.span(operand) for operand in expression.operands)
    for left in lefts:
        for right in rights:
            if isinstance(left, Items) and isinstance(right, Items):
                is_cut = left.is_open or len(left.items) + len(right.items) > MOST_ITEMS
                yield Items(left.items if is_cut else left.items + right.items, at, is_cut or right.is_open)
            elif isinstance(left, Items):
                yield dataclasses.replace(left, is_open=True, further=())
            elif isinstance(left, Text) or isinstance(right, Text):
                yield concatenate((as_text((left,), left_at), as_text((right,), right_at)), at)
            else:
                worst = max(stability_of(left), stability_of(right))
                yield Unknown(worst, at, expression, place)
