"""How people write a model's name in comments, texts, paths and identifiers, and how they would write that of another model."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from llmlint.catalog import Catalog, Model

_CLAUDE = re.compile(
    r"claude-(?P<family>[a-z]+)-(?P<major>\d+)(?:-(?P<minor>\d+))?|claude-(?P<first>\d)(?:-(?P<second>\d))?-(?P<last>[a-z]+)"
)
_OTHER = re.compile(r"(?:chat)?(?P<brand>gpt|gemini)-(?P<number>\d+(?:\.\d+)?)(?P<letter>o?)(?P<words>(?:-[a-z]+)*)(?:-.*)?")
# Names as APIs take them, and what may stand behind them in a path or a key.
_SLUG = re.compile(
    r"(?<![\w.-])(?:claude-[a-z0-9.-]*[a-z0-9]|(?:chat)?gpt-\d[a-z0-9.-]*|o[1-9](?:-[a-z0-9-]+)?|gemini-[a-z0-9.-]+)(?![A-Za-z0-9])"
)
_IN_NAMES = r"mini|nano|pro|turbo|preview|audio|realtime|search|vision|instruct|codex|latest|fast|thinking|lite|sol|terra|luna|astra|\d+k?"
_BEHIND = re.compile(rf"[.-](?!(?:{_IN_NAMES})(?![a-z]))[a-z]+$")
# What must not follow a name of which it would make another.
_ENDS = rf"(?![a-z0-9])(?!(?i:[-_ .]?(?:{_IN_NAMES}|o)(?![a-z])))"
_GAP = "[-_ ]?"


class Mention(NamedTuple):
    """A place of a text where a model is named; `new` is how the other model is called in this form, None where that is not certain. `is_loose`:
    the name is that of other models of the line, too (`GPT-4`)."""

    start: int
    end: int
    new: str | None
    is_loose: bool = False


def mentions(text: str, old: Model, new: Model, spelling: str, new_spelling: str) -> Iterator[Mention]:
    """Where a text names a model: as APIs spell it (`gpt-4o`), as people do (`GPT-4o`, `Claude Sonnet 4`), or as identifiers do (`gpt4o`)."""
    exact, loose = _patterns(old, new)
    taken = []
    for match in _SLUG.finditer(text):
        name = _name_in(match[0])
        model = _model_of(name)
        if model is not None and model.id == old.id:
            end = match.start() + len(name)
            yield Mention(match.start(), end, new_spelling if name == spelling else new.id)
        if model is not None or not loose.fullmatch(match[0]):
            taken.append(match.span())
    for pattern in (exact, loose):
        for match in pattern.finditer(text):
            place = bisect_left(taken, match.span())
            if not any(start < match.end() and match.start() < end for start, end in taken[max(place - 1, 0) : place + 1]):
                taken.insert(place, match.span())
                is_part = text[match.start() - 1 : match.start()].isalpha()
                yield Mention(*match.span(), None if is_part else _called(match[0], old, new), pattern is loose)


def _name_in(slug: str) -> str:
    """A model's name without what a path or a key has behind it: `gpt-4o` of `gpt-4o-answers.json`."""
    while _model_of(slug) is None and (behind := _BEHIND.search(slug)) is not None:
        slug = slug[: behind.start()]
    return slug.rstrip(".-")


@lru_cache(maxsize=256)
def _model_of(name: str) -> Model | None:
    reference = Catalog.bundled().find(name)
    return reference.model if reference is not None else None


@lru_cache(maxsize=32)
def _patterns(old: Model, new: Model) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The forms of a model's own name, and those of names that other models of its line have as well."""
    exact, loose = list[str](), list[str]()
    claude, other = _CLAUDE.match(old.id), _OTHER.match(old.id)
    if claude is not None:
        family, major, minor = _parts(claude)
        number = rf"{major}(?:[._-]?0)?" if not minor else rf"{major}[._-]?{minor}"
        exact = [rf"(?:claude{_GAP})?{family}{_GAP}{number}", rf"claude{_GAP}{number}{_GAP}{family}", rf"{number}[-_ ]{family}"]
        loose = [rf"claude{_GAP}(?:{number}|{major})(?![-_ .]?(?:opus|sonnet|haiku))"]
        if family != _parts(_CLAUDE.match(new.id))[0]:
            loose.append(rf"(?:claude{_GAP})?{family}(?![-_ ]?\d)")
    elif other is not None:
        number = other["number"].replace(".", "[._]?")
        words = "".join(f"{_GAP}{word}" for word in other["words"].split("-") if word not in ("", "preview"))
        exact = [rf"{other['brand']}{_GAP}{number}{other['letter']}{words}"]
        # Many say GPT-4 to all models of that line.
        loose = [rf"gpt{_GAP}{number}"] if other["brand"] == "gpt" else []
    return _one_of(exact), _one_of(loose)


def _one_of(forms: list[str]) -> re.Pattern[str]:
    either = "|".join(f"(?:{form})" for form in forms) or r"(?!)"
    return re.compile(rf"(?:(?<![A-Za-z0-9.])|(?<=[a-z])(?=[A-Z]))(?i:{either}){_ENDS}")


def _parts(match: re.Match[str] | None) -> tuple[str, str, str]:
    """Family, major and minor version of a Claude model; a minor version of 0 is left out."""
    if match is None:
        return ("", "", "")
    if match["family"]:
        family, major, minor = match["family"], match["major"], match["minor"]
    else:
        family, major, minor = match["last"], match["first"], match["second"]
    return family, major, "" if minor in (None, "0") else minor


def _called(word: str, old: Model, new: Model) -> str | None:
    """What takes the place of a model's name as people write it; None for forms of identifiers, and for a family that is left."""
    if "_" in word or (word.isupper() and not word.startswith("GPT")):
        return None
    claude = _CLAUDE.match(new.id)
    if claude is None:
        return _spoken(new.id) if word[0].isupper() else new.id
    family, major, minor = _parts(claude)
    number = f"{major}.{minor}" if minor else major
    if not any(letter.isdigit() for letter in word) or " " not in word:
        return None
    has_family = _parts(_CLAUDE.match(old.id))[0] in word.lower()
    brand = "Claude " if "claude" in word.lower() else ""
    name = f"{brand}{family.capitalize()} {number}" if has_family else f"Claude {number}"
    return name if word[0].isupper() or word[0].isdigit() else name.lower()


def _spoken(id: str) -> str:
    """`GPT-6 Luna` of `gpt-6-luna`."""
    brand, number, *words = id.split("-")
    head = f"{brand.upper()}-{number}" if brand == "gpt" else f"{brand.capitalize()} {number}"
    return " ".join([head, *(word if word in ("mini", "nano", "pro") else word.capitalize() for word in words)])


def without_mentions(text: str, found: Sequence[Mention], start: int, end: int, old: Model, new: Model) -> str:
    """A part of a text without the mentions of a model in it; `found` are those of the whole text, in order."""
    said = text[start:end]
    for each in reversed(found[bisect_left(found, start, key=_start) : bisect_left(found, end, key=_start)]):
        if each.end <= end:
            said = f"{said[: each.start - start]} {said[each.end - start :]}"
    if old.id.startswith("claude-") and old.family == new.family:
        said = re.sub(rf"\b(?:Claude|{old.family})\b(?![-_ ]?\d)", "", said, flags=re.IGNORECASE)
    return said


def _start(mention: Mention) -> int:
    return mention.start
