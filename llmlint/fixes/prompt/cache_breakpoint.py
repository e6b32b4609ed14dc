"""Putting a cache breakpoint on the last static block of a prompt, wherever that block is written."""

from __future__ import annotations

import dataclasses
import io
import re
import tokenize
from itertools import takewhile

from llmlint.callsite import Request
from llmlint.catalog import vendor_of
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.edits.request_readers import with_readers
from llmlint.fixes.edits.style import Style, style_of
from llmlint.fixes.prompt.empty_text import may_be_empty
from llmlint.fixes.prompt.rereads import Rereads, rereads
from llmlint.link.flow.defaults import tools_may_differ
from llmlint.link.flow.shared_state import may_change_between_calls
from llmlint.link.values.values import Items, Record
from llmlint.request_data import Segment
from llmlint.scan.expressions import Comprehension, Constant, Expr, Name, Operation, Sequence, walk
from llmlint.scan.facts import Binding, Parameter
from llmlint.source import Span

_MESSAGE = "Add `cache_control` to the last static block"
_MOST_BREAKPOINTS = 4
_WIDEST = 100
# What may stand before a value that begins its line: `system=`, `"system": `, `request["system"] = `.
_STARTS_LINE = re.compile(r"""\s*(?:\w+\s*=|["']\w+["']\s*:|[\w.]+\[["']\w+["']\]\s*=)?\s*""")
_LINE_ENDS = (tokenize.NEWLINE, tokenize.NL)


def has_free_breakpoint(call: Request) -> bool:
    """Whether one more breakpoint can be put on the request: the API takes four. One that code may set counts as well."""
    prompt = call.prompt
    known = sum(each.has_breakpoint for each in prompt.segments) + prompt.has_top_level_breakpoint
    return known + prompt.may_have_breakpoints < _MOST_BREAKPOINTS


def add_breakpoint(call: Request, segment: Segment) -> Fix | None:
    """A fix that sets a breakpoint on `segment`, the last one of the static prefix; None where it cannot be done in place, and where no later call
    would read what is written.

    The client must be one that takes breakpoints on blocks.
    """
    again = rereads(call, segment)
    fix = place_breakpoint(call, segment) if again is not Rereads.NEVER else None
    return weaker(fix, Applicability.SAFE if again is Rereads.ALWAYS else Applicability.UNSAFE) if fix is not None else None


def place_breakpoint(call: Request, segment: Segment, control: str = "") -> Fix | None:
    """The same for a breakpoint that the request has already, at another place. `control` is the code of its value, or empty for the usual one."""
    if not call.takes_fixes or _takes_no_string(call, segment) or (segment.block_at is None and may_be_empty(call, segment)):
        return None
    if _is_written_for_several(call, segment):
        return None
    fix, known = _with_breakpoint(call, segment, control), Applicability.SAFE
    if fix is None:
        return None
    if not _is_right_on_all_paths(call, segment):
        fix = weaker(fix, Applicability.UNSAFE)
    fix = with_readers(call, fix, segment)
    if segment.block_at is None and segment.value_at is not None:
        known = _applicability_of_other_reads(call, segment, segment.value_at)
    ahead = takewhile(lambda each: each is not segment, call.prompt.segments)
    is_sure = (
        segment.is_surely_text
        and all(each.is_certain for each in (segment, *ahead))
        and _is_declared_text(call, segment)
        and not _may_be_empty(call, segment)
        and (call.provider == "anthropic" or _goes_to_claude_only(call))
        and not _is_changed_out_of_sight(call)
        and not may_change_between_calls(
            call.arguments, ("tools", "system", *(["messages"] if segment.kind == "message" else []))
        )
        and not (any(each.kind == "tools" and each.gaps for each in call.prompt.segments) and tools_may_differ(call.arguments))
    )
    return weaker(fix, known, Applicability.SAFE if is_sure else Applicability.UNSAFE)


def _is_written_for_several(call: Request, segment: Segment) -> bool:
    """Whether one place of the source gives several blocks of the request, as a loop over examples does: an edit there would mark each of them,
    and the API refuses more than four breakpoints."""
    place = (segment.value_at, segment.block_at)
    return any(each is not segment and (each.value_at, each.block_at) == place for each in call.prompt.segments)


def _is_changed_out_of_sight(call: Request) -> bool:
    """Whether the lists of the request passed through code that may have put something ahead of what is known: `system.insert(0, block)`."""
    values = (value for each in call.siblings() for name in ("system", "messages") for value in each.values(name))
    return any(isinstance(value, (Items, Record)) and value.has_escaped for value in values)


def _is_right_on_all_paths(call: Request, segment: Segment) -> bool:
    """Whether on the other call paths, too, all text up to the breakpoint is the same from call to call."""
    is_split = not segment.is_whole
    for other in call.siblings():
        for each in other.prompt.segments:
            is_it = (each.value_at, each.block_at) == (segment.value_at, segment.block_at)
            if is_it and (each.is_whole or (is_split and each.text == segment.text)):
                break
            if is_it or not each.is_whole:
                return False
        else:
            return False
    return True


def _parameter(call: Request, segment: Segment) -> Parameter | None:
    """The parameter of the function of the call that gives a segment as it is."""
    if segment.value_at is None or segment.block_at is not None or not call.is_in_function(segment.value_at):
        return None
    return call.parameter(call.source(segment.value_at))


def _annotated(parameter: Parameter) -> set[str]:
    nodes = list(walk(parameter.annotation)) if parameter.annotation is not None else []
    names = {node.id for node in nodes if isinstance(node, Name)}
    return names | {node.value for node in nodes if isinstance(node, Constant) and isinstance(node.value, str)}


def _takes_no_string(call: Request, segment: Segment) -> bool:
    """Whether a segment is given by a parameter that is annotated as something else than a string."""
    parameter = _parameter(call, segment)
    return parameter is not None and parameter.annotation is not None and "str" not in _annotated(parameter)


def _is_declared_text(call: Request, segment: Segment) -> bool:
    """Whether callers out of sight pass a string, too: a segment is no parameter, or one that is annotated as a string."""
    parameter = _parameter(call, segment)
    if parameter is None:
        return True
    return _annotated(parameter) == {"str"} and not isinstance(parameter.annotation, Operation)


def _may_be_empty(call: Request, segment: Segment) -> bool:
    """Whether other arguments may leave a segment without text, on which the API takes no breakpoint: what it is bound to starts as an empty string,
    or picks items by a test."""
    if segment.value_at is None or not call.is_in_function(segment.value_at):
        return False
    place = call.place
    bindings = place.module.bindings(place.point.scope, call.source(segment.value_at))
    given = [value for binding in bindings if (value := _part(binding)) is not None]
    is_picked = any(isinstance(node, Comprehension) and node.conditions for value in given for node in walk(value))
    return is_picked or (len(given) > 1 and any(isinstance(value, Constant) and value.value == "" for value in given))


def _part(binding: Binding) -> Expr | None:
    """What a name is bound to, where that is written: of a tuple, its own item."""
    value = binding.value
    for index in binding.path:
        value = value.items[index] if isinstance(value, Sequence) and index < len(value.items) else None
    return value


def _with_breakpoint(call: Request, segment: Segment, control: str) -> Fix | None:
    if segment.block_at is not None and segment.is_whole:
        return _on_block(call, segment.block_at, control)
    if segment.value_at is None:
        return None
    return _wrap(call, segment.value_at, control) if segment.is_whole else _split(call, segment, segment.value_at, control)


def _goes_to_claude_only(call: Request) -> bool:
    """Whether a client for many vendors is given Claude models and no others, which may not take breakpoints."""
    return all(value.is_only and vendor_of(value.spelling) == "anthropic" for value in call.models)


def weaker(fix: Fix, *limits: Applicability) -> Fix:
    """The fix with the most careful of its own applicability and the limits."""
    order = list(Applicability)
    weakest = max(fix.applicability, *limits, key=order.index)
    is_shown_only = weakest is Applicability.DISPLAY_ONLY is not fix.applicability
    message = f"{fix.message}; other code reads the text from the dict" if is_shown_only else fix.message
    return dataclasses.replace(fix, applicability=weakest, message=message)


def _applicability_of_other_reads(call: Request, segment: Segment, at: Span) -> Applicability:
    """What the change of a string in a dict to a list of blocks means for code that reads the item of the dict again.

    A dict of the same function is mostly read again for a log. One that other functions share, another call may be made from.
    """
    if at.path == call.span.path and call.span.start <= at.start < call.span.end:
        return Applicability.SAFE
    key = "system" if segment.kind == "system" and call.provider == "anthropic" else "content"
    read = rf"""(?:\[\s*["']{key}["']\s*\](?!\s*=(?!=))|\.(?:get|pop|setdefault)\(\s*["']{key}["'])"""
    texts = [call.program.source(path).text for path in {at.path, call.span.path}]
    holder = _holder(call, at)
    if holder is not None and not call.is_in_function(at):
        if any(re.search(rf"\b{re.escape(holder)}\s*{read}", text) for text in texts):
            return Applicability.DISPLAY_ONLY
    return Applicability.UNSAFE if any(re.search(read, text) for text in texts) else Applicability.SAFE


def _holder(call: Request, at: Span) -> str | None:
    """The name that is bound to the dict in which something is written."""
    module = call.program.module(at.path)
    bindings = module.named_facts.bindings if module is not None else ()
    around = (each for each in bindings if each.value is not None and each.value.start <= at.start < each.value.end)
    return next((binding.name for binding in around), None)


def _on_block(call: Request, at: Span, control: str) -> Fix | None:
    """`{…}` → `{…, "cache_control": …}`."""
    # Only here does a codemod need a syntax tree; importing libcst is not cheap.
    from llmlint.fixes.edits.dict_item import add_item

    style = style_of(call.program.source(at.path))
    edits = add_item(call.source(at), f"{style.string('cache_control')}: {control or style.cache_control}")
    if edits is None:
        return None
    moved = tuple(Edit(Span(at.path, at.start + edit.start, at.start + edit.start), edit.text) for edit in edits)
    return Fix(Applicability.SAFE, _MESSAGE, moved)


def _wrap(call: Request, at: Span, control: str) -> Fix:
    """A string expression → a list with one block, which has a breakpoint."""
    code = call.source(at)
    return Fix(Applicability.SAFE, _MESSAGE, (Edit(at, text_blocks(call, at, [(code, True)], control)),))


def _split(call: Request, segment: Segment, at: Span, control: str) -> Fix | None:
    """A string with a static head and a changing tail → two blocks, of which the first has a breakpoint."""
    hole = segment.hole_at
    if hole is None or hole.path != at.path or not at.start <= hole.start < at.end:
        return None
    from llmlint.fixes.edits.split_text import split_text

    parts = split_text(call.source(at), hole.start - at.start)
    if parts is None:
        return None
    # The API refuses a block without text: a tail that is only a hole may be empty.
    applicability = Applicability.SAFE if parts.tail_has_text else Applicability.UNSAFE
    return Fix(applicability, _MESSAGE, (Edit(at, text_blocks(call, at, [(parts.head, True), (parts.tail, False)], control)),))


def text_blocks(call: Request, at: Span, texts: list[tuple[str, bool]], control: str = "") -> str:
    """A list of text blocks (code of the text, whether it gets a breakpoint) for what stands at `at`, in the layout that fits: on one line, or
    one item a line as formatters write it.

    Where other arguments stand before it on its line, it stays on that line: only a formatter can break such a line well.
    """
    source = call.program.source(at.path)
    style = style_of(source)
    single = ", ".join(f"{{{', '.join(_items(style, code, has_breakpoint, control))}}}" for code, has_breakpoint in texts)
    line = source.line_text(at.start)
    before = line[: source.location(at.start).column - 1]
    is_narrow = len(line) - (at.end - at.start) + len(single) + 2 <= _WIDEST
    if "\n" not in single and (is_narrow or not _STARTS_LINE.fullmatch(before)):
        return f"[{single}]"
    indent = re.match(r"[ \t]*", line).group()  # type: ignore[union-attr]
    step = style.step
    lines = ["["]
    for code, has_breakpoint in texts:
        items = _items(style, _indented(code, step * 2), has_breakpoint, control)
        lines += [f"{indent}{step}{{", *(f"{indent}{step * 2}{item}," for item in items), f"{indent}{step}}},"]
    return source.newline.join([*lines, f"{indent}]"])


def _items(style: Style, code: str, has_breakpoint: bool, control: str) -> list[str]:
    """The items of a text block."""
    items = [f"{style.string('type')}: {style.string('text')}", f"{style.string('text')}: {code}"]
    return [*items, f"{style.string('cache_control')}: {control or style.cache_control}"] if has_breakpoint else items


def _indented(code: str, by: str) -> str:
    """Code of several lines, moved to the right with its first line, unless a string in it goes over several lines."""
    # `newline=None` turns `\r\n` into `\n`, which changes no place of a token but those of line ends.
    tokens = tokenize.generate_tokens(io.StringIO(f"({code})", newline=None).readline)
    try:
        is_movable = all(token.start[0] == token.end[0] or token.type in _LINE_ENDS for token in tokens)
    except (tokenize.TokenError, SyntaxError):
        return code
    return re.sub(r"\n(?=[^\r\n])", f"\n{by}", code) if is_movable else code
