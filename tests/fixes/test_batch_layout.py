"""The text that batch fixes write: line endings, indentation, names, imports and comments. What it does is shown by tests/programs."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import Fixed, fix

PROGRAMS = sorted(
    path for folder in ("llm301", "llm302") for path in (Path(__file__).parents[1] / "programs" / folder).glob("*.py")
)


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def outcome(text: str) -> Fixed:
    settings = SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known_rules())
    Path("app.py").write_bytes(text.encode())
    run = Run.of_paths(["app.py"], settings, known_rules())
    return fix(run, run.lint(), unsafe=True)


def fixed(text: str) -> str:
    done = outcome(text)
    assert not done.refused
    assert not done.lint.findings, "a finding is left"
    return done.run.text("app.py")


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
    # Programs for which no batch fits get another tier instead.
    assert new.count("batching(") == (0 if path.stem.startswith("flex_") else 1), "each client is wrapped once"
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
  print('asking')
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
import anthropic

from llm_batches import batch_map, batching

client = batching(anthropic.Anthropic())


def ask(words):
  print('asking')

  # One a word.
  def process_word(word):  # in order
    # Ask.
    answer = client.messages.create(
      model='claude-haiku-5-5',  # small
      max_tokens=9,
      messages=[{'role': 'user', 'content': word}],
    )

    return answer

  answers = batch_map(process_word, words)
  return answers
""",
        id="two spaces, single quotes, comments at each place",
    ),
    pytest.param(
        """\
import time
from openai import OpenAI

client = OpenAI(organization="a rather long name", project="and another one that is long")


def process_word(word):
    return client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": word}])


def ask(words: list[str]):
    errors = 0
    found = {}
    for number, word in enumerate(words):
        if not word:
            continue
        try:
            found[number] = process_word(word)
        except ValueError:
            errors += 1
            continue
        time.sleep(1)
    return found, errors
""",
        """\
from openai import OpenAI

from llm_batches import batch_map, batching

client = batching(
    OpenAI(organization="a rather long name", project="and another one that is long")
)


def process_word(word):
    return client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": word}])


def ask(words: list[str]):
    errors = 0
    found = {}

    def process_one_word(item):
        nonlocal errors
        number, word = item
        if not word:
            return
        try:
            found[number] = process_word(word)
        except ValueError:
            errors += 1
            return

    batch_map(process_one_word, enumerate(words))
    return found, errors
""",
        id="a name that is taken, a pause, a long line, a counter",
    ),
    pytest.param(
        '''\
import asyncio
import anthropic

client = anthropic.AsyncAnthropic()


async def ask(name):
    return await client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": f"""
  {name}"""}])


async def main(names):
    tasks = [ask(name) for name in names]
    print("""
  is
        """, await asyncio.gather(*tasks))  # told
''',
        '''\
import asyncio
import anthropic

from llm_batches import batch_scope, batching

client = batching(anthropic.AsyncAnthropic())


async def ask(name):
    return await client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": f"""
  {name}"""}])


async def main(names):
    tasks = [ask(name) for name in names]
    with batch_scope():
        print("""
  is
        """, await asyncio.gather(*tasks))  # told
''',
        id="text in strings stays where it is",
    ),
    pytest.param(
        """\
from concurrent.futures import ThreadPoolExecutor, as_completed
import anthropic

client = anthropic.Anthropic()


def ask(name):
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": name}])


with ThreadPoolExecutor(max_workers=4) as pool:
    for done in as_completed([pool.submit(ask, name) for name in open("names.txt")]):
        print(done.result())
""",
        """\
from concurrent.futures import as_completed
import anthropic

from llm_batches import BatchExecutor, batching

client = batching(anthropic.Anthropic())


def ask(name):
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": name}])


with BatchExecutor(max_workers=4) as pool:
    for done in as_completed([pool.submit(ask, name) for name in open("names.txt")]):
        print(done.result())
""",
        id="a pool",
    ),
]


@pytest.mark.parametrize(("before", "after"), EXACT)
def test_a_program_becomes_exactly_this(before: str, after: str) -> None:
    assert fixed(before) == after


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import anthropic\n", "import anthropic\n\nfrom llm_batches import batch_map, batching\n"),
        (
            "import anthropic\n\nfrom .words import WORDS\n",
            "import anthropic\n\nfrom .llm_batches import batch_map, batching\nfrom .words import WORDS\n",
        ),
        (
            "import anthropic\nfrom llm_batches import batch_scope\n",
            "import anthropic\nfrom llm_batches import batch_map, batch_scope, batching\n",
        ),
        (
            "import anthropic\ntry:\n    import rich\nexcept ImportError:\n    rich = None\n",
            "import anthropic\n\nfrom llm_batches import batch_map, batching\ntry:\n    import rich\nexcept ImportError:\n    rich = None\n",
        ),
    ],
    ids=["none of its own", "relative", "there already", "a conditional one"],
)
def test_imports_are_put_where_they_belong(imports: str, expected: str) -> None:
    call = 'client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[x])'
    loop = f'client = anthropic.Anthropic()\nfor x in "abcdef":\n    print({call})\n'
    assert fixed(f"{imports}\n{loop}").startswith(f"{expected}\n")
