"""The codemod of LLM101: the exact text it gives, and that the program still sends the same words."""

from __future__ import annotations

import ast
import datetime
import sys
import types
from collections.abc import Collection

import pytest

from llmlint.catalog import Catalog
from llmlint.findings import Applicability, Finding
from llmlint.fixes.apply import fix_texts
from llmlint.fixes.edits.dict_item import add_item
from llmlint.fixes.edits.split_text import split_text
from llmlint.fixes.prompt import cache_breakpoint
from llmlint.fixes.prompt.rereads import Rereads
from llmlint.link.program.program import Program
from llmlint.providers import find_call_sites
from llmlint.rules.llm101_uncached_system_prompt import check
from llmlint.rules.registry import RuleContext
from llmlint.scan.scan import scan
from llmlint.source import Source

PATH = "app.py"
SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE
# Six words are a long prompt here: what counts is how it is written.
CONTEXT = RuleContext(Catalog.bundled(), datetime.date(2026, 11, 23), cache_margin=0.01)
PRELUDE = """\
import os

import anthropic

client = anthropic.Anthropic()
READER = os.environ["READER"]
ASKED = [{"role": "user", "content": os.environ["QUESTION"]}]
RULES = "Answer in one sentence. "

"""


@pytest.fixture(autouse=True)
def calls_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is how fixes are written, in programs that make one call."""
    monkeypatch.setattr(cache_breakpoint, "rereads", lambda call, segment: Rereads.ALWAYS)


def findings_in(text: str) -> list[Finding]:
    program = Program()
    program.add(Source(PATH, text), scan(text, PATH))
    return [
        finding for site in find_call_sites(program, PATH) for request in site.requests for finding in check(request, CONTEXT)
    ]


def fixed(text: str, allowed: Collection[Applicability] = (SAFE,)) -> str:
    """The text after all fixes of the allowed levels; none of them may be refused."""
    outcome = fix_texts(findings_in(text), allowed, {PATH: text}.__getitem__)
    assert not outcome.refused
    return outcome.texts.get(PATH, text)


def requests_of(text: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What a program sends: it runs with a client that keeps its requests and answers nothing."""
    sent: list[dict[str, object]] = []

    class Messages:
        def create(self, **request: object) -> None:
            sent.append(request)

    class Anthropic:
        def __init__(self) -> None:
            self.messages = Messages()

    stub = types.ModuleType("anthropic")
    stub.Anthropic = Anthropic  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "anthropic", stub)
    monkeypatch.setenv("READER", "Ada")
    monkeypatch.setenv("QUESTION", "Why is the sky blue?")
    exec(compile(text, PATH, "exec"), {"__name__": "__main__"})
    return sent


def words_of(content: object) -> str:
    """The text of a system prompt or a message's content, whether it is a string or a list of blocks."""
    if isinstance(content, str):
        return content
    assert isinstance(content, list)
    assert all(block["text"].strip() for block in content), "the API refuses empty blocks"
    return "".join(block["text"] for block in content)


def words_sent(request: dict[str, object]) -> dict[str, object]:
    """A request with its texts as plain strings."""
    messages = [{**message, "content": words_of(message["content"])} for message in request["messages"]]  # type: ignore[attr-defined]
    return {**request, "system": words_of(request.get("system", "")), "messages": messages}


def marks_in(value: object) -> int:
    if isinstance(value, dict):
        return ("cache_control" in value and value["cache_control"] is not None) + sum(marks_in(each) for each in value.values())
    return sum(marks_in(each) for each in value) if isinstance(value, list) else 0


SAFE_FIXES = [
    pytest.param(
        """\
REST = {"model": "claude-opus-5-5", "max_tokens": 9}
client.messages.create(messages=ASKED, system=RULES, **REST)
""",
        """\
REST = {"model": "claude-opus-5-5", "max_tokens": 9}
client.messages.create(messages=ASKED, system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}], **REST)
""",
        id="name in the middle of a line",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system="Answer in one sentence.",  # agreed in May
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": "Answer in one sentence.",
            "cache_control": {"type": "ephemeral"},
        },
    ],  # agreed in May
    messages=ASKED,
)
""",
        id="string on its own line",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=RULES,
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="name",
    ),
    pytest.param(
        """\
THE_RULES_THAT_ALL_READERS_MUST_KNOW = RULES * 1 if False else "Answer in one sentence."
if True:
    client.messages.create(
        model="claude-opus-5-5",
        max_tokens=9,
        system=THE_RULES_THAT_ALL_READERS_MUST_KNOW,
        messages=ASKED,
    )
""",
        """\
THE_RULES_THAT_ALL_READERS_MUST_KNOW = RULES * 1 if False else "Answer in one sentence."
if True:
    client.messages.create(
        model="claude-opus-5-5",
        max_tokens=9,
        system=[
            {
                "type": "text",
                "text": THE_RULES_THAT_ALL_READERS_MUST_KNOW,
                "cache_control": {"type": "ephemeral"},
            },
        ],
        messages=ASKED,
    )
""",
        id="name that makes a long line",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=RULES + "Be kind.",
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES + "Be kind.", "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="sum",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=RULES.strip(),
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES.strip(), "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="method call",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=RULES if READER else "Answer in one sentence.",
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES if READER else "Answer in one sentence.",
            "cache_control": {"type": "ephemeral"},
        },
    ],
    messages=ASKED,
)
""",
        id="conditional",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=(rules := RULES),
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": (rules := RULES), "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="walrus",
    ),
    pytest.param(
        '''\
def ask():
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=9,
        system="""Answer in one sentence.

    Keep the indentation of this line.
""",
        messages=ASKED,
    )


ask()
''',
        '''\
def ask():
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=9,
        system=[
            {
                "type": "text",
                "text": """Answer in one sentence.

    Keep the indentation of this line.
""",
                "cache_control": {"type": "ephemeral"},
            },
        ],
        messages=ASKED,
    )


ask()
''',
        id="triple quoted",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=(
        # From the handbook.
        "Answer in one sentence. "  # really
        "Be kind.\\n"
        # The end.
    ),
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": (
                # From the handbook.
                "Answer in one sentence. "  # really
                "Be kind.\\n"
                # The end.
            ),
            "cache_control": {"type": "ephemeral"},
        },
    ],
    messages=ASKED,
)
""",
        id="implicit concatenation with comments",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=(RULES),
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": (RULES), "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="bracketed name",
    ),
    pytest.param(
        '''\
if True:
	client.messages.create(
		model="claude-opus-5-5",
		max_tokens=9,
		system="""Answer in
one sentence.""",
		messages=ASKED,
	)
''',
        '''\
if True:
	client.messages.create(
		model="claude-opus-5-5",
		max_tokens=9,
		system=[
			{
				"type": "text",
				"text": """Answer in
one sentence.""",
				"cache_control": {"type": "ephemeral"},
			},
		],
		messages=ASKED,
	)
''',
        id="tabs",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES}, {"type": "text", "text": f"You talk to {READER}."}],
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": f"You talk to {READER}."}],
    messages=ASKED,
)
""",
        id="blocks in one line",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES,}],
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="block with a trailing comma",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {"type": "text", "text": "Answer in one sentence."},
        {
            "type": "text",
            "text": RULES,
        },
    ],
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {"type": "text", "text": "Answer in one sentence."},
        {
            "type": "text",
            "text": RULES,
            "cache_control": {"type": "ephemeral"},
        },
    ],
    messages=ASKED,
)
""",
        id="block over several lines",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES  # from the handbook
        },
    ],
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES,  # from the handbook
            "cache_control": {"type": "ephemeral"},
        },
    ],
    messages=ASKED,
)
""",
        id="block that ends in a comment",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES,  # from the handbook
            # nothing else
        },
    ],
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES,  # from the handbook
            "cache_control": {"type": "ephemeral"},
            # nothing else
        },
    ],
    messages=ASKED,
)
""",
        id="block with comments behind the comma",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text",
             "text": RULES}],
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[{"type": "text",
             "text": RULES, "cache_control": {"type": "ephemeral"}}],
    messages=ASKED,
)
""",
        id="block whose bracket closes behind its last item",
    ),
    pytest.param(
        """\
BLOCK = {"type": "text", "text": RULES}
client.messages.create(model="claude-opus-5-5", max_tokens=9, system=[BLOCK], messages=ASKED)
""",
        """\
BLOCK = {"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}
client.messages.create(model="claude-opus-5-5", max_tokens=9, system=[BLOCK], messages=ASKED)
""",
        id="block in a constant",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    messages=[
        {
            "role": "user",
            "content": [{"type": "text", "text": RULES}, {"type": "text", "text": READER}],
        },
    ],
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    messages=[
        {
            "role": "user",
            "content": [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": READER}],
        },
    ],
)
""",
        id="block of a message",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    messages=[
        {"role": "user", "content": "Is a tomato really a fruit?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": os.environ["QUESTION"]},
    ],
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    messages=[
        {"role": "user", "content": "Is a tomato really a fruit?"},
        {"role": "assistant", "content": [{"type": "text", "text": "Yes.", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": os.environ["QUESTION"]},
    ],
)
""",
        id="few shot messages",
    ),
    pytest.param(
        """\
request = {
    "model": "claude-opus-5-5",
    "max_tokens": 9,
    "system": RULES,
    "messages": ASKED,
}
client.messages.create(**request)
""",
        """\
request = {
    "model": "claude-opus-5-5",
    "max_tokens": 9,
    "system": [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
    "messages": ASKED,
}
client.messages.create(**request)
""",
        id="dict request",
    ),
    pytest.param(
        """\
request = dict(model="claude-opus-5-5", max_tokens=9, system=RULES)
client.messages.create(**request, messages=ASKED)
""",
        """\
request = dict(model="claude-opus-5-5", max_tokens=9, system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}])
client.messages.create(**request, messages=ASKED)
""",
        id="dict call",
    ),
    pytest.param(
        """\
request = {"model": "claude-opus-5-5", "max_tokens": 9}
request["system"] = RULES
request["messages"] = ASKED
client.messages.create(**request)
""",
        """\
request = {"model": "claude-opus-5-5", "max_tokens": 9}
request["system"] = [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]
request["messages"] = ASKED
client.messages.create(**request)
""",
        id="item assignment",
    ),
    pytest.param(
        """\
request = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": ASKED}
request.update({"system": RULES})
client.messages.create(**request)
""",
        """\
request = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": ASKED}
request.update({"system": [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]})
client.messages.create(**request)
""",
        id="update",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=f"Answer in one sentence. You talk to {READER} now.",
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": "Answer in one sentence. You talk to ",
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": f"{READER} now.",
        },
    ],
    messages=ASKED,
)
""",
        id="f string",
    ),
    pytest.param(
        '''\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=f"""Answer in one sentence.
Write {{braces}} twice.
You talk to {READER!r:>8} now.
""",
    messages=ASKED,
)
''',
        '''\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": """Answer in one sentence.
Write {braces} twice.
You talk to """,
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": f"""{READER!r:>8} now.
""",
        },
    ],
    messages=ASKED,
)
''',
        id="f string of several lines",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=f"{RULES}You talk to {READER} now.",
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": f"{RULES}You talk to ",
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": f"{READER} now.",
        },
    ],
    messages=ASKED,
)
""",
        id="f string with a stable hole",
    ),
    pytest.param(
        '''\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=f"""The name of the reader is "{READER}" today.""",
    messages=ASKED,
)
''',
        '''\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": """The name of the reader is \\"""",
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": f"""{READER}" today.""",
        },
    ],
    messages=ASKED,
)
''',
        id="f string with a quote before the hole",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=(
        # The house style.
        "Answer in one sentence. "
        f"You talk to {READER}. "  # by name
        "Be kind."
        # The end.
    ),
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": (
                # The house style.
                "Answer in one sentence. "
                "You talk to "),
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": (f"{READER}. "  # by name
                "Be kind."
                # The end.
            ),
        },
    ],
    messages=ASKED,
)
""",
        id="f string among strings",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=RULES + f"You talk to {READER}. " + "Be kind.",
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES + "You talk to ",
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": f"{READER}. " + "Be kind.",
        },
    ],
    messages=ASKED,
)
""",
        id="sum with an f string",
    ),
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=rf"Write every \\n in the text for {READER} as it is.",
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": r"Write every \\n in the text for ",
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": rf"{READER} as it is.",
        },
    ],
    messages=ASKED,
)
""",
        id="f string in a raw string",
    ),
    pytest.param(
        """\
from functools import partial

ask = partial(client.messages.create, model="claude-opus-5-5", system=RULES)
ask(max_tokens=9, messages=ASKED)
""",
        """\
from functools import partial

ask = partial(client.messages.create, model="claude-opus-5-5", system=[{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}])
ask(max_tokens=9, messages=ASKED)
""",
        id="method handed to a runner",
    ),
    pytest.param(
        """\
BASE = {"type": "text"}
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "text": RULES,
            **BASE
        }
    ],
    messages=ASKED,
)
""",
        """\
BASE = {"type": "text"}
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "text": RULES,
            **BASE,
            "cache_control": {"type": "ephemeral"},
        }
    ],
    messages=ASKED,
)
""",
        id="starred item last",
    ),
]

UNSAFE_FIXES = [
    pytest.param(
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=RULES + READER,
    messages=ASKED,
)
""",
        """\
client.messages.create(
    model="claude-opus-5-5",
    max_tokens=9,
    system=[
        {
            "type": "text",
            "text": RULES,
            "cache_control": {"type": "ephemeral"},
        },
        {
            "type": "text",
            "text": READER,
        },
    ],
    messages=ASKED,
)
""",
        id="unsafe tail that may be empty",
    ),
    pytest.param(
        """\
request = {
    "model": "claude-opus-5-5",
    "max_tokens": 9,
    "system": RULES,
    "messages": ASKED,
}
print(len(request["system"]))
client.messages.create(**request)
""",
        """\
request = {
    "model": "claude-opus-5-5",
    "max_tokens": 9,
    "system": [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}],
    "messages": ASKED,
}
print(len(request["system"]))
client.messages.create(**request)
""",
        id="dict request that is read again",
    ),
]


@pytest.mark.parametrize(("before", "after"), SAFE_FIXES)
def test_a_safe_fix_gives_exactly_this(before: str, after: str) -> None:
    assert [finding.fix.applicability for finding in findings_in(PRELUDE + before) if finding.fix] == [SAFE]
    assert fixed(PRELUDE + before) == PRELUDE + after


@pytest.mark.parametrize(("before", "after"), UNSAFE_FIXES)
def test_an_unsafe_fix_gives_exactly_this_and_only_if_asked_for(before: str, after: str) -> None:
    assert [finding.fix.applicability for finding in findings_in(PRELUDE + before) if finding.fix] == [UNSAFE]
    assert fixed(PRELUDE + before) == PRELUDE + before
    assert fixed(PRELUDE + before, (SAFE, UNSAFE)) == PRELUDE + after


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    "before", [each.values[0] for each in SAFE_FIXES + UNSAFE_FIXES], ids=[each.id for each in SAFE_FIXES + UNSAFE_FIXES]
)
def test_the_fixed_program_sends_the_same_words_with_one_mark(before: str, newline: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = (PRELUDE + before).replace("\n", newline)
    new = fixed(old, (SAFE, UNSAFE))
    ast.parse(new)
    assert new != old
    assert new.count("\r") == (new.count("\n") if newline == "\r\n" else 0), "a line has the other ending"
    [sent_before], [sent_after] = requests_of(old, monkeypatch), requests_of(new, monkeypatch)
    assert words_sent(sent_after) == words_sent(sent_before)
    assert (marks_in(sent_before), marks_in(sent_after)) == (0, 1)
    assert not findings_in(new), "the mark does not cover the prompt"
    assert fixed(new, (SAFE, UNSAFE)) == new


@pytest.mark.parametrize(("before", "after"), [each.values for each in SAFE_FIXES], ids=[each.id for each in SAFE_FIXES])
def test_line_endings_are_those_of_the_file(before: str, after: str) -> None:
    crlf = (PRELUDE + before).replace("\n", "\r\n")
    assert fixed(crlf) == (PRELUDE + after).replace("\n", "\r\n")


@pytest.mark.parametrize(
    "request_code",
    [
        pytest.param("system=READER + RULES, messages=ASKED", id="what changes comes first"),
        pytest.param(
            'system=[{"type": "text", "text": RULES, "cache_control": None}], messages=ASKED',
            id="the key is there, without a mark",
        ),
        pytest.param('system=[dict(type="text", text=RULES)], messages=ASKED', id="the block is no display"),
        pytest.param("system=RULES if READER else None, messages=ASKED", id="not all values are strings"),
    ],
)
def test_what_cannot_be_mended_in_place_is_left_alone(request_code: str) -> None:
    text = f'{PRELUDE}client.messages.create(model="claude-opus-5-5", max_tokens=9, {request_code})\n'
    assert not [finding for finding in findings_in(text) if finding.fix]
    assert fixed(text, (SAFE, UNSAFE)) == text


def test_a_fifth_mark_is_never_added() -> None:
    marked = '{"type": "text", "text": READER, "cache_control": {"type": "ephemeral"}}'
    system = ", ".join(['{"type": "text", "text": RULES}', *[marked] * 4])
    text = f'{PRELUDE}client.messages.create(model="claude-opus-5-5", max_tokens=9, system=[{system}], messages=ASKED)\n'
    assert fixed(text, (SAFE, UNSAFE)) == text


@pytest.mark.parametrize(
    ("code", "head", "tail"),
    [
        ('f"a {x} b"', '"a "', 'f"{x} b"'),
        ('f"{{a}} {x}"', '"{a} "', 'f"{x}"'),
        ("rf'\\d {x}'", "r'\\d '", "rf'{x}'"),
        ("F'a{x}'", "'a'", "F'{x}'"),
        ('f"a {y} b {x}"', 'f"a {y} b "', 'f"{x}"'),
        ('"a " f"{x}"', '"a "', 'f"{x}"'),
        ('"a " "b " f"c {x}" "d"', '"a " "b " "c "', 'f"{x}" "d"'),
        ('y + "a" + f"b{x}" + z', 'y + "a" + "b"', 'f"{x}" + z'),
        ('"a" + (f"b{x}")', '"a" + "b"', 'f"{x}"'),
        ('"a" + x.upper()', '"a"', "x.upper()"),
        ('(\n  "a"  # why\n  f"{x} b"\n)', '("a"  # why\n  )', 'f"{x} b"'),
        ('(\n  "a"  # 1 + 1\n  + x\n)', '("a"  # 1 + 1\n   )', "x"),
        ('(\n  "a" +  # why\n  x  # end\n)', '("a"   # why\n  )', "(x  # end\n)"),
    ],
)
def test_text_is_cut_before_its_first_hole(code: str, head: str, tail: str) -> None:
    parts = split_text(code, code.index("{x") + 1 if "{x" in code else code.index("x"))
    assert parts is not None
    assert (parts.head, parts.tail) == (head, tail)
    names = {"x": "X", "y": "Y", "z": "Z"}
    assert eval(parts.head, names) + eval(parts.tail, names) == eval(code, names)


@pytest.mark.parametrize("code", ['f"{x} a"', "x", "a(x)", '"%s" % x', 'y if x else "a"', 'f"{x}" + "a"', "rf'\\{x}'"])
def test_text_that_cannot_be_cut_is_left_whole(code: str) -> None:
    assert split_text(code, code.index("x")) is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('{"a": 1}', '{"a": 1, "k": 2}'),
        ('{"a": 1, }', '{"a": 1, "k": 2 }'),
        ("{**a}", '{**a, "k": 2}'),
        ('{\n    "a": 1\n}', '{\n    "a": 1,\n    "k": 2,\n}'),
        ('{\n    "a": 1,  # one,\n}', '{\n    "a": 1,  # one,\n    "k": 2,\n}'),
        ('{\n    "a": [\n        1,\n    ]\n}', '{\n    "a": [\n        1,\n    ],\n    "k": 2,\n}'),
        ('{\r\n\t"a": 1\r\n}', '{\r\n\t"a": 1,\r\n\t"k": 2,\r\n}'),
        ('{\n    "a": 1\n    , "b": 2}', '{\n    "a": 1\n    , "b": 2, "k": 2}'),
        ('{"a": 1\r\n , # one\r\n}', '{"a": 1\r\n , # one\r\n"k": 2,\r\n}'),
    ],
)
def test_an_item_is_added_in_the_layout_of_the_dict(code: str, expected: str) -> None:
    insertions = add_item(code, '"k": 2')
    assert insertions is not None
    for insertion in reversed(insertions):
        code = code[: insertion.start] + insertion.text + code[insertion.start :]
    assert code == expected


@pytest.mark.parametrize("code", ["{}", "x", "dict(a=1)", '{"k": 1}', "{1, 2}", "{k: v for k, v in x}"])
def test_no_item_is_added_to_what_is_no_dict_display_without_it(code: str) -> None:
    assert add_item(code, '"k": 2') is None
