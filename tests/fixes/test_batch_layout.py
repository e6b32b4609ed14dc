"""The text that batch fixes write: line endings, indentation, names, imports and comments. What it does is shown by tests/programs."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

import pytest

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.fixing import Fixed, fix
from llmlint.unused_suppression import known_rules

PROGRAMS = sorted(
    path for folder in ("llm301", "llm302") for path in (Path(__file__).parents[1] / "programs" / folder).glob("*.py")
)


def outcome(text: str) -> Fixed:
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    run = Run.of_bytes("app.py", text.encode(), settings, known_rules())
    return fix(run, run.lint(), unsafe=True)


def fixed(text: str) -> str:
    done = outcome(text)
    assert not done.refused
    assert not done.lint.findings, "a finding is left"
    return done.run.text("app.py")


def without_helper(text: str) -> str:
    """The text from behind the helper on, after its imports."""
    return text.partition("for index in range(len(requests))]\n")[2].lstrip("\n")


def comments_of(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_program_keeps_its_comments_and_line_endings_and_is_done_after_one_fix(path: Path) -> None:
    old = path.read_text(encoding="utf-8")
    new = fixed(old)
    ast.parse(new)
    assert new != old
    assert not comments_of(old) - comments_of(new), "a comment is lost"
    assert new.count("range(len(requests))]") == 1, "the helper is there once"
    assert not outcome(new).changed, "a second fix changes something"
    crlf = fixed(old.replace("\n", "\r\n"))
    assert crlf == new.replace("\n", "\r\n")
    assert not [line for line in new.splitlines() if line != line.rstrip() and line not in old.splitlines()], (
        "trailing white space"
    )


EXACT = [
    pytest.param(
        """\
import anthropic

client = anthropic.Anthropic()


def ask(words):
  answers = []
  # One a word.
  for word in words:  # in order
    # Ask.
    answer = client.messages.create(
      model='claude-haiku-5-5',  # small
      max_tokens=9,
      messages=[{'role': 'user', 'content': word}],
    )

    answers.append(answer)
  return answers
""",
        """\
client = anthropic.Anthropic()


def ask(words):
  answers = []
  # One a word.
  # Ask.
  requests = [
    {
      'model': 'claude-haiku-5-5',  # small
      'max_tokens': 9,
      'messages': [{'role': 'user', 'content': word}],
    }
    for word in words
  ]
  for answer in run_batches(client, requests):  # in order
    answers.append(answer)
  return answers
""",
        id="two spaces, single quotes, comments at each place",
    ),
    pytest.param(
        """\
import requests
import anthropic

client = anthropic.Anthropic()
message = "Hello"


def ask(words: list[str]):
    for word in words:
        print(word, client.messages.create(model="m", system=requests.get(word).text, max_tokens=9, messages=[]).content[0].text, message)
""",
        """\
client = anthropic.Anthropic()
message = "Hello"


def ask(words: list[str]):
    batch_requests = [
        {"model": "m", "system": requests.get(word).text, "max_tokens": 9, "messages": []}
        for word in words
    ]
    for word, answer in zip(words, run_batches(client, batch_requests)):
        print(word, answer.content[0].text, message)
""",
        id="names that are taken",
    ),
    pytest.param(
        '''\
import anthropic

client = anthropic.Anthropic()

for name in open("names.txt"):
    prompt = f"""
  {name}
    """
    if name:
        text = client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=9,
            messages=[{"role": "user", "content": prompt + """
  and so on"""}],
        ).content[0].text
        # The answer.
        print(name, """
  is
        """, text)  # told
''',
        '''\
client = anthropic.Anthropic()

requests, pending = [], []
for name in open("names.txt"):
    prompt = f"""
  {name}
    """
    if name:
        requests.append(
            {
                "model": "claude-haiku-5-5",
                "max_tokens": 9,
                "messages": [{"role": "user", "content": prompt + """
  and so on"""}],
            }
        )
        pending.append(name)
for name, message in zip(pending, run_batches(client, requests)):
    text = message.content[0].text
    # The answer.
    print(name, """
  is
        """, text)  # told
''',
        id="text in strings stays where it is",
    ),
]


@pytest.mark.parametrize(("before", "after"), EXACT)
def test_a_loop_becomes_exactly_this(before: str, after: str) -> None:
    assert without_helper(fixed(before)) == after


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import anthropic\n", "import json\nimport time\n\nimport anthropic\n"),
        ("import json\nimport sys\n\nimport anthropic\n", "import json\nimport sys\nimport time\n\nimport anthropic\n"),
        ("from sys import argv\n\nimport anthropic\n", "import json\nimport time\nfrom sys import argv\n\nimport anthropic\n"),
        ('"""Words."""\nimport anthropic\n', '"""Words."""\nimport json\nimport time\n\nimport anthropic\n'),
        (
            "from __future__ import annotations\n\nimport anthropic\n",
            "from __future__ import annotations\n\nimport json\nimport time\n\nimport anthropic\n",
        ),
        (
            "import time, json\nimport anthropic\ntry:\n    import rich\nexcept ImportError:\n    rich = None\n",
            "import time, json\nimport anthropic\ntry:\n    import rich\nexcept ImportError:\n    rich = None\n",
        ),
    ],
    ids=["none", "one there", "from only", "docstring", "future", "two on a line, and a conditional one"],
)
def test_imports_are_put_where_they_belong(imports: str, expected: str) -> None:
    call = 'client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[x])'
    loop = f'client = anthropic.Anthropic()\nfor x in "abcdef":\n    print({call})\n'
    assert fixed(f"{imports}\n{loop}").startswith(f"{expected}\nBATCH_POLL_SECONDS")


def test_comments_at_the_top_of_a_file_without_imports_stay_there() -> None:
    top = "#!/usr/bin/env python\n# -*- coding: latin-1 -*-\n"
    program = """\
def ask(client, words):  # anthropic
    return [client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[word]) for word in words]
"""
    new = fixed(top + program)
    assert new.startswith(f"{top}\nimport json\nimport time\n\nBATCH_POLL_SECONDS")
    assert new.count("\n\n\ndef ask(client, words):  # anthropic\n") == 1
