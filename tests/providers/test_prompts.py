"""What a prompt is made of: its segments with what is known of them, cache breakpoints, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]

HEAD = """
import json
import anthropic, openai, litellm
client, other = anthropic.Anthropic(), openai.OpenAI()
BLOCK = {"type": "text", "text": "b"}
MARKED = {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}
IMAGE = {"type": "image", "source": {"data": photo}}
"""
SYSTEMS = {
    "a string": ("'s'", "system=s"),
    "a string with a gap": ("f's {clock} t'", "system=s <unknown> t"),
    "two gaps": ("f's {one} t {two} u'", "system=s <unknown> t <unknown> u"),
    "two gaps side by side": ("f's {one}{two} u'", "system=s <unknown><unknown> u"),
    "a gap ahead": ("f'{clock} t'", "system=<unknown> t"),
    "not known": ("text", "system=<unknown>"),
    "None": ("None", ""),
    "blocks": ("[BLOCK, {'type': 'text', 'text': 'c'}]", "system=b, system=c"),
    "a marked block": ("[MARKED, BLOCK]", "system=b!, system=b"),
    "a mark that is None": ("[{'type': 'text', 'text': 'b', 'cache_control': None}]", "system=b"),
    "a block that is no text": ("[IMAGE]", "system=<unknown>"),
    "strings": ("['s', 't']", "system=s, system=t"),
    "blocks of which some are not known": ("[BLOCK, *more]", "system=b, system=<unknown>"),
    "a block that is not known": ("[BLOCK, block]", "system=b, system=<unknown>"),
    "a block with a text that is not known": ("[{'type': 'text', 'text': text}]", "system=<unknown>"),
    "a block alone": ("BLOCK", "system=b"),
    "the longer of two": ("'s' if x else 'longer'", "system=longer"),
    "what a function returns": ("tune(BLOCKS)", "system=<stable>"),
}
MESSAGES = {
    "a message": ("[{'role': 'user', 'content': 'q'}]", "user=q"),
    "two": ("[{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': 'a'}]", "user=q, assistant=a"),
    "a system message": ("[{'role': 'system', 'content': 's'}, {'role': 'user', 'content': 'q'}]", "system=s, user=q"),
    "a developer's message": ("[{'role': 'developer', 'content': 's'}]", "system=s"),
    "blocks": ("[{'role': 'user', 'content': [BLOCK, MARKED]}]", "user=b, user=b!"),
    "a marked message": ("[{'role': 'user', 'content': [BLOCK, BLOCK], 'cache_control': {'type': 'x'}}]", "user=b, user=b!"),
    "no content": ("[{'role': 'user'}]", "user=<unknown>"),
    "no role": ("[{'content': 'q'}]", "=q"),
    "a role that is not known": ("[{'role': role, 'content': 'q'}]", "=q"),
    "content that is not known": ("[{'role': 'user', 'content': text}]", "user=<unknown>"),
    "not known": ("messages", "=<unknown>"),
    "a message that is not known": ("[first, {'role': 'user', 'content': 'q'}]", "=<unknown>, user=q"),
    "more that are not known": ("[{'role': 'user', 'content': 'q'}, *rest]", "user=q, =<unknown>"),
    "none": ("[]", ""),
}
TOOLS = {
    "a tool": ("[{'name': 'n', 'size': 1, 'on': True, 'no': None}]", 'tools={"name": "n", "size": 1, "on": true, "no": ""}'),
    "nested": ("[{'a': {'b': ['c', 1.5]}}]", 'tools={"a": {"b": ["c", 1.5]}}'),
    "a marked tool": ("[{'name': 'n', 'cache_control': {'type': 'x'}}]", 'tools={"name": "n"}!'),
    "a gap": ("[{'name': f'n {x}'}]", 'tools={"name": "n "}<unknown>'),
    "a value that is not known": ("[{'name': x}]", 'tools={"name": ""}<unknown>'),
    "keys that are not known": ("[{'name': 'n', **x}]", 'tools={"name": "n"}<unknown>'),
    "one of two values": ("[{'name': 'n' if x else 'm'}]", 'tools={"name": "n"}<stable>'),
    "a tool that is not known": ("[tool]", "tools=<unknown>"),
    "more that are not known": ("[{'name': 'n'}, *more]", 'tools={"name": "n"}, tools=<unknown>'),
    "not known": ("tools", "tools=<unknown>"),
    "None": ("None", ""),
}


def prompt(link: Link, arguments: str, call: str = "client.messages.create") -> Any:
    return link(f"{HEAD}{call}(model='m', max_tokens=9, {arguments})").site.prompt


def shown(link: Link, arguments: str, call: str = "client.messages.create") -> str:
    [asked] = link(f"{HEAD}{call}(model='m', max_tokens=9, {arguments})").asked
    return str(asked).removeprefix("m: ")


@pytest.mark.parametrize(("system", "expected"), SYSTEMS.values(), ids=SYSTEMS)
def test_system_prompts(link: Link, system: str, expected: str) -> None:
    assert shown(link, f"system={system}, messages=[]") == expected


@pytest.mark.parametrize(("messages", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_messages(link: Link, messages: str, expected: str) -> None:
    assert shown(link, f"messages={messages}") == expected
    assert shown(link, f"messages={messages}", "other.chat.completions.create") == expected
    assert shown(link, f"messages={messages}", "litellm.completion") == expected


@pytest.mark.parametrize(("tools", "expected"), TOOLS.values(), ids=TOOLS)
def test_tools(link: Link, tools: str, expected: str) -> None:
    assert shown(link, f"tools={tools}, messages=[]") == expected
    assert shown(link, f"tools={tools}, messages=[]", "other.chat.completions.create") == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("input='q'", "user=q"),
        ("instructions='s', input='q'", "system=s, user=q"),
        ("instructions=None, input='q'", "user=q"),
        ("input=[{'role': 'user', 'content': 'q'}]", "user=q"),
        ("tools=[{'a': 1}], input='q'", 'tools={"a": 1}, user=q'),
        ("input=f'q {x}'", "user=q <unknown>"),
        ("input=x", "=<unknown>"),
    ],
)
def test_responses(link: Link, arguments: str, expected: str) -> None:
    assert shown(link, arguments, "other.responses.create") == expected


def test_tools_come_first_and_messages_last(link: Link) -> None:
    given = "messages=[{'role': 'user', 'content': 'q'}], system='s', tools=[{'a': 1}]"
    assert shown(link, given) == 'tools={"a": 1}, system=s, user=q'


def test_text_completions_have_no_prompt_that_could_be_cached(link: Link) -> None:
    found = prompt(link, "max_tokens_to_sample=9, prompt='p'", "client.completions.create")
    assert (found.segments, found.has_breakpoint, found.may_have_breakpoints, found.has_alternatives) == ((), False, True, True)
    assert prompt(link, "prompt='p'", "other.completions.create").segments == ()


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ("system='four', messages=[{'role': 'user', 'content': 'seven77'}]", 11),
        ("system=f'four{x}', messages=[{'role': 'user', 'content': 'seven77'}]", 4),
        ("system=x, messages=[{'role': 'user', 'content': 'seven77'}]", 0),
        ("tools=[{'a': x}], system='four', messages=[]", 13),
    ],
)
def test_how_much_is_known_to_come_first(link: Link, arguments: str, known: int) -> None:
    assert prompt(link, arguments).known_chars == known


MARKS: dict[str, tuple[str, str, str]] = {
    "none": ("client.messages.create", "system='s', messages=[]", ""),
    "on a block": ("client.messages.create", "system=[MARKED], messages=[]", "marked blocks=1"),
    "on two blocks": ("client.messages.create", "system=[MARKED, MARKED], messages=[]", "marked blocks=2"),
    "on the request": ("client.messages.create", "cache_control={'type': 'x'}, messages=[]", "top marked"),
    "on the body": ("client.messages.create", "extra_body={'cache_control': {'type': 'x'}}, messages=[]", "top marked"),
    "another body": ("client.messages.create", "extra_body={'a': 1}, messages=[]", ""),
    "None on the request": ("client.messages.create", "cache_control=None, messages=[]", ""),
    "hidden": ("client.messages.create", "messages=[], system=blocks", "hidden"),
    "a key": ("other.chat.completions.create", "prompt_cache_key='k', messages=[]", "key"),
    "a key that is None": ("other.chat.completions.create", "prompt_cache_key=None, messages=[]", ""),
    "a key in the body": ("other.chat.completions.create", "extra_body={'prompt_cache_key': 'k'}, messages=[]", "key"),
    "another thing in the body": ("other.chat.completions.create", "extra_body={'a': 'k'}, messages=[]", ""),
    "a router that marks": (
        "other.chat.completions.create",
        "extra_body={'cache_control': {'type': 'x'}}, messages=[]",
        "marked may",
    ),
    "a gateway that marks": (
        "other.chat.completions.create",
        "extra_body={'providerOptions': {'gateway': {'caching': 'auto'}}}, messages=[]",
        "marked may",
    ),
    "a gateway that does not": ("other.chat.completions.create", "extra_body={'caching': 'off'}, messages=[]", ""),
    "litellm that marks": ("litellm.completion", "enable_prompt_caching=True, messages=[]", "marked may"),
    "litellm that does not": ("litellm.completion", "enable_prompt_caching=False, messages=[]", ""),
    "litellm that marks at points": ("litellm.completion", "cache_control_injection_points=[{}], messages=[]", "marked may"),
    "a message of openai": (
        "other.chat.completions.create",
        "messages=[{'role': 'user', 'content': [MARKED]}]",
        "marked blocks=1",
    ),
}


@pytest.mark.parametrize(("call", "arguments", "expected"), MARKS.values(), ids=MARKS)
def test_cache_breakpoints(link: Link, call: str, arguments: str, expected: str) -> None:
    def use(code: str) -> Any:
        return link(code).site.prompt

    code = f"blocks = [BLOCK]\ntune(blocks)\n{call}(model='m', max_tokens=9, {arguments})"
    found = use(HEAD + code)
    flags = {
        "top": found.has_top_level_breakpoint,
        "marked": found.has_breakpoint,
        f"blocks={len(found.breakpoints)}": bool(found.breakpoints),
        "key": found.has_cache_key,
        "may" if found.has_breakpoint else "hidden": found.may_have_breakpoints,
    }
    assert " ".join(flag for flag, holds in flags.items() if holds) == expected


def test_litellm_that_is_set_to_mark_all(link: Link) -> None:
    code = f"{HEAD}litellm.enable_anthropic_prompt_caching = True\nlitellm.completion(model='m', messages=[])"
    assert link(code).site.prompt.has_breakpoint
    code = f"{HEAD}import os\nos.environ['ENABLE_ANTHROPIC_PROMPT_CACHING'] = '1'\nlitellm.completion(model='m', messages=[])"
    assert link(code).site.prompt.has_breakpoint


@pytest.mark.parametrize(
    ("mark", "certain"),
    [("{'type': 'x'}", True), ("{'type': 'x'} if hot else None", False), ("mark", False)],
)
def test_whether_a_breakpoint_is_there_on_all_paths(link: Link, mark: str, certain: bool) -> None:
    found = prompt(link, f"system=[{{'type': 'text', 'text': 's', 'cache_control': {mark}}}], messages=[]")
    assert [each.is_certain for each in found.breakpoints] == [certain]


@pytest.mark.parametrize(
    ("system", "several", "texts"),
    [
        ("'s'", False, False),
        ("'s' if x else 't'", False, True),
        ("'s' if x else f't {y}'", True, False),
        ("[{'type': 'text', 'text': 's' if x else 't'}]", False, True),
        ("[BLOCK if x else MARKED]", True, False),
        ("x", False, False),
    ],
)
def test_alternatives(link: Link, system: str, several: bool, texts: bool) -> None:
    found = prompt(link, f"system={system}, messages=[]")
    assert (found.has_alternatives, found.has_other_texts) == (several, texts)


@pytest.mark.parametrize(
    ("annotation", "at", "sure"),
    [
        ("", True, False),
        (": str", True, True),
        (": str | None", True, False),
        (": Optional[str]", True, False),
        (": 'str'", True, True),
        (": int", False, False),
        (": list", False, False),
    ],
)
def test_whether_a_parameter_is_a_string(link: Link, annotation: str, at: bool, sure: bool) -> None:
    code = f"{HEAD}def f(system{annotation}):\n    client.messages.create(model='m', max_tokens=9, system=system, messages=[])\nf('long')\nf(x)"
    found = link(code.replace("f(x)", "")).site.prompt.segments[0]
    assert found.text == "long"
    code = code.replace("f('long')\nf(x)", "def g(system" + annotation + "):\n    f('long' if y else system)")
    [segment] = link(code).site.prompt.segments
    assert (segment.text, segment.value_at is not None, segment.is_surely_text) == ("long", at, sure)


def test_where_segments_are_written(link: Link) -> None:
    linked = link(f"{HEAD}client.messages.create(model='m', max_tokens=9, system=[MARKED, 's', f't{{x}}'], messages=[])")
    first, second, third = linked.site.prompt.segments
    assert first.block_at is not None
    assert linked.code(first.block_at).startswith("{")
    assert linked.code(first.breakpoint.at) == '{"type": "ephemeral"}'
    assert linked.code(second.at) == "'s'"
    assert (second.is_whole, second.rest_chars, second.hole_at) == (True, 0, None)
    assert not third.is_whole
    assert linked.code(third.hole_at) == "x"


def test_histories_that_grow_end_in_more_messages(link: Link) -> None:
    code = f"{HEAD}messages = [{{'role': 'user', 'content': 'q'}}]\n"
    code += "while busy():\n    a = client.messages.create(model='m', max_tokens=9, messages=messages)\n"
    code += "    messages.append({'role': 'assistant', 'content': a})"
    site = link(code).site
    assert site.sends_growing_history
    assert [segment.role for segment in site.prompt.segments][-1] == ""
    site = link(code.replace("messages.append(", "others.append(")).site
    assert not site.sends_growing_history


@pytest.mark.parametrize(
    ("system", "certain"),
    [
        ("[{'type': 'text', 'text': 's'}]", True),
        ("['s' if x else 't']", True),
        ("['s' if x else f't {y}']", False),
    ],
)
def test_whether_a_block_is_the_same_on_all_paths(link: Link, system: str, certain: bool) -> None:
    found = prompt(link, f"system={system}, messages=[]")
    assert found.segments[0].is_certain is certain
