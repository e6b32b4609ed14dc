"""From bytes to text and back, so that what is not edited stays as it is to the byte."""

from __future__ import annotations

import codecs
import re
import tokenize

from llmlint.source import Source

# What is larger (10 MB) is generated, and would take minutes to parse.
MAX_SOURCE_BYTES = 10_000_000

_LINE_END = re.compile(rb"\r\n|\r|\n")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
# In these every text that decodes encodes to the same bytes again.
_EXACT = frozenset({"utf-8", "ascii", "iso-8859-1"})


class DecodeError(Exception):
    """Why the content of a file cannot be used, in one line without its path."""


def decode(data: bytes, path: str) -> Source:
    """The text of a Python file, decoded as Python would (PEP 263), line ends as they are. Raises DecodeError."""
    check_size(len(data))
    if b"\0" in data:
        raise DecodeError("NUL bytes: not Python source")
    has_bom = data.startswith(codecs.BOM_UTF8)
    encoding = _encoding(data)
    try:
        text = data[3 if has_bom else 0 :].decode(encoding)
        if codecs.lookup(encoding).name not in _EXACT and text.encode(encoding) != data:
            raise DecodeError(f"cannot be edited: its text does not encode to the same bytes again as {encoding}")
    except UnicodeDecodeError as error:
        start = error.start + (3 if has_bom else 0)
        line = len(_LINE_END.findall(data, 0, start)) + 1
        raise DecodeError(f"not valid {encoding}: byte 0x{data[start]:02x} in line {line}") from None
    except (UnicodeError, LookupError) as error:
        raise DecodeError(f"cannot be decoded as {encoding}: {_one_line(error)}") from None
    return Source(path, text, encoding, has_bom)


def encode(source: Source, text: str) -> bytes:
    """The bytes of a file whose text is now `text`. Raises DecodeError where the file's encoding has no byte for a character."""
    try:
        data = text.encode(source.encoding)
    except UnicodeEncodeError as error:
        raise DecodeError(f"cannot hold {error.object[error.start]!a} in its encoding {source.encoding}") from None
    return codecs.BOM_UTF8 + data if source.has_bom else data


def check_size(size: int) -> None:
    """Raise DecodeError where a number of bytes is too large to parse."""
    if size > MAX_SOURCE_BYTES:
        raise DecodeError(f"larger than {MAX_SOURCE_BYTES // 1_000_000} MB ({size / 1_000_000:.1f} MB)")


def _encoding(data: bytes) -> str:
    lines = iter([match[0] for _, match in zip(range(2), _LINE.finditer(data), strict=False)])
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
    except SyntaxError as error:
        message = _one_line(error)
        if message.startswith("invalid or missing encoding declaration"):
            # The first two lines are not valid: decoding says where.
            return "utf-8"
        if data.startswith(codecs.BOM_UTF8):
            message = "a byte order mark of UTF-8, and a declaration of another encoding"
        raise DecodeError(message) from None
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
