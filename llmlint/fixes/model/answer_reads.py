"""Reads of an answer's blocks that take each block, or the first one, for text: those that a thinking block breaks.

They are searched by their form, as an answer goes on under other names: as an argument, a dict, a list of its blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.source import Source

# The content of an answer as a dict: `data["content"][0]`, `data.get("content", [])[0]`.
_OF_DICT = re.compile(r"""(?<!\w)(?P<name>\w*)(?:\[(["'])content\2\]|\.get\(\s*(["'])content\3[^()\n]*\))\[-?\d+\]""")
_WORDS = (b'content"][', b"content'][", b'.get("content"', b".get('content'")
# A block of a list by its place, whatever the list is called.
_OF_LIST = re.compile(r"""(?<![\w.\])])(?P<name>\w+)\[-?\d+\](?:\.text\b(?!\s*\()|\[(["'])text\2\]|\.get\(\s*(["'])text\3)""")
_OF_RESULT = re.compile(r"\b(?!find_|find\b|select|xpath)(?P<name>\w+)\([^()\n]*\)\[-?\d+\]\.text\b(?!\s*\()")
_OTHER_LISTS = frozenset({"choices", "candidates", "elements", "soup", "tags", "docs", "documents"})
# The only block, or the first ones: `[block] = message.content`, `next(iter(message.content)).text`.
_UNPACKED = re.compile(
    r"(?:^[ \t]*(?:\[[\w, *]+\]|\(?\w+,[\w, *]*\)?)[ \t]*=[ \t]*|\bnext\(\s*iter\(\s*)(?P<name>\w+)\.content\b(?!\s*[.\[(])",
    re.MULTILINE,
)
# Each block: `for block in message.content`.
_EACH = re.compile(
    r"\bfor\s+(?P<block>\w+)\s+in\s+(?:(?P<name>\w+)\.content|\w*(?:content|blocks|message|response|answer|result|data)\w*)\b(?!\s*[.\[(])"
)
_NEAR = 400
_MOST_FILES = 40
_SENT = r"\s*=\s*\(?\s*(?:await\s+)?[\w.]+\.(?:create|parse)\("


def untyped_reads(call: Request, scope: tuple[int, int]) -> Iterator[tuple[Source, re.Match[str]]]:
    """The reads by place or of each block, without a look at its type, that may be of the answer of a call; `scope` is the part of its file where
    its own names hold."""
    program, path = call.program, call.span.path
    near = list(dict.fromkeys((path, *(step.span.path for step in call.steps))))
    far = [each for word in _WORDS for each in program.files_with(word, call.place.module)]
    for other in list(dict.fromkeys((*near, *far)))[:_MOST_FILES]:
        if program.module(other) is None:
            continue
        source = program.source(other)
        own = scope if other == path else (0, 0)
        forms = (_OF_DICT, _OF_LIST, _OF_RESULT, _UNPACKED, _EACH) if other in near else (_OF_DICT,)
        for match in (match for form in forms for match in form.finditer(source.text)):
            if not _is_of_another_call(source.text, match, own) and not _is_typed(source.text, match):
                yield source, match


def _is_of_another_call(text: str, match: re.Match[str], own: tuple[int, int]) -> bool:
    """Whether what is read is called as the answer of another call of the file, or is no list of blocks."""
    name = match["name"]
    if name in _OTHER_LISTS:
        return True
    return bool(name) and not own[0] <= match.start() < own[1] and re.search(rf"\b{name}{_SENT}", text) is not None


def _is_typed(text: str, match: re.Match[str]) -> bool:
    """Whether a loop over blocks reads no text of them, or looks at the type of each."""
    block = match.groupdict().get("block")
    if block is None:
        return False
    near = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    looks = rf"""\b{block}(?:\.type\b|\[["']type["']\]|\.get\(["']type["'])|\b(?:isinstance|hasattr|getattr)\(\s*{block}\b"""
    return re.search(rf"""\b{block}(?:\.text\b|\[["']text["']\])""", near) is None or re.search(looks, near) is not None
