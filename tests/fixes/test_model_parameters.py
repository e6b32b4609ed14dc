"""What changes in a request with the name of its model, and which requests are left alone: exact text, one request each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmlint.catalog import Catalog
from llmlint.findings import Applicability, Fix
from llmlint.fixes.apply import apply_edits
from llmlint.fixes.model.name import replace_model
from llmlint.link.program.program import Program
from llmlint.providers import find_call_sites
from llmlint.scan.facts import ModuleFacts
from llmlint.scan.scan import scan
from llmlint.source import Source

IMPORTS = "import anthropic, instructor, litellm, openai\n"
MESSAGES, CHAT, RESPONSES = "anthropic.Anthropic().messages", "openai.OpenAI().chat.completions", "openai.OpenAI().responses"


def fix_of(code: str, old: str, new: str, root: Path, **others: str) -> tuple[Fix, str]:
    """The fix that gives the call in `code` another model, and the code after it."""
    files = {"app.py": IMPORTS + code, **{f"{name}.py": text for name, text in others.items()}}
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "ruff.toml").write_text("line-length = 320\n")

    def load(path: str) -> tuple[Source, ModuleFacts] | None:
        text = files.get(os.path.basename(path))
        return None if text is None else (Source(path, text), scan(text, path))

    program = Program(str(root), load, [str(root / name) for name in files])
    [site] = find_call_sites(program, str(root / "app.py"))
    request = site.requests[0]
    catalog = Catalog.bundled()
    [value] = [model for model in request.models if model.spelling == old]
    reference, target = catalog.find(old), catalog.get(new)
    assert reference is not None
    assert target is not None
    fix = replace_model(request, value, reference, target)
    assert fix is not None
    return fix, apply_edits(files["app.py"], fix.edits).removeprefix(IMPORTS)


SONNET, OPUS, HAIKU = "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"
LUNA, SOL = "gpt-6-luna", "gpt-6.1-sol"


@pytest.mark.parametrize(
    ("client", "old", "new", "before", "after"),
    [
        (MESSAGES, "claude-opus-4-8", SONNET, "max_tokens=9", 'max_tokens=9, thinking={"type": "between_tools"}'),
        (MESSAGES, "claude-haiku-4-5", HAIKU, "max_tokens=9", 'max_tokens=9, thinking={"type": "disabled"}'),
        (MESSAGES, "claude-opus-4-8", OPUS, "max_tokens=2000", "max_tokens=6096"),
        (MESSAGES, "claude-opus-5", SONNET, "max_tokens=9", "max_tokens=9"),
        (MESSAGES, "claude-opus-4-6", SONNET, "temperature=0", 'thinking={"type": "between_tools"}'),
        (MESSAGES, "claude-opus-4-6", SONNET, "temperature=0, top_p=0.5", 'thinking={"type": "between_tools"}'),
        (MESSAGES, "claude-opus-5", SONNET, 'thinking={"type": "disabled"}', 'thinking={"type": "between_tools"}'),
        (MESSAGES, "claude-opus-5", HAIKU, 'thinking={"type": "disabled"}', 'thinking={"type": "disabled"}'),
        (
            MESSAGES,
            "claude-opus-4-5",
            SONNET,
            'max_tokens=9000, thinking={"type": "enabled", "budget_tokens": 2000}',
            'max_tokens=9000, thinking={"type": "adaptive"}',
        ),
        (
            MESSAGES,
            "claude-opus-4-8",
            HAIKU,
            'tool_choice={"type": "any"}',
            'tool_choice={"type": "any"}, thinking={"type": "disabled"}',
        ),
        (CHAT, "gpt-4o", LUNA, "temperature=0.2", 'temperature=0.2, reasoning_effort="none"'),
        (CHAT, "gpt-4o", LUNA, "max_tokens=3", 'max_completion_tokens=3, reasoning_effort="none"'),
        (CHAT, "gpt-4o", LUNA, "tools=TOOLS", 'tools=TOOLS, reasoning_effort="none"'),
        (CHAT, "gpt-4", SOL, "max_tokens=2000", 'max_completion_tokens=27000, reasoning_effort="low"'),
        (CHAT, "gpt-4", SOL, "max_completion_tokens=32_000", 'max_completion_tokens=32_000, reasoning_effort="low"'),
        (RESPONSES, "gpt-4", SOL, "max_output_tokens=1024", 'max_output_tokens=26024, reasoning={"effort": "low"}'),
        (MESSAGES, "claude-opus-4-8", OPUS, "max_tokens=60", "max_tokens=4156"),
        (MESSAGES, "claude-opus-4-8", OPUS, "max_tokens=4096", "max_tokens=8192"),
        (MESSAGES, "claude-opus-4-8", OPUS, "max_tokens=9000", "max_tokens=9000"),
        (CHAT, "gpt-4", SOL, "temperature=0.2", 'reasoning_effort="low"'),
        (CHAT, "gpt-5-nano", LUNA, "max_completion_tokens=300", "max_completion_tokens=300"),
        (CHAT, "gpt-4o", LUNA, "presence_penalty=0.5, n=2", 'reasoning_effort="none", n=2'),
        (RESPONSES, "gpt-4.1", LUNA, "temperature=0", 'temperature=0, reasoning={"effort": "none"}'),
        (RESPONSES, "gpt-4", SOL, "tools=TOOLS", 'tools=TOOLS, reasoning={"effort": "low"}'),
        ("litellm", "gpt-4o", LUNA, "max_tokens=3", 'max_tokens=3, reasoning_effort="none"'),
    ],
)
def test_a_request_goes_on_as_before(client: str, old: str, new: str, before: str, after: str, tmp_path: Path) -> None:
    method = "completion" if client == "litellm" else "create"
    code = 'def ask(x):\n    {}.{}(model="{}", messages=x, {})\n'
    fix, text = fix_of(code.format(client, method, old, before), old, new, tmp_path)
    assert fix.applicability is Applicability.UNSAFE, fix.message
    assert text == code.format(client, method, new, after)


@pytest.mark.parametrize(
    ("client", "old", "new", "rest", "reason"),
    [
        (MESSAGES, "claude-opus-4-8", OPUS, "max_tokens=LIMIT", "`max_tokens` of 600 leaves too little room"),
        (MESSAGES, "claude-opus-4-8", OPUS, "max_tokens=x", "whether `max_tokens` leaves room for that is not known"),
        (MESSAGES, "claude-opus-5", OPUS, 'thinking={"type": "disabled"}', "cannot be told not to think"),
        (MESSAGES, "claude-opus-4-6", SONNET, "temperature=x", "may not take `temperature`"),
        (MESSAGES, "claude-opus-4-8", SONNET, 'tool_choice={"type": "any"}', "refuses the forced tool"),
        (MESSAGES, "claude-opus-4-8", SONNET, 'output_config={"effort": "max"}', "may have to think"),
        (CHAT, "gpt-4", SOL, "tools=TOOLS", "need the Responses API"),
        (CHAT, "gpt-5-nano", LUNA, "tools=TOOLS", "unless its reasoning is off"),
        (CHAT, "gpt-4", SOL, "max_tokens=LIMIT", "`max_tokens` of 600 leaves too little room"),
        (CHAT, "gpt-5", SOL, 'reasoning_effort="minimal"', "may not take `reasoning_effort`"),
        (CHAT, "gpt-4o", LUNA, "logprobs=True", "may not take `logprobs`"),
        (CHAT, "gpt-5.4", SOL, "", "which parameters gpt-5.4 takes is not in llmlint's catalogue"),
    ],
)
def test_what_cannot_be_changed_in_place_is_shown_with_the_reason(
    client: str, old: str, new: str, rest: str, reason: str, tmp_path: Path
) -> None:
    fix, _ = fix_of(f'LIMIT = 600\ndef ask(x):\n    {client}.create(model="{old}", messages=x, {rest})\n', old, new, tmp_path)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert reason in fix.message


def test_a_limit_elsewhere_that_thinking_shares_with_a_long_answer_is_named(tmp_path: Path) -> None:
    code = f'LIMIT = 5_000\ndef ask(x):\n    {MESSAGES}.create(model="claude-opus-4-8", messages=x, max_tokens=LIMIT)\n'
    fix, _ = fix_of(code, "claude-opus-4-8", OPUS, tmp_path)
    assert fix.applicability is Applicability.UNSAFE
    assert "`max_tokens` of 5,000 then limits its thinking, too" in fix.message


@pytest.mark.parametrize(
    ("pin", "client", "old", "new", "rest", "after"),
    [
        ("anthropic==0.30.0", MESSAGES, "claude-opus-4-8", SONNET, "", 'extra_body={"thinking": {"type": "between_tools"}}'),
        ("openai==1.30.1", CHAT, "gpt-4o", LUNA, "", 'extra_body={"reasoning_effort": "none"}'),
        (
            "openai==1.50.0",
            CHAT,
            "gpt-4o",
            LUNA,
            "max_tokens=9",
            'max_completion_tokens=9, extra_body={"reasoning_effort": "none"}',
        ),
        ("openai==1.30.1", CHAT, "gpt-4o", LUNA, "max_tokens=9", None),
        ("openai==1.50.0", CHAT, "gpt-4o", LUNA, "extra_body=x", None),
    ],
)
def test_an_older_sdk_sends_new_arguments_in_the_body(
    pin: str, client: str, old: str, new: str, rest: str, after: str | None, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text(f"{pin}\n", encoding="utf-8")
    code = f'def ask(x):\n    {client}.create(model="{old}", messages=x{rest and ", "}{rest})\n'
    fix, text = fix_of(code, old, new, tmp_path)
    if after is None:
        assert fix.applicability is Applicability.DISPLAY_ONLY
        assert "the project's SDK is older" in fix.message
    else:
        assert fix.applicability is Applicability.UNSAFE
        assert f"messages=x, {after})" in text


def test_an_argument_that_another_caller_passes_is_not_added(tmp_path: Path) -> None:
    code = """\
import anthropic


def more(thinks):
    return {"thinking": {"type": "adaptive"}} if thinks else {}


def ask(text, thinks=False):
    messages = [{"role": "user", "content": text}]
    return anthropic.Anthropic().messages.create(model="claude-opus-4-8", max_tokens=9000, messages=messages, **more(thinks))


ask("Hi")
ask("Hi", True)
"""
    fix, _ = fix_of(code, "claude-opus-4-8", SONNET, tmp_path)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "`thinking` yet: another caller passes it" in fix.message


def test_instructors_response_model_is_a_forced_tool(tmp_path: Path) -> None:
    code = 'instructor.from_{}({}).chat.completions.create(model="{}", max_tokens=900, messages=[], response_model=str)\n'
    claude = code.format("anthropic", "anthropic.Anthropic()", "claude-opus-4-8")
    fix, _ = fix_of(claude, "claude-opus-4-8", SONNET, tmp_path)
    assert (fix.applicability, "response_model" in fix.message) == (Applicability.DISPLAY_ONLY, True)
    fix, _ = fix_of(code.format("openai", "openai.OpenAI()", "gpt-4o"), "gpt-4o", LUNA, tmp_path)
    assert fix.applicability is Applicability.UNSAFE
    fix, _ = fix_of(code.format("openai", "openai.OpenAI()", "gpt-4"), "gpt-4", SOL, tmp_path)
    assert "Responses API" in fix.message


@pytest.mark.parametrize(
    ("reads", "where"),
    [
        ("    return answer\n\n\ndef text(x):\n    return ask(x).content[0].text\n", "line 8"),
        ("    return answer.content[0].input\n", "line 4"),
        ("    blocks = answer.content\n    return show(blocks)\n\n\ndef show(x):\n    return x.y.content[1].text\n", "line 9"),
    ],
)
def test_answers_that_are_read_by_place_elsewhere(reads: str, where: str, tmp_path: Path) -> None:
    code = f'def ask(x):\n    answer = {MESSAGES}.create(model="claude-opus-4-8", max_tokens=2000, messages=x)\n{reads}'
    fix, _ = fix_of(code, "claude-opus-4-8", OPUS, tmp_path)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert where in fix.message


def test_answers_of_another_file_are_looked_for(tmp_path: Path) -> None:
    code = f'def ask(x):\n    return {MESSAGES}.create(model="claude-opus-4-8", max_tokens=2000, messages=x)\n'
    pages = "from app import ask\nprint(ask('x').content[0].text)\n"
    fix, _ = fix_of(code, "claude-opus-4-8", OPUS, tmp_path, pages=pages)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "pages.py, line 2 reads `.content[0].text`" in fix.message


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('PRICES = {"gpt-4o": 1, "gpt-4": 2}\n', "the old name is looked up, too:"),
        ('CHOICES = ["gpt-4o", "gpt-4"]\n', "the old name is looked up, too:"),
        ('IS_OLD = "x" == "gpt-4o"\n', "the old name is looked up, too:"),
    ],
)
def test_a_name_that_is_looked_up_is_named_with_its_places(lines: str, message: str, tmp_path: Path) -> None:
    fix, _ = fix_of(f'{lines}MODEL = "gpt-4o"\n{CHAT}.create(model=MODEL, messages=[])\n', "gpt-4o", LUNA, tmp_path)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert message in fix.message


@pytest.mark.parametrize(
    "lines",
    ['PRICES = {"gpt-4o": 1, "gpt-6-luna": 2}\n', 'print("gpt-4o")\n', 'OTHER = {"fast": "gpt-4o"}\n', 'x, y = "gpt-4o", 3\n'],
)
def test_a_name_that_is_not_looked_up_or_has_its_successor_beside_it(lines: str, tmp_path: Path) -> None:
    fix, _ = fix_of(f'{lines}MODEL = "gpt-4o"\n{CHAT}.create(model=MODEL, messages=[])\n', "gpt-4o", LUNA, tmp_path)
    assert fix.applicability is Applicability.UNSAFE, fix.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# Claude 4 Opus", "# Claude Sonnet 5.5"),
        ("# claude-opus-4-20250514, for letters", "# claude-sonnet-5-5, for letters"),
        ("# Claude Opus 4 is best", "# Claude Opus 4 is best"),
        ("# was claude-opus-4-20250514 once", "# was claude-opus-4-20250514 once"),
        ("# Opus 4.1 was tried", "# Opus 4.1 was tried"),
        ("# a model", "# a model"),
    ],
)
def test_the_name_in_a_comment_changes_along(before: str, after: str, tmp_path: Path) -> None:
    old = "claude-opus-4-20250514"
    code = f'MODEL = "{old}"  {before}\n{MESSAGES}.create(model=MODEL, max_tokens=9, messages=[])\n'
    fix, text = fix_of(code, old, SONNET, tmp_path)
    assert text.splitlines()[0] == f'MODEL = "{SONNET}"  {after}'
    assert ("comment in line" in fix.message) is (after == before != "# a model")
