"""Applying fixes to texts: which fixes go together, what they give, and whether the result may be kept. No file is touched."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from llmlint.scan.large_stack import is_stack_small, on_large_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from llmlint.findings import Applicability, Edit, Finding
    from llmlint.source import Span


_CODES = re.compile(r"#\s*llmlint:\s*ignore\[[^\[\]\r\n]*\Z", re.IGNORECASE)
# A pause between calls, with the comments above and behind it.
_PAUSE = re.compile(r"(?:\s*#[^\r\n]*)*\s*(?:if\s[^\r\n]*:(?:\s*#[^\r\n]*)*\s*)?(?:await\s+)?(?:\w+\.)?sleep\([^\r\n]*\s*")
_BREAKPOINT = re.compile(r"""(?:\s*#[^\r\n]*\s)?\s*["']?cache_control["']?\s*[:=][^\r\n]*\s*""")
_COMMENT = re.compile(r"#[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """Findings whose fixes can be applied together, in source order, and those that would get in their way."""

    chosen: tuple[Finding, ...]
    skipped: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FixOutcome:
    """What applying the fixes of some findings gives.

    `texts` holds the new text of every file that changes, by path. `edits` are the edits that lead there, by path and in source
    order. `created` holds the text of every new file by path. `skipped` are findings left for a further run, as their fixes overlap
    with an applied one. `refused` are findings with the reason why their fixes must not be applied.
    """

    texts: Mapping[str, str]
    edits: Mapping[str, tuple[Edit, ...]]
    created: Mapping[str, str]
    fixed: tuple[Finding, ...]
    skipped: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits. Insertions at one place keep their order.

    Raises ValueError for edits that overlap or lie outside of the text.
    """
    parts: list[str] = []
    position = 0
    for edit in sorted(edits, key=_position):
        start, end = edit.span.start, edit.span.end
        if not position <= start <= end <= len(text):
            raise ValueError(
                f"edit {start}:{end} overlaps with another, or lies outside of the {len(text)} characters of the text"
            )
        parts += text[position:start], edit.text
        position = end
    return "".join([*parts, text[position:]])


def choose_fixes(findings: Iterable[Finding], allowed: Collection[Applicability]) -> Choice:
    """The fixes of the allowed levels that do not get in each other's way: of two that do, the one that replaces less, or else the first.

    So a call is fixed before the loop around it is rewritten, which leaves no call that could be fixed.
    A fix is taken whole or not at all, in all the files that it touches. Edits that two fixes have in common count once, as does a new
    file that both create with the same text, and both findings are chosen. Two fixes that insert different texts at one place, or at
    the edge of what the other replaces, are not applied together: each was written for the text as it stands.
    """
    chosen: list[Finding] = []
    skipped: list[Finding] = []
    taken: dict[str, list[Edit]] = {}
    created: dict[str, str] = {}
    for finding in sorted(findings, key=lambda finding: (_extent(finding), *_place(finding))):
        if finding.fix is None or finding.fix.applicability not in allowed or not finding.fix.edits:
            continue
        edits = _by_path([finding])
        fits = not any(_overlap(edits[path]) or _collide(edits[path], taken.get(path, [])) for path in edits)
        fits = fits and all(created.get(new.path, new.text) == new.text for new in finding.fix.new_files)
        (chosen if fits else skipped).append(finding)
        if fits:
            created |= _created([finding])
            for path in edits:
                taken.setdefault(path, []).extend(edits[path])
    return Choice(tuple(sorted(chosen, key=_place)), tuple(sorted(skipped, key=_place)))


def fix_texts(findings: Iterable[Finding], allowed: Collection[Applicability], text_of: Callable[[str], str]) -> FixOutcome:
    """Applies the fixes that go together, and leaves out those whose result `check_fixed` refuses.

    `text_of` gives the text of a path as the findings' spans count it.
    """
    sound: list[Finding] = []
    refused: list[tuple[Finding, str]] = []
    for finding in findings:
        if _is_sound(finding, text_of):
            sound.append(finding)
        else:
            refused.append((finding, "its edits overlap, or lie outside of the file"))
    choice = choose_fixes(sound, allowed)
    kept = list(choice.chosen)
    texts = _texts(kept, text_of)
    by_path = _by_path(kept)
    dropped = {comment for finding in kept for comment in _comments_dropped(finding, text_of)}
    if any(check_fixed(text_of(path), text, dropped, by_path[path]) for path, text in texts.items()):
        # Something is wrong with at least one of them: add them one by one to see which.
        kept = []
        for finding in choice.chosen:
            trial = _texts([*kept, finding], text_of)
            touched, all_edits = _by_path([finding]), _by_path([*kept, finding])
            reasons = (check_fixed(text_of(path), trial[path], dropped, all_edits[path]) for path in touched)
            reason = next(filter(None, reasons), None)
            if reason is None:
                kept.append(finding)
            else:
                refused.append((finding, reason))
        texts = _texts(kept, text_of)
    edits = {path: tuple(sorted(edits, key=_position)) for path, edits in _by_path(kept).items()}
    return FixOutcome(texts, edits, _created(kept), tuple(kept), choice.skipped, tuple(refused))


def _comments_dropped(finding: Finding, text_of: Callable[[str], str]) -> Iterator[str]:
    """The comments, or parts of comments, that the fix of a finding changes: the one that it is about, and those that suppress it."""
    text = text_of(finding.at.path)[finding.at.start : finding.at.end]
    if finding.at == finding.call and text.startswith("#"):
        yield text
    for edit in finding.fix.edits if finding.fix else ():
        # A list of codes that gets longer.
        said = text_of(edit.span.path)[: edit.span.end]
        listed = _CODES.search(said, max(said.rfind("\n"), said.rfind("\r")) + 1)
        if listed is not None:
            yield listed[0]
        yield from comments_of_deletion(text_of(edit.span.path)[edit.span.start : edit.span.end], edit)


def comments_of_deletion(old: str, edit: Edit) -> list[str]:
    """The comments about a pause between calls, or about a cache breakpoint, that an edit takes away along with that."""
    is_deletion = not edit.text and (_PAUSE.fullmatch(old) or _BREAKPOINT.fullmatch(old)) is not None
    return [comment.strip() for comment in _COMMENT.findall(old)] if is_deletion else []


def _is_sound(finding: Finding, text_of: Callable[[str], str]) -> bool:
    """Whether the edits of a fix can be applied at all. Where they cannot, that is a fault of its rule."""
    edits = _by_path([finding])
    return all(
        not _overlap(edits[path]) and all(0 <= edit.span.start <= edit.span.end <= len(text_of(path)) for edit in edits[path])
        for path in edits
    )


def check_fixed(old_text: str, new_text: str, dropped: Collection[str] = (), edits: Iterable[Edit] = ()) -> str | None:
    """Why a fixed text must not replace the old one: it would not parse or compile, or a comment would be lost. None where it may.

    `dropped` are the comments, or parts of comments, that are to go, and a comment is not lost where one of the `edits` changes words in
    it. Text that is too new for the running Python's own parser is checked with libcst's.
    """
    error = _syntax_error(new_text)
    by_libcst = error is not None and _syntax_error(old_text) is not None
    if by_libcst:
        error = _libcst_error(new_text)
    if error is not None:
        return f"the fixed code would not parse: {error}"
    error = _compile_error(new_text) if not by_libcst and _compile_error(old_text) is None else None
    if error is not None:
        return f"the fixed code would not compile: {error}"
    if old_text.startswith("#!") and re.split("[\r\n]", new_text, maxsplit=1)[0] != re.split("[\r\n]", old_text, maxsplit=1)[0]:
        return "the fix would move the first line, which says what runs the file"
    in_comments = [edit for edit in edits if edit.text and _is_in_comment(old_text, edit.span)]
    old_text = apply_edits(old_text, in_comments)
    try:
        lost = _comments(old_text, by_libcst) - _comments(new_text, by_libcst)
    except (tokenize.TokenError, SyntaxError):
        lost = _comments(old_text, True) - _comments(new_text, True)
    # A comment may get another behind it.
    lost = Counter(comment for comment in lost if not any(f"{comment}  # llmlint:" in line for line in new_text.splitlines()))
    kept = next((comment for comment in lost if not any(part in comment for part in dropped)), None)
    return f"the fix would lose a comment: {kept}" if kept is not None else None


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.at.path, finding.at.start, finding.at.end


def _extent(finding: Finding) -> int:
    """How many characters a fix replaces."""
    return sum(edit.span.end - edit.span.start for edit in finding.fix.edits) if finding.fix else 0


def _position(edit: Edit) -> tuple[int, int]:
    return edit.span.start, edit.span.end


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Edit]]:
    """The edits of the findings' fixes by file, each once, in the order in which the fixes name them."""
    edits: dict[str, dict[Edit, None]] = {}
    for finding in findings:
        for edit in finding.fix.edits if finding.fix else ():
            edits.setdefault(edit.span.path, {})[edit] = None
    return {path: list(unique) for path, unique in edits.items()}


def _created(findings: Iterable[Finding]) -> dict[str, str]:
    return {new.path: new.text for finding in findings if finding.fix for new in finding.fix.new_files}


def _texts(findings: Iterable[Finding], text_of: Callable[[str], str]) -> dict[str, str]:
    return {path: apply_edits(text_of(path), edits) for path, edits in _by_path(findings).items()}


def _overlap(edits: list[Edit]) -> bool:
    """Whether the edits of one fix overlap: then the fix itself is wrong."""
    ordered = sorted(edits, key=_position)
    return any(edit.span.start < before.span.end for before, edit in pairwise(ordered))


def _collide(edits: list[Edit], taken: list[Edit]) -> bool:
    """Whether an edit gets in the way of one that another fix brought. An equal one does not: it is the same change."""
    return any(_touch(edit, other) for edit in edits for other in taken if edit != other)


def _touch(one: Edit, other: Edit) -> bool:
    if one.span.start == one.span.end or other.span.start == other.span.end:
        return one.span.start <= other.span.end and other.span.start <= one.span.end
    return one.span.start < other.span.end and other.span.start < one.span.end


def _syntax_error(text: str) -> str | None:
    """What Python's own parser has against the text, if anything."""
    return _error(text, ast.PyCF_ONLY_AST)


@lru_cache(maxsize=4)  # The fixes of several loops change one function.
def _compile_error(text: str) -> str | None:
    """What Python's compiler has against the text, such as a `return` outside of a function; `await` may stand there in a notebook."""
    return _error(text, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _error(text: str, flags: int) -> str | None:
    try:
        with warnings.catch_warnings():
            # The code's own invalid escapes and the like are not this tool's business.
            warnings.simplefilter("ignore")
            work = partial(compile, text, "<fixed>", "exec", flags, dont_inherit=True)
            if is_stack_small():
                on_large_stack(work)
            else:
                work()
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None


def _libcst_error(text: str) -> str | None:
    import libcst

    from llmlint.scan.libcst_parse import parse_module, plainer
    from llmlint.scan.parse import ScanError

    try:
        parse_module(plainer(text))
    except libcst.ParserSyntaxError as error:
        return f"{error.message} (line {error.raw_line})"
    except (ScanError, RecursionError):
        return "too deeply nested"
    return None


def _is_in_comment(text: str, span: Span) -> bool:
    """Whether a part of a text lies in a comment that has its line to itself or stands behind code without strings."""
    line = text[max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1 : span.start]
    code = re.sub(r"""\"[^"]*\"|'[^']*'""", "", line)
    return span.start < span.end and "#" in code and '"' not in code.partition("#")[0] and "'" not in code.partition("#")[0]


@lru_cache(maxsize=4)
def _comments(text: str, by_libcst: bool) -> Counter[str]:
    """Every comment of the text with how often it stands there."""
    if by_libcst:
        import libcst
        from libcst import matchers

        from llmlint.scan.libcst_parse import parse_module, plainer

        comments = matchers.findall(parse_module(plainer(text)), matchers.Comment())
        return Counter(comment.value.rstrip() for comment in comments if isinstance(comment, libcst.Comment))
    # `newline=None` turns `\r\n` and `\r` into `\n`: some versions of tokenize do not know a lone `\r`.
    tokens = tokenize.generate_tokens(io.StringIO(text, newline=None).readline)
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)
