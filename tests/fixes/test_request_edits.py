"""The edits that fixes of requests are made of: the exact text in each layout, and that the program still sends the same words."""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from llmlint.callsite import Request
from llmlint.catalog import Catalog
from llmlint.findings import Applicability, Finding
from llmlint.fixes.apply import fix_texts
from llmlint.fixes.edits.declared import is_below
from llmlint.fixes.edits.paragraphs import Prompt, joined
from llmlint.fixes.edits.remove_named import remove_named, rename_named
from llmlint.fixes.edits.style import is_in_string, style_of
from llmlint.fixes.prompt.cache_key import key_of
from llmlint.link.program.program import Program
from llmlint.providers import find_call_sites
from llmlint.rules import llm105_uncached_conversation as llm105
from llmlint.rules import llm106_cache_breakpoint_below_minimum as llm106
from llmlint.rules import llm107_too_many_cache_breakpoints as llm107
from llmlint.rules import llm108_missing_prompt_cache_key as llm108
from llmlint.rules import llm203_superseded_model as llm203
from llmlint.rules.registry import RuleContext
from llmlint.scan.scan import scan
from llmlint.source import Source

Check = Callable[[Request, RuleContext], Iterator[Finding]]
SAFE, UNSAFE, SHOWN = Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY_ONLY
# Six words are a long prompt here: what counts is how it is written.
# The fixes of LLM203 are the same at any ratio of prices: here it reports every cheaper successor.
CONTEXT = RuleContext(Catalog.bundled(), datetime.date(2026, 11, 23), cache_margin=0.001, superseded_ratio=1)
GPT = """\
import asyncio
import openai

client = openai.OpenAI()
RULES = "Answer in one sentence. "
"""
CLAUDE = """\
import anthropic

client = anthropic.Anthropic()
MARK = {"type": "ephemeral"}
"""


def calls_in(text: str, path: str = "app.py", root: str = ".") -> tuple[Request, ...]:
    program = Program(root)
    program.add(Source(path, text), scan(text, path))
    return tuple(site.richest for site in find_call_sites(program, path))


def findings_in(text: str, check: Check, root: str = ".") -> list[Finding]:
    return [finding for site in calls_in(text, root=root) for finding in check(site, CONTEXT)]


def fixed(text: str, check: Check, allowed: Collection[Applicability] = (SAFE, UNSAFE), root: str = ".") -> str:
    outcome = fix_texts(findings_in(text, check, root), allowed, {"app.py": text}.__getitem__)
    assert not outcome.refused
    return outcome.texts.get("app.py", text)


LONG = "A house rule of the desk that everybody knows. " * 120


def gpt(call: str) -> str:
    return f"{GPT}RULES += {LONG!r}\n{call}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            'client.chat.completions.create(model="gpt-4o", messages=[{"role": "system", "content": RULES}])\n',
            'client.chat.completions.create(model="gpt-4o", messages=[{"role": "system", "content": RULES}], prompt_cache_key="app")\n',
            id="one line",
        ),
        pytest.param(
            'client.chat.completions.create(\n    model="gpt-4o", messages=[{"role": "system", "content": RULES}]\n)\n',
            'client.chat.completions.create(\n    model="gpt-4o", messages=[{"role": "system", "content": RULES}], prompt_cache_key="app"\n)\n',
            id="arguments on one line of their own",
        ),
        pytest.param(
            'client.chat.completions.create(\n\tmodel="gpt-4o",\n\tmessages=[{"role": "system", "content": RULES}]  # why\n)\n',
            'client.chat.completions.create(\n\tmodel="gpt-4o",\n\tmessages=[{"role": "system", "content": RULES}],  # why\n'
            '\tprompt_cache_key="app",\n)\n',
            id="a line each, with a comment and without a comma",
        ),
        pytest.param(
            'client.chat.completions.create(\n    messages=[{"role": "system", "content": RULES}],\n    model="gpt-4o",\n)\n',
            'client.chat.completions.create(\n    messages=[{"role": "system", "content": RULES}],\n    model="gpt-4o",\n'
            '    prompt_cache_key="app",\n)\n',
            id="a line each",
        ),
        pytest.param(
            'REQUEST = {"model": "gpt-4o", "messages": [{"role": "system", "content": RULES}]}\n'
            "client.chat.completions.create(**REQUEST)\n",
            'REQUEST = {"model": "gpt-4o", "messages": [{"role": "system", "content": RULES}]}\n'
            'client.chat.completions.create(**REQUEST, prompt_cache_key="app")\n',
            id="request dict",
        ),
        pytest.param(
            "asyncio.to_thread(\n    client.chat.completions.create,\n"
            '    model="gpt-4o",\n    messages=[{"role": "system", "content": RULES}],\n)\n',
            "asyncio.to_thread(\n    client.chat.completions.create,\n"
            '    model="gpt-4o",\n    messages=[{"role": "system", "content": RULES}],\n    prompt_cache_key="app",\n)\n',
            id="handed to a runner",
        ),
        pytest.param(
            'client.responses.create(model="gpt-4o", instructions=RULES, input=input())\n',
            'client.responses.create(model="gpt-4o", instructions=RULES, input=input(), prompt_cache_key="app")\n',
            id="responses",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_keyword_is_added_in_the_layout_of_the_call(before: str, after: str, newline: str) -> None:
    old, new = (gpt(code).replace("\n", newline) for code in (before, after))
    assert fixed(old, llm108.check) == new
    assert not findings_in(new, llm108.check)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param("client.chat.completions.create({})", SAFE, id="own host"),
        pytest.param("openai.AzureOpenAI().chat.completions.create({})", UNSAFE, id="azure"),
        pytest.param("openai.OpenAI(base_url=input()).chat.completions.create({})", UNSAFE, id="another host, perhaps"),
        pytest.param("openai.ChatCompletion.create({})", UNSAFE, id="legacy function"),
        pytest.param("client.chat.completions.create({}, **eval(input()))", UNSAFE, id="arguments out of sight"),
    ],
)
def test_a_key_is_safe_only_where_openai_itself_is_asked(call: str, expected: Applicability) -> None:
    code = call.format('model="gpt-4o", messages=[{"role": "system", "content": RULES}]')
    assert [finding.fix.applicability for finding in findings_in(gpt(code), llm108.check) if finding.fix] == [expected]


def test_a_key_that_callers_may_pass_is_not_passed_twice() -> None:
    text = gpt(
        "def ask(**options):\n"
        '    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "system", "content": RULES}], **options)\n\n\n'
        "ask()\nask(**dict(prompt_cache_key=input()))\n"
    )
    assert not [finding for finding in findings_in(text, llm108.check) if finding.fix]


@pytest.mark.parametrize(
    ("path", "code", "key"),
    [
        ("app.py", "{call}", "app"),
        ("src/desk/letters.py", "def answer():\n    {call}", "desk.letters.answer"),
        ("desk/__init__.py", "class Clerk:\n    def answer(self):\n        {call}", "desk.Clerk.answer"),
        ("my notes.py", "ask = lambda: {call}", "my-notes"),
        (f"{'long/' * 20}end.py", "def answer():\n    {call}", f"{'long.' * 10}end.answer"),
        (f"{'x' * 99}.py", "{call}", "x" * 64),
    ],
)
def test_a_key_names_module_and_function_within_64_characters(path: str, code: str, key: str) -> None:
    call = 'client.chat.completions.create(model="gpt-4o", messages=[])'
    [site] = calls_in(f"{GPT}{code.format(call=call)}\n", path)
    assert key_of(site) == key
    assert len(key) <= 64


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("requirements.txt", "openai==1.30.1\n", True),
        ("requirements.txt", "openai[datalib]==0.28\n", True),
        ("requirements-dev.txt", "openai<1.50 ; python_version > '3.8'\n", True),
        ("pyproject.toml", 'dependencies = ["openai>=1.0,<1.99"]\n', True),
        ("pyproject.toml", 'openai = "~=1.30.0"\n', True),
        ("pyproject.toml", 'openai = "^0.28.1"\n', True),
        ("pyproject.toml", 'openai = "^1.3"\n', False),
        ("pyproject.toml", 'openai = "~1.30"\n', True),
        ("pyproject.toml", 'openai = "~1"\n', False),
        ("requirements/base.txt", "openai<=1.98\n", True),
        ("requirements.txt", "openai>=1.30\n", False),
        ("requirements.txt", "openai==1.99.0\n", False),
        ("requirements.txt", "openai~=1.30\n", False),
        ("requirements.txt", "langchain-openai==0.1.0\nopenai-agents==0.2\n", False),
        ("notes.txt", "openai==1.30.1\n", False),
    ],
)
def test_the_declared_version_decides(name: str, text: str, expected: bool, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert is_below(Program(str(tmp_path)), "openai", (1, 99)) is expected


def test_older_sdks_get_the_key_and_the_mark_in_the_body(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("openai==1.30.1\nanthropic==0.40.0\n", encoding="utf-8")
    text = gpt('client.chat.completions.create(model="gpt-4o", messages=[{"role": "system", "content": RULES}])\n')
    assert 'RULES}], extra_body={"prompt_cache_key": "' in fixed(text, llm108.check, root=str(tmp_path))
    text = f"{CLAUDE}{CHAT.format('client')}"
    new = fixed(text, llm105.check, root=str(tmp_path))
    assert 'messages=history, extra_body={"cache_control": {"type": "ephemeral"}} )' in " ".join(new.split())


CHAT = """
def chat():
    history = []
    while True:
        history.append({{"role": "user", "content": input()}})
        answer = {}.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=history)
        history.append({{"role": "assistant", "content": answer.content}})
"""


def test_a_helper_marks_the_last_message_where_the_client_takes_no_top_level_mark() -> None:
    text = f"{CLAUDE}\n\n# Asks on.{CHAT.format('anthropic.AnthropicBedrock()')}"
    new = fixed(text, llm105.check)
    assert new.count("def with_cache_breakpoint(messages):") == 1
    assert new.index("def with_cache_breakpoint") < new.index("# Asks on.\ndef chat")
    assert "messages=with_cache_breakpoint(history))" in new
    assert not findings_in(new, llm105.check)
    names: dict[str, object] = {}
    start = new.index("def with_cache_breakpoint")
    exec(new[start : new.index("# Asks on.")], names)
    mark = names["with_cache_breakpoint"]
    assert callable(mark)
    history: list[dict[str, object]] = [{"role": "user", "content": "Hello."}]
    expected = {"type": "text", "text": "Hello.", "cache_control": {"type": "ephemeral"}}
    assert mark(history) == [{"role": "user", "content": [expected]}]
    assert history == [{"role": "user", "content": "Hello."}], "the history itself gets no marks"
    result = {"type": "tool_result", "tool_use_id": "1"}
    history.append({"role": "user", "content": [{"type": "text", "text": "a"}, result]})
    assert mark(history) == [history[0], {"role": "user", "content": [{"type": "text", "text": "a"}, {**result, **_marked()}]}]


def _marked() -> dict[str, object]:
    return {"cache_control": {"type": "ephemeral"}}


def test_a_helper_that_is_there_is_used_again() -> None:
    text = fixed(f"{CLAUDE}\n{CHAT.format('anthropic.AnthropicBedrock()')}", llm105.check)
    more = text + CHAT.replace("chat", "talk").format("anthropic.AsyncAnthropicBedrock()")
    assert fixed(more, llm105.check).count("def with_cache_breakpoint") == 1


def request(system: str) -> str:
    return (
        f'{CLAUDE}client.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=[{{"role": "user", "content": "a"}}], '
        f"system={system})\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[{"type": "text", "text": "a", "cache_control": MARK}]', '[{"type": "text", "text": "a"}]'),
        ('[{"type": "text", "cache_control": MARK, "text": "a"}]', '[{"type": "text", "text": "a"}]'),
        ('[{"cache_control": MARK, "type": "text", "text": "a"}]', '[{"type": "text", "text": "a"}]'),
        ("[{'type': 'text', 'text': 'a', 'cache_control': MARK,}]", "[{'type': 'text', 'text': 'a', }]"),
        (
            '[\n    {\n        "type": "text",\n        "text": "a",  # short\n        "cache_control": MARK\n    }\n]',
            '[\n    {\n        "type": "text",\n        "text": "a",  # short\n    }\n]',
        ),
        (
            '[\n    {\n        "type": "text",\n        "cache_control": {\n            "type": "ephemeral",\n        },\n'
            '        "text": "a",\n    }\n]',
            '[\n    {\n        "type": "text",\n        "text": "a",\n    }\n]',
        ),
        (
            '[{"type": "text", "text": "a",\n  "cache_control": MARK,  # for later\n}]',
            '[{"type": "text", "text": "a",\n  # for later\n}]',
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_mark_without_effect_is_taken_away_in_any_layout(before: str, after: str, newline: str) -> None:
    old, new = (request(system).replace("\n", newline) for system in (before, after))
    assert fixed(old, llm106.check, (SAFE,)) == new
    assert not findings_in(new, llm106.check)


def test_a_mark_that_other_calls_may_need_is_taken_away_only_if_asked_for() -> None:
    text = request("[BLOCK]").replace(
        "MARK =", 'BLOCK = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}\nMARK ='
    )
    [finding] = findings_in(text, llm106.check)
    assert finding.fix is not None
    assert finding.fix.applicability is UNSAFE


def test_of_too_many_marks_those_go_whose_text_others_cover() -> None:
    blocks = ", ".join(f'{{"type": "text", "text": "{name}", "cache_control": {{"type": "ephemeral"}}}}' for name in "abcde")
    text = request(f"[{blocks}]").replace(
        "max_tokens=9", 'max_tokens=9, tools=[{"name": "t", "cache_control": {"type": "ephemeral"}}]'
    )
    [finding] = findings_in(text, llm107.check)
    assert finding.fix is not None
    assert finding.fix.applicability is UNSAFE
    new = fixed(text, llm107.check)
    assert new.count("cache_control") == 4
    assert '"name": "t", "cache_control"' in new, "the only mark of the tools stays"
    assert '"text": "a"}, {"type": "text", "text": "b"}, {"type": "text", "text": "c", "cache_control"' in new


@pytest.mark.parametrize(
    ("code", "name", "removed", "renamed"),
    [
        ('create(model="m", temperature=0)', "temperature", 'create(model="m")', 'create(model="m", new=0)'),
        ('create(temperature=0, model="m")', "temperature", 'create(model="m")', 'create(new=0, model="m")'),
        (
            'create(**{"temperature": 0, "model": "m"})',
            "temperature",
            'create(**{"model": "m"})',
            'create(**{"new": 0, "model": "m"})',
        ),
        ('create(model="m", max_tokens=0, temperature = 0 )', "temperature", 'create(model="m", max_tokens=0 )', None),
    ],
)
def test_an_item_of_a_request_is_removed_or_renamed(code: str, name: str, removed: str, renamed: str | None) -> None:
    text = f"{CLAUDE}client.messages.{code}\n"
    [site] = calls_in(text)
    at = site.fields.entries[name].at
    for edit, expected in ((remove_named(site, name, at), removed), (rename_named(site, name, "new", at), renamed)):
        if expected is not None:
            assert edit is not None
            assert text[: edit.span.start] + edit.text + text[edit.span.end :] == f"{CLAUDE}client.messages.{expected}\n"


@pytest.mark.parametrize(
    ("text", "quote", "step"),
    [
        ("", '"', "    "),
        ("x = 'a'\ny = 'b'\nz = \"c\"\n", "'", "    "),
        ("x = \"it's\"\ny = \"it's\"\nz = 'a'\n", "'", "    "),
        ('def f():\n  """Text."""\n  return \'a\'\n', "'", "  "),
        ('def f():\n\treturn "a"\n', '"', "\t"),
        ("x = f'{y}'\nif x:\n  if y:\n    pass\n", "'", "  "),
        ("x = f(\n  'a', # \"\n  {'b': [\n'c']})\r\nif x:\r\n   y = \\\r\n x\r\n   '''\n  if'''\n", "'", "   "),
        ("if a:\n  if b:\n      c\n  d\nif a:\n  # 'a' 'b'\n    b\nif a:\n    b\n", '"', "    "),
        ("def f(:\n", '"', "    "),
        ("\f\nx = 1\n\fdef f():\n\t\fy = 2\n\n\n\fdef g():\n  z = 3\n", '"', "  "),
    ],
)
def test_the_style_of_a_file_is_that_of_most_of_it(text: str, quote: str, step: str) -> None:
    style = style_of(Source("app.py", text))
    assert (style.quote, style.step) == (quote, step)
    assert ast.literal_eval(style.cache_control) == {"type": "ephemeral"}


def test_holes_of_an_f_string_lie_in_a_string() -> None:
    text = 'x = 1\ny = f"<{x}>"\nz = x\n'
    source = Source("app.py", text)
    assert [is_in_string(source, index) for index in (0, text.index("{x") + 1, text.rindex("x"))] == [False, True, False]


NAMES = {"now": "NOW", "user": "A", "RULES": "One.\n\nTwo.", "x": 3.14159, "d": {"k": "v"}}


@pytest.mark.parametrize(
    ("code", "static", "moved"),
    [
        ('f"It is {now}.\\n\\n{RULES}"', "RULES", 'f"\\n\\nIt is {now}."'),
        ('f"Hi.\\n\\nIt is {now!r:>9}.\\n\\n{RULES} {x:.1f}"', 'f"Hi.\\n\\n{RULES} {x:.1f}"', 'f"\\n\\nIt is {now!r:>9}."'),
        ("f'It is {now}.\\n\\nWrite {{\"a\": 1}}.'", "'Write {\"a\": 1}.'", "f'\\n\\nIt is {now}.'"),
        ('"It is " + now + ".\\n\\n" + RULES', "RULES", '"\\n\\nIt is " + now + "."'),
        ('now + "\\n\\n" + RULES + "\\n\\nEnd."', 'RULES + "\\n\\nEnd."', '"\\n\\n" + now'),
        ('f"It is {now}.\\n\\n" f"{RULES}\\n\\n" "End."', None, None),
        ('f"""It is {now}.\n\nBe "kind".\n\n{RULES}\n"""', 'f"""Be "kind".\n\n{RULES}\n"""', 'f"\\n\\nIt is {now}."'),
        ('f"""\\\nIt is {now}.\n\n{RULES}"""', "RULES", 'f"\\n\\nIt is {now}."'),
        ('f"""It is {d["k"]} {now}.\n\n{RULES}"""', "RULES", 'f"""\\n\\nIt is {d["k"]} {now}."""'),
        ('f"A {now}.\\n\\nBe kind.\\n\\nB {user}.\\n\\nBe brief.\\n\\nC {now}."', '"Be kind.\\n\\nBe brief."', None),
    ],
)
def test_paragraphs_change_places_and_no_word_is_lost(code: str, static: str | None, moved: str | None) -> None:
    changing = [offset for name in ("{now", "{user", "now +", "+ now") for offset in _places(code, name)]
    prompt = Prompt(code, changing)
    paragraphs = prompt.paragraphs()
    last = max(index for index, each in enumerate(paragraphs) if not each.is_changing)
    first = prompt.code(joined([each for each in paragraphs if not each.is_changing]), "\n")
    tail = [*[each for each in paragraphs[:last] if each.is_changing], *paragraphs[last + 1 :]]
    second = prompt.code(joined(tail), "\n", leading=2)
    if static is not None:
        assert first == static
    if moved is not None:
        assert second == moved
    sent = [eval(f"({each})", dict(NAMES)) for each in (code, first, second)]
    assert sorted(sent[0]) == sorted(sent[1] + sent[2])
    before, after = (re.split(r"\n{2,}", text.strip()) for text in (sent[0], sent[1] + sent[2]))
    assert sorted(map(str.strip, before)) == sorted(map(str.strip, after))


def _places(code: str, name: str) -> Iterator[int]:
    start = code.find(name)
    while start >= 0:
        yield start + len(name) - len(name.lstrip("{+ "))
        start = code.find(name, start + 1)


@pytest.mark.parametrize("code", ["rf'{now}\\d'", '("a"  # why\n f"{now}")', "rb'a' + now"])
def test_raw_text_and_comments_are_left_alone(code: str) -> None:
    with pytest.raises(ValueError, match=r"raw string|comments"):
        Prompt(code, [code.index("now")])


@pytest.mark.parametrize("code", ["f(now)", "now if x else RULES", '"%s" % now'])
def test_what_is_no_literal_or_sum_is_one_piece(code: str) -> None:
    [paragraph] = Prompt(code, [code.index("now")]).paragraphs()
    assert paragraph.is_changing


def test_the_predecessor_of_a_model_that_thinks_goes_on_without() -> None:
    text = f'{CLAUDE}answer = client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=[]).content[0].text\n'
    new = " ".join(fixed(text, llm203.check).split())
    assert 'model="claude-haiku-5-5", max_tokens=9, messages=[], thinking={"type": "disabled"} ).content[0].text' in new


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("answer.content[0].text", 'next(block.text for block in answer.content if block.type == "text")'),
        ("print(answer.content[0].text[:9])", 'print(next(block.text for block in answer.content if block.type == "text")[:9])'),
    ],
)
def test_the_text_of_an_answer_is_found_by_its_type(read: str, expected: str) -> None:
    text = f'{CLAUDE}answer = client.messages.create(model="claude-opus-4-8", max_tokens=2000, messages=[])\n{read}\n'
    new = fixed(text, llm203.check)
    assert new.endswith(f"{expected}\n")
    assert 'model="claude-opus-5-5"' in new


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("temperature=float(input())", id="sampling of the caller"),
        pytest.param("**eval(input())", id="arguments out of sight"),
        pytest.param('betas=["context-1m-2025-08-07"]', id="betas"),
        pytest.param('tools=[], tool_choice={"type": "any"}', id="forced tool"),
    ],
)
def test_a_name_whose_request_cannot_be_fixed_is_shown_only(rest: str) -> None:
    text = f'{CLAUDE}client.messages.create(model="claude-sonnet-4-6", max_tokens=9, messages=[], {rest})\n'
    [finding] = findings_in(text, llm203.check)
    assert finding.fix is not None
    assert finding.fix.applicability is SHOWN
