"""Comments that suppress findings: `# llmlint: ignore[LLM101] reason`, `# noqa: LLM101`, and `# llmlint: ignore-file[LLM201]`.

Here they are only found. Which findings they hide, and which of them hide none, is for the run to say.
"""

from __future__ import annotations

import re
import tokenize
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from llmlint.source import line_starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Whether a text is worth tokenizing at all, once it is folded: letters of either size are found slowly.
_HINT = re.compile(r"llmlint[^\S\r\n]*:|noqa")

_DIRECTIVE = re.compile(
    r"#\s*(?:llmlint\s*:\s*(?P<body>(?:(?!#\s*(?:llmlint\s*:|noqa)).)*)|(?P<noqa>noqa)(?![\w-]))", re.IGNORECASE | re.DOTALL
)
_IGNORE = re.compile(r"(?P<verb>ignore-file|ignore)\b(?!-)\s*(?P<brackets>\[(?P<codes>[^\[\]]*)\])?", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z]+[0-9]+")
_NAME = re.compile(r"[a-z]+(?:-[a-z0-9]+)*")
# As flake8 and ruff read it: codes behind a colon, with commas or spaces between.
_NOQA_CODES = re.compile(r"\s*:\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?", re.IGNORECASE)
_OURS = "LLM"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One directive. `start` and `end` are its offsets in the text, from the `#` to the end of its codes or its reason.

    `line` counts from 1. `codes` holds rule codes (in capitals) and rule names; empty means all rules. `kind` says which form
    it has, and `whole_file` whether it is `ignore-file`. A directive with a `problem` suppresses nothing, for that reason. `is_alone`: nothing
    but comments is on its line.
    """

    start: int
    end: int
    line: int
    codes: tuple[str, ...]
    kind: Literal["llmlint", "noqa"]
    whole_file: bool = False
    problem: str | None = None
    is_alone: bool = False

    def covers(self, code: str, name: str) -> bool:
        """Whether the directive suppresses a rule, wherever it applies."""
        return self.problem is None and (not self.codes or code in self.codes or name in self.codes)


def find_suppressions(text: str) -> tuple[Suppression, ...]:
    """The directives in the comments of a module, in order; text in strings does not count. Broken code is no error."""
    folded = text.lower()
    if "noqa" not in folded and "llmlint" not in folded:
        return ()
    starts = line_starts(text)
    # Tokenizing is slow, and most of what is found here is `noqa` with the codes of other tools.
    hinted = dict.fromkeys(bisect_right(starts, at) for at in _hints(text, folded))
    if not any(_may_hold_directive(text, line, starts) for line in hinted):
        return ()
    found = (each for offset, comment in _comments(text, starts) for each in _directives(comment, offset, starts))
    return tuple(replace(each, is_alone=_is_alone(text, each, starts)) for each in found)


def _hints(text: str, folded: str) -> Iterator[int]:
    """Where a text has the words of directives; `folded` is the same in small letters."""
    if len(folded) != len(text):  # Some capital letters become two small ones.
        folded = "".join(each if len(lower := each.lower()) > 1 else lower for each in text)
    return (at for word in ("noqa", "llmlint") for at in _places(folded, word) if _HINT.match(folded, at))


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _is_alone(text: str, comment: Suppression, starts: Sequence[int]) -> bool:
    before = text[starts[comment.line - 1] : comment.start].strip()
    return not before or before.startswith("#")


def may_be_unused(text: str) -> bool:
    """Whether a module has directives that are no use to anybody if they suppress nothing: those that are meant for llmlint alone."""
    return any(each.kind == "llmlint" or each.codes for each in find_suppressions(text))


def _may_hold_directive(text: str, line: int, starts: Sequence[int]) -> bool:
    """Whether a line (from 1 on) can hold a directive, if what follows its first `#` is a comment."""
    end = starts[line] if line < len(starts) else len(text)
    start = text.find("#", starts[line - 1], end)
    return start >= 0 and next(_directives(text[start:end].rstrip(), start, starts), None) is not None


def _comments(text: str, starts: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Offset and text of each comment, as far as the text can be tokenized."""
    lines = iter([text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)])
    try:
        for token in tokenize.generate_tokens(lambda: next(lines, "")):
            if token.type == tokenize.COMMENT:
                yield starts[token.start[0] - 1] + token.start[1], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _directives(comment: str, offset: int, starts: Sequence[int]) -> Iterator[Suppression]:
    line = bisect_right(starts, offset)
    for match in _DIRECTIVE.finditer(comment):
        start = offset + match.start()
        if not match["noqa"]:
            body = match["body"].rstrip()
            yield _ignore(body, start, offset + match.start("body") + len(body), line)
            continue
        listed = _NOQA_CODES.match(comment, match.end())
        if listed is None:
            yield Suppression(start, offset + match.end(), line, (), "noqa")
        elif listed["codes"]:
            codes = tuple(code.upper() for code in _CODE.findall(listed["codes"]) if code.upper().startswith(_OURS))
            if codes:
                yield Suppression(start, offset + listed.end(), line, codes, "noqa")


def _ignore(body: str, start: int, end: int, line: int) -> Suppression:
    """A directive of our own, from what stands behind the colon."""

    def wrong(problem: str) -> Suppression:
        return Suppression(start, end, line, (), "llmlint", problem=problem)

    match = _IGNORE.match(body)
    if match is None:
        return wrong("only `ignore[...]` and `ignore-file` are known after `llmlint:`")
    whole_file = match["verb"].lower() == "ignore-file"
    if match["brackets"] is None:
        if body[match.end() :].startswith("["):
            return wrong("the bracket is not closed")
        if not whole_file:
            return wrong("write the rules in brackets: `ignore[LLM101]`")
        return Suppression(start, end, line, (), "llmlint", whole_file)
    codes = [each.strip() for each in match["codes"].split(",") if each.strip()]
    if not codes:
        return wrong("the brackets are empty: write the rules, as in `ignore[LLM101]`")
    for code in codes:
        if not _CODE.fullmatch(code) and not _NAME.fullmatch(code):
            return wrong(f"{code!r} is neither the code nor the name of a rule")
    return Suppression(
        start, end, line, tuple(code.upper() if _CODE.fullmatch(code) else code for code in codes), "llmlint", whole_file
    )


def without_codes(text: str, comment: Suppression, codes: frozenset[str]) -> tuple[int, int, str]:
    """The edit that takes some codes out of a directive: from where to where, and what comes there. Without codes the directive goes, with
    the line if nothing else is on it."""
    said = text[comment.start : comment.end]
    listed = re.search(r"\[([^\[\]]*)\]" if comment.kind == "llmlint" else r":\s*(.*)", said, re.DOTALL)
    if listed is not None:
        known = (
            re.split(r"\s*,\s*|\s+", listed[1].strip())
            if comment.kind == "noqa"
            else [each.strip() for each in listed[1].split(",")]
        )
        kept = [code for code in known if code and not {code, code.upper()} & codes]
        if kept:
            start = comment.start + listed.start(1)
            return start, start + len(listed[1].rstrip()), ", ".join(kept)
    start, end = comment.start, comment.end
    line_end = re.compile(r"[\r\n]|\Z").search(text, end)
    assert line_end is not None
    if text[end : line_end.start()].strip():
        return start, end + len(text[end:]) - len(text[end:].lstrip(" \t")), ""
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    if text[first:start].strip():
        return first + len(text[first:start].rstrip()), line_end.start(), ""
    following = re.compile(r"\r\n|\r|\n|\Z").match(text, line_end.start())
    return first, following.end() if following is not None else line_end.start(), ""
