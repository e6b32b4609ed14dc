"""Searching bytes by the C library gives what Python's own search gives."""

from __future__ import annotations

import subprocess
import sys
from operator import contains

import pytest

from llmlint.discover.prefilter import may_hold_call, may_hold_directive
from llmlint.performance import contains as module
from llmlint.performance.contains import contains_of
from llmlint.sdks import GATES, all_sdks


@pytest.fixture
def after_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is once much has been searched."""
    monkeypatch.setattr(module, "_searched", module.LOADED_AFTER)
    monkeypatch.setattr(module, "_by_library", None)


WORDS = sorted({*GATES, *(word for sdk in all_sdks() for each in sdk.evidence for word in (*each.words, *each.any_of))})


@pytest.mark.usefixtures("after_much")
@pytest.mark.parametrize("word", WORDS, ids=bytes.decode)
def test_a_word_is_found_wherever_it_is_and_no_near_miss(word: bytes) -> None:
    filler = b"x = 1\n" * 700
    for data in (
        word,
        word + filler,
        filler + word,
        filler + word + filler,
        b"\0" + word,
        filler + b"\0" + word,
        b"\0" * 9 + word + b"\0",
    ):
        assert contains_of(data)(data, word)
    for data in (
        b"",
        filler,
        word[:-1],
        word[1:],
        filler + word[:-1],
        word[:-1] + b"\0" + word[-1:],
        word[:-1] + b"\n" + word[-1:],
    ):
        assert bool(contains_of(data)(data, word)) is (word in data)


@pytest.mark.usefixtures("after_much")
def test_files_are_told_apart_the_same_by_it() -> None:
    codes = [
        *(
            b"x\0y\nclient.messages.create()\n",
            b"client.messages.create()\n",
            b"client.messages\n",
            b"import langchain\nllm.invoke(x)\n",
        ),
        *(b"x = 1  # noqa: LLM101\n", b"x = 1  # noqa: E501\n", b"# llmlint: disable\n", b"\0# llmlint: disable\n", b""),
    ]
    for data in codes:
        has = contains_of(data)
        assert may_hold_call(data, has) is may_hold_call(data)
        assert may_hold_directive(data, has) is may_hold_directive(data)


def test_small_runs_do_not_load_the_library() -> None:
    code = (
        "import sys\nfrom llmlint.performance import contains\nused = contains.contains_of(b'x' * 1000)\n"
        "assert used is contains.contains and 'ctypes' not in sys.modules\n"
        "contains.contains_of(b'x' * contains.LOADED_AFTER)\nused = contains.contains_of(b'x')\n"
        "print(used is not contains.contains)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert said == str(module._strstr() is not None)


def test_without_the_library_python_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_searched", module.LOADED_AFTER)
    monkeypatch.setattr(module, "_by_library", None)
    monkeypatch.setattr(module.sys, "platform", "win32")
    assert contains_of(b"x") is contains
