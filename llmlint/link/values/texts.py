"""Texts of several pieces, and one text for what may be several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.link.values.values import (
    MOST_CHARACTERS,
    MOST_PARTS,
    Hole,
    Known,
    Literal,
    Stability,
    Text,
    Value,
    choice_of,
    stability_of,
)
from llmlint.source import Span

# Holes stand for themselves in the comparison of texts: as characters of a private-use plane, which no prompt holds.
_FIRST_SENTINEL = 0x100000


def extended(variants: Sequence[list[Text]], choices: Sequence[Text], between: Sequence[Text] = ()) -> list[list[Text]]:
    """What a text can be made of, with one more part, which is one of some texts. Where it is certain, the lists themselves become longer: to copy
    them for each part of a long text takes as long as it is long."""
    if len(choices) != 1:
        return [[*variant, *between, choice] for variant in variants for choice in choices]
    for variant in variants:
        variant += (*between, *choices)
    return list(variants)


def concatenate(texts: Sequence[Text], at: Span) -> Text:
    parts: list[Known | Hole] = []
    characters = 0
    chosen = max((text.chosen for text in texts), default=Stability.STABLE)
    for text in texts:
        parts.extend(text.parts)
        characters += text.known_length
        if characters > MOST_CHARACTERS or len(parts) > MOST_PARTS:
            return Text((*_head(parts), Hole(Stability.UNKNOWN, at)), at, chosen=chosen)
    return Text(tuple(parts), at, chosen=chosen)


def _head(parts: Sequence[Known | Hole]) -> list[Known | Hole]:
    """What of a text is followed, as whole parts."""
    kept: list[Known | Hole] = []
    left = MOST_CHARACTERS
    for part in parts[:MOST_PARTS]:
        left -= len(part.text) if isinstance(part, Known) else 0
        if left < 0:
            break
        kept.append(part)
    return kept


def texts_of(values: Sequence[Value], at: Span, most: int) -> list[Text]:
    """The texts that a part of a text can be, at most `most`. Of more, those that are known furthest are kept where the choice between them is
    made once in a process, and one text stands for the others."""
    if len(values) > 1:
        values = [value for value in values if not (isinstance(value, Literal) and value.value is None)] or values
    unknown = [value for value in values if not isinstance(value, (Text, Literal))]
    if not any(isinstance(value, Text) for value in values) and any(stability_of(value) > Stability.UNKNOWN for value in unknown):
        return [as_text(values, at)]  # A number that changes, of which the source tells the first value.
    texts = list(dict.fromkeys(as_text((value,), at) for value in values if isinstance(value, (Text, Literal))))
    texts += [as_text(unknown, at)] if unknown else []
    chosen = choice_of(values)
    kept: list[Text] = []
    if len(texts) > max(most, 1):
        if chosen <= Stability.UNKNOWN:
            kept = sorted(texts, key=lambda text: len(text.stable_head), reverse=True)[: max(most - 1, 0)]
        texts = [text for text in texts if text not in kept]
        texts = [either(texts, at, chosen)]
    return [*kept, *texts]


def as_text(values: Sequence[Value], at: Span) -> Text:
    """One text for what may be several: what they have in common, and a hole for the rest."""
    if len(values) == 1:
        value = values[0]
        if isinstance(value, Text):
            return value
        if isinstance(value, Literal):
            return Text((_written(value),), at)
    elif values and any(isinstance(value, Text) for value in values):
        return either([as_text((value,), at) for value in values], at, choice_of(values))
    stability = max((stability_of(value) for value in values), default=Stability.UNKNOWN)
    return Text((Hole(stability, at),), at)


def _written(literal: Literal) -> Known | Hole:
    try:
        return Known(str(literal.value), literal.at)
    except ValueError:  # Python refuses to write an integer of thousands of digits.
        return Hole(Stability.STABLE, literal.at)


def either(texts: Sequence[Text], at: Span, chosen: Stability) -> Text:
    """One text for several: the start and the end that all have, and between them a hole, which changes as often as the choice is made."""
    holes: dict[Hole, str] = {}
    flat = ["".join(_flattened(text, holes)) for text in texts]
    start = _common(flat)
    shortest = min(map(len, flat))
    end = min(_common([each[::-1] for each in flat]), shortest - start)
    if start == max(map(len, flat)):
        return texts[0]
    between = [_slice(text, start, len(each) - end) for text, each in zip(texts, flat, strict=True)]
    inside = [part.stability for parts in between for part in parts if isinstance(part, Hole)]
    first = [part for parts in between for part in parts[:1]]
    where = next((part.at for part in first if isinstance(part, Hole)), first[0].at if first else at)
    hole = Hole(max([min(chosen, Stability.VARYING), *inside]), where)
    return Text((*_slice(texts[0], 0, start), hole, *_slice(texts[0], len(flat[0]) - end, len(flat[0]))), texts[0].at)


def starts_with(text: Text, start: Text) -> bool:
    """Whether a text begins with another, of which nothing changes in between."""
    holes: dict[Hole, str] = {}
    first = "".join(_flattened(start, holes))
    return "".join(_flattened(text, holes)).startswith(first)


def _common(texts: Sequence[str]) -> int:
    """How many characters several strings have in common at their start."""
    first, last = min(texts), max(texts)
    low, high = 0, min(len(first), len(last))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if first[:middle] == last[:middle] else (low, middle - 1)
    return low


def _flattened(text: Text, holes: dict[Hole, str]) -> Iterator[str]:
    for part in text.parts:
        yield part.text if isinstance(part, Known) else holes.setdefault(part, chr(_FIRST_SENTINEL + len(holes) % 0xFFFF))


def _slice(text: Text, start: int, end: int) -> list[Known | Hole]:
    """The parts of a text from one character to another; a hole is one character."""
    found: list[Known | Hole] = []
    position = 0
    for part in text.parts:
        length = len(part.text) if isinstance(part, Known) else 1
        first, last = max(start - position, 0), min(end - position, length)
        if first < last:
            found.append(Known(part.text[first:last], part.at) if isinstance(part, Known) else part)
        position += length
    return found
