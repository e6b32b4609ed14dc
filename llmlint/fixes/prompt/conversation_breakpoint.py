"""Putting a cache breakpoint on the end of a conversation: the top-level one, or one on the last block where client or method refuse that."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.edits.add_keyword import add_keyword, has_closed_body
from llmlint.fixes.edits.declared import is_below
from llmlint.fixes.edits.remove_named import remove_breakpoint
from llmlint.fixes.edits.request_readers import with_readers
from llmlint.fixes.edits.style import Style, has_lone_returns, style_of
from llmlint.link.names.index import ModuleIndex
from llmlint.request_data import Breakpoint
from llmlint.scan.facts import Scope
from llmlint.source import Span

# The keyword came with anthropic 0.83 (February 2026); `messages.parse` of 2.12.0 has none (`resources/messages/messages.py:1450`).
_FIRST_VERSION = (0, 83)
LEGACY_BEDROCK = frozenset({"AnthropicBedrock", "AsyncAnthropicBedrock"})
_HELPER = "with_cache_breakpoint"


def add_conversation_breakpoint(call: Request) -> Fix | None:
    """A fix that sets a breakpoint at the end of the messages; None where the call has no place for it in sight. Its title names code that such a
    breakpoint makes wrong."""
    fix = _conversation_breakpoint(call)
    return with_readers(call, fix) if fix is not None else None


def _conversation_breakpoint(call: Request) -> Fix | None:
    style = style_of(call.program.source(call.span.path))
    if (
        call.client is None
        or call.client in LEGACY_BEDROCK
        or not (call.takes_top_level_breakpoint or call.method == "messages.parse")
    ):
        return _on_last_message(call, style)
    keyword = f"cache_control={style.cache_control}"
    if not call.takes_top_level_breakpoint or is_below(call.program, "anthropic", _FIRST_VERSION):
        if has_closed_body(call):
            return _on_last_message(call, style)
        keyword = f"extra_body={{{style.cache_control_item}}}"
    edits = add_keyword(call, keyword)
    return Fix(Applicability.UNSAFE, f"Pass `{keyword}`", edits) if edits is not None else None


def move_top_level_breakpoint(call: Request, breakpoint: Breakpoint) -> Fix | None:
    """A fix that takes a top-level breakpoint away, and sets one on the last message instead where the history grows."""
    removal = remove_breakpoint(call, breakpoint)
    if removal is None or not call.span.start <= breakpoint.at.start < call.span.end:
        return None
    if not call.sends_growing_history:
        return Fix(Applicability.UNSAFE, "Remove the breakpoint", (removal,))
    marked = _on_last_message(call, style_of(call.program.source(call.span.path)))
    if marked is None:
        return None
    return Fix(Applicability.UNSAFE, marked.message, (*marked.edits, removal))


def _on_last_message(call: Request, style: Style) -> Fix | None:
    """`messages=history` → `messages=with_cache_breakpoint(history)`, with the function."""
    argument = call.written.get("messages")
    module = call.place.module
    source = call.program.source(module.path)
    if argument is None or not any(scope.kind == "function" for scope in module.scopes) or has_lone_returns(source.text):
        return None
    start, end = argument.value.start, argument.value.end
    edits = [Edit(Span(module.path, start, end), f"{_HELPER}({source.text[start:end]})")]
    if not any(binding.name == _HELPER for binding in module.facts.bindings):
        place = _before_first_definition(module, source.text)
        if place is None or place > call.span.start:
            return None
        lines = [line.replace(" " * 4, style.step) for line in _helper(style)]
        text = source.newline.join([*lines, "", "", ""])
        edits.insert(0, Edit(Span(module.path, place, place), text))
    return Fix(Applicability.UNSAFE, "Mark the last block of the last message with `cache_control`", tuple(edits))


def _helper(style: Style) -> list[str]:
    content = style.string("content")
    block = f"{{{style.string('type')}: {style.string('text')}, {style.string('text')}: {content.strip(style.quote)}}}"
    return [
        f"def {_HELPER}(messages):",
        '    """The messages, with a cache breakpoint on the last block."""',
        "    *earlier, last = messages",
        f"    content = last[{content}]",
        f"    blocks = [{block}] if isinstance(content, str) else list(content)",
        f"    blocks[-1] = {{**blocks[-1], {style.cache_control_item}}}",
        f"    return [*earlier, {{**last, {content}: blocks}}]",
    ]


def _before_first_definition(module: ModuleIndex, text: str) -> int | None:
    """Where the first function or class at the left margin starts, with its decorators and the comments right above it."""
    for scope in module.scopes:
        if scope.parent == 0 and scope.kind in ("function", "class"):
            start = text.rfind("\n", 0, _start(scope)) + 1
            if not text[start].isspace():
                while (above := re.search(r"(?:^|\n)(#[^\n]*\n)$", text[:start])) is not None:
                    start = above.start(1)
                return start
    return None


def _start(scope: Scope) -> int:
    return min((scope.start, *(decorator.start for decorator in scope.decorators)))
