"""One value that is made once and sent by several calls, and numbers that are counted up, as parts of prompts."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]

HEAD = """
import secrets, time, uuid
import anthropic
client = anthropic.Anthropic()
"""
PROMPTS = {
    "made for the call": (
        """
        def ask(text):
            CALL(f"{uuid.uuid4()}", text)
        """,
        "volatile",
    ),
    "made in each iteration": (
        """
        def run(texts):
            for text in texts:
                salt = secrets.token_hex(8)
                CALL(f"{salt}", text)
        """,
        "volatile",
    ),
    "made before the loop": (
        """
        def run(texts):
            salt = secrets.token_hex(8)
            for text in texts:
                CALL(f"{salt}", text)
        """,
        "unknown",
    ),
    "made before an endless loop": (
        """
        def run(read):
            started = time.time()
            while True:
                CALL(f"{started}", read())
        """,
        "unknown",
    ),
    "sent by two calls of one branch": (
        """
        def run(text, hot):
            salt = secrets.token_hex(8)
            system = f"Salt {salt}"
            if hot:
                CALL(f"{salt}", text)
                client.messages.create(model="m", max_tokens=9, system=system, messages=[])
        """,
        "unknown",
    ),
    "sent by a call in an if statement of its own": (
        """
        def run(text, hot):
            salt = secrets.token_hex(8)
            system = f"Salt {salt}"
            CALL(f"{salt}", text)
            if hot:
                client.messages.create(model="m", max_tokens=9, system=system, messages=[])
        """,
        "unknown",
    ),
    "sent by two calls": (
        """
        def run(text):
            salt = secrets.token_hex(8)
            system = f"Salt {salt}"
            CALL(f"{salt}", text)
            client.messages.create(model="m", max_tokens=9, system=system, messages=[])
        """,
        "unknown",
    ),
    "sent by one of two branches": (
        """
        def run(text):
            salt = secrets.token_hex(8)
            if text:
                CALL(f"{salt}", text)
            else:
                client.messages.create(model="m", max_tokens=9, system=salt, messages=[])
        """,
        "volatile",
    ),
    "next to a call that sends something else": (
        """
        def run(text):
            salt = secrets.token_hex(8)
            CALL(f"{salt}", text)
            client.messages.create(model="m", max_tokens=9, system="Be brief.", messages=[])
        """,
        "volatile",
    ),
    "passed to each iteration": (
        """
        def ask(salt, text):
            CALL(f"{salt}", text)
        def run(texts):
            salt = secrets.token_hex(8)
            for text in texts:
                ask(salt, text)
        """,
        "unknown",
    ),
    "passed anew to each iteration": (
        """
        def ask(salt, text):
            CALL(f"{salt}", text)
        def run(texts):
            for text in texts:
                ask(secrets.token_hex(8), text)
        """,
        "volatile",
    ),
    "of the function around": (
        """
        def make():
            session = uuid.uuid4()
            def ask(text):
                CALL(f"{session}", text)
            return ask
        """,
        "unknown",
    ),
    "counted on the object": (
        """
        class Agent:
            def step(self, text):
                self.round += 1
                CALL(f"{self.round}", text)
        """,
        "volatile",
    ),
    "counted in the loop": (
        """
        def run(texts):
            count = 0
            for text in texts:
                count += 1
                CALL(f"{count}", text)
        """,
        "volatile",
    ),
    "index of the loop": (
        """
        def run(texts):
            for number, text in enumerate(texts):
                CALL(f"{number}", text)
        """,
        "volatile",
    ),
    "index of an outer loop": (
        """
        def run(books, texts):
            for number, book in enumerate(books):
                for text in texts:
                    CALL(f"{number}", text)
        """,
        "varying",
    ),
    "item of the loop": (
        """
        def run(books):
            for book in books:
                CALL(f"{book}", "")
        """,
        "varying",
    ),
}


@pytest.mark.parametrize(("code", "stability"), PROMPTS.values(), ids=PROMPTS)
def test_how_often_a_part_of_the_prompt_changes(link: Link, code: str, stability: str) -> None:
    call = 'client.messages.create(model="m", max_tokens=9, messages=[], system='
    linked = link(
        HEAD
        + textwrap.dedent(code).replace(", text)", ")").replace("CALL(", call).replace(', "")', ")").replace(", read())", ")")
    )
    site = linked.sites[0]
    [gap] = site.prompt.segments[0].gaps
    assert gap.stability.name.lower() == stability
