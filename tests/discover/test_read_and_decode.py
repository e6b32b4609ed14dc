"""From a file to its bytes, to text, and back to the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmlint.discover import read
from llmlint.discover.decode import MAX_SOURCE_BYTES, DecodeError, decode, encode
from llmlint.discover.load import load
from llmlint.discover.read import read_bytes
from llmlint.findings import FileError


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_114_112, 1_114_113, 3_000_000])
def test_files_of_any_size_are_read_whole(tmp_path: Path, size: int) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    path = tmp_path / "x.py"
    path.write_bytes(data)
    assert read_bytes(str(path)) == data


@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "/dev/null"])
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file.py"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(kind)
    assert read_bytes(str(path)) == FileError(str(path), "not a regular file")


def test_what_cannot_be_read_is_an_error_of_one_line(tmp_path: Path) -> None:
    missing, folder, link = tmp_path / "gone.py", tmp_path, tmp_path / "loop.py"
    link.symlink_to("loop.py")
    assert read_bytes(str(missing)) == FileError(str(missing), "no such file or directory")
    assert read_bytes(str(folder)) == FileError(str(folder), "is a directory")
    loop = read_bytes(str(link))
    assert isinstance(loop, FileError)
    assert "symbolic links" in loop.message
    null = read_bytes("a\0b")
    assert isinstance(null, FileError)
    assert "null" in null.message


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"x")
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(50):
        read_bytes(str(tmp_path / "x.py"))
        read_bytes(str(tmp_path))
    assert before == (len(os.listdir("/proc/self/fd")) if before else 0)


def test_a_file_that_is_too_large_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(read, "MAX_READ_BYTES", 3_000_000)
    (tmp_path / "large.py").write_bytes(b"#" * 3_000_001)
    assert read_bytes(str(tmp_path / "large.py")) == FileError(str(tmp_path / "large.py"), "larger than 3 MB")


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"", "utf-8", ""),
        (b"x = 1", "utf-8", "x = 1"),
        (b"a\r\nb\rc\nd\x0ce\x1cf\r", "utf-8", "a\r\nb\rc\nd\x0ce\x1cf\r"),
        ('s = "é\u2028\U0001f600"\n'.encode(), "utf-8", 's = "é\u2028\U0001f600"\n'),
        (b'# -*- coding: latin-1 -*-\ns = "\xe9"\n', "iso-8859-1", '# -*- coding: latin-1 -*-\ns = "é"\n'),
        (b'#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\ns = "\x80"\n', "cp1252", None),
        (b'# coding: latin-1\rs = "\xe9"\r', "iso-8859-1", '# coding: latin-1\rs = "é"\r'),
        (b'# coding: shift_jis\n"\x82\xa0"', "shift_jis", '# coding: shift_jis\n"あ"'),
        (b'# coding: iso-2022-jp\n"\x1b$B$"\x1b(B"', "iso-2022-jp", '# coding: iso-2022-jp\n"あ"'),
        (b"x\n\n# coding: nonsense\n", "utf-8", "x\n\n# coding: nonsense\n"),
    ],
)
def test_text_is_decoded_as_python_would_and_encodes_to_the_same_bytes(data: bytes, encoding: str, text: str | None) -> None:
    source = decode(data, "a.py")
    assert (source.path, source.encoding, source.has_bom, source.cells) == ("a.py", encoding, False, ())
    assert text is None or source.text == text
    assert encode(source, source.text) == data
    assert encode(source, source.text + "# new\n") == data + "# new\n".encode(encoding)


def test_a_byte_order_mark_is_kept_apart() -> None:
    source = decode(b"\xef\xbb\xbfx = 1\r\n", "a.py")
    assert (source.text, source.has_bom, source.encoding) == ("x = 1\r\n", True, "utf-8")
    assert encode(source, "y = 2\r\n") == b"\xef\xbb\xbfy = 2\r\n"
    assert decode(b"\xef\xbb\xbf# coding: utf-8\n", "a.py").has_bom


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b's = "\xe9"\n', "not valid utf-8: byte 0xe9 in line 1"),
        (b"a\r\nb\rc\n" + b's = "\xff"\n', "not valid utf-8: byte 0xff in line 4"),
        (b'\xef\xbb\xbf\ns = "\xff"\n', "not valid utf-8: byte 0xff in line 2"),
        (b'# coding: ascii\ns = "\xc3\xa9"\n', "not valid ascii: byte 0xc3 in line 2"),
        (b"# coding: cp1252\n\x81\n", "not valid cp1252: byte 0x81 in line 2"),
        (b"x = 1\0\n", "NUL bytes: not Python source"),
        ("x = 1".encode("utf-16"), "NUL bytes: not Python source"),
        (b"# coding: klingon\n", "unknown encoding: klingon"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "a byte order mark of UTF-8, and a declaration of another encoding"),
        (b"# coding: rot13\nk = 1\n", "cannot be decoded as rot13: 'rot13' is not a text encoding"),
        (b"# coding: undefined\n", "cannot be decoded as undefined"),
        (
            b"# coding: unicode_escape\n\\u1234",
            "cannot be edited: its text does not encode to the same bytes again as unicode_escape",
        ),
        (b"#" * (MAX_SOURCE_BYTES + 1), "larger than 10 MB (10.0 MB)"),
    ],
)
def test_what_is_no_source_is_an_error_of_one_line(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(data, "a.py")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_character_that_the_encoding_lacks_is_an_error() -> None:
    source = decode(b"# coding: latin-1\n", "a.py")
    with pytest.raises(DecodeError, match=r"cannot hold '\\u20ac' in its encoding iso-8859-1"):
        encode(source, source.text + "'€'")


def test_the_limit_itself_is_allowed() -> None:
    assert len(decode(b"#" * MAX_SOURCE_BYTES, "a.py").text) == MAX_SOURCE_BYTES


def test_load_tells_notebooks_by_their_suffix() -> None:
    assert load(b"x = 1\n", "a.py").text == "x = 1\n"
    notebook = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "y = 2"}]}'
    assert load(notebook, "a.ipynb").text == "y = 2\n"
    assert load(notebook, "a.py").cells == ()
