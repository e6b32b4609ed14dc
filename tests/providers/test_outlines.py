"""Functions that are only read once something asks for them: the same is found as in facts that are there from the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.link.test_fan_outs import CASES, show
from tests.link.test_fan_outs import HEAD as FAN_OUT_HEAD
from tests.providers.test_call_paths import HEAD, PATHS
from tests.providers.test_recognition import FOUND, what

Link = Callable[..., Any]


@pytest.mark.parametrize(("code", "asked"), PATHS.values(), ids=PATHS)
def test_requests_by_call_path(link_outlines: Link, code: str, asked: list[str]) -> None:
    assert link_outlines(HEAD + code).asked == asked


@pytest.mark.parametrize(("code", "expected"), [case for case in CASES.values() if "ask" in case[0]])
def test_what_is_around_a_call(link_outlines: Link, code: str, expected: str) -> None:
    assert [show(site) for site in link_outlines(FAN_OUT_HEAD + code).sites] == [expected]


@pytest.mark.parametrize(("code", "expected"), FOUND.values(), ids=FOUND)
def test_calls(link_outlines: Link, code: str, expected: str) -> None:
    assert {what(site) for site in link_outlines(code).sites} == {expected}
