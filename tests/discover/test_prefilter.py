"""What the prefilter lets through: everything that can be a call, and little else."""

from __future__ import annotations

import ast
import itertools
import json
import sysconfig
import time
from pathlib import Path

import pytest

from llmlint.discover import confirm
from llmlint.discover.prefilter import may_hold_call

RESOURCES = {
    "messages": ("create", "stream", "parse", "tool_runner"),
    "completions": ("create", "parse", "stream", "create_with_completion", "create_partial", "create_iterable"),
    "responses": ("create", "parse", "stream"),
}
GAPS = (
    "{}.{}",
    "({}\n    .{}",
    "{} \\\n  .{}",
    "({}  # why \\n not\n # more\n\n .{}",
    "({}).{}",
    "(({}\n)\n).{}",
    "{} . {}",
    "{}.\\\n{}",
)


def as_notebook(code: str, *, indent: int | None = 1, as_list: bool = True) -> bytes:
    source = code.splitlines(keepends=True) if as_list else code
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent).encode()


def forms(code: str) -> list[bytes]:
    """The code as a file with each kind of line end, and in notebooks of each form."""
    sources = [code.replace("\n", end).encode() for end in ("\n", "\r\n", "\r")]
    notebooks = [as_notebook(code, indent=i, as_list=a) for i, a in itertools.product((None, 1), (True, False))]
    return [*sources, b"\xef\xbb\xbf" + sources[0], *notebooks]


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize(("resource", "method"), [(r, m) for r, methods in RESOURCES.items() for m in methods])
def test_every_way_to_write_a_call_passes_without_any_other_word(resource: str, method: str, gap: str) -> None:
    for wrapper in ("", "with_raw_response", "with_streaming_response"):
        chain = gap.format(gap.format(f"c.{resource}", wrapper) if wrapper else f"c.{resource}", method)
        for data in forms(f"x = {chain}" + ")" * (chain.count("(") - chain.count(")")) + "\n"):
            assert may_hold_call(data), data


@pytest.mark.parametrize(
    "code",
    [
        "from openai import OpenAI\nm = OpenAI().responses\nm.create(input='x')\n",
        "import anthropic\nself.api = anthropic.Anthropic().messages\nself.api.stream()\n",
        "def f(claude):\n    m = claude.messages  # bound\n    return m.create()\n",
        "from anthropic import Anthropic\ngetattr(Anthropic(), 'messages').create()\n",
        'from anthropic import Anthropic\ngetattr(\n    Anthropic(),\n    "messages",\n).create()\n',
        "from anthropic import Anthropic\nf = getattr(Anthropic().messages, 'create')\n",
        "from openai import responses as r\nr.create(model='gpt-5')\n",
        "import openai\nraw = openai.chat.completions.with_raw_response\nraw.create()\n",
        "from openai import chat\nchat.completions.create()\n",
        "from anthropic import Anthropic\nwith Anthropic().messages as m: m.stream()\n",
        "import openai\nopenai.ChatCompletion.create(model='gpt-4')\n",
        "import openai\nopenai.ChatCompletion.acreate(model='gpt-4')\n",
        "from openai import ChatCompletion as C\nC.create(model='gpt-4')\n",
        "import openai\nself.api = openai.ChatCompletion\nself.api.acreate(model='gpt-4')\n",
        "from openai import ChatCompletion\nask = ChatCompletion  # bound\nask.create(model='gpt-4')\n",
        "import openai\nretry(openai.ChatCompletion, 3).create(model='gpt-4')\n",
        "import openai\ngetattr(openai, 'ChatCompletion').create(model='gpt-4')\n",
        "import openai\ngetattr(getattr(clients[0](1), 'chat'), 'completions').create(model='gpt-4')\n",
        "import openai\ndef run(api): api.create()\nrun(api=openai.OpenAI().responses)\n",
        "import openai\nask = (openai.OpenAI()\n    .responses)\nask.create()\n",
        "import anthropic\nname = 'create'\nask = getattr(client.messages, name)\nask(model='claude')\n",
        "import litellm\nask = litellm.completion if is_sync else litellm.acompletion\n",
        "import litellm\nlitellm.completion(model='x')\n",
        "from litellm import acompletion as ask\nask()\n",
        "from litellm import batch_completion\nbatch_completion()\n",
        "asyncio.to_thread(client.messages.create, model='x')\n",
        "import operator\noperator.attrgetter('messages.create')(client)(model='x')\n",
        "client.with_options(timeout=5).beta.messages.tool_runner(tools=[])\n",
        "client.with_raw_response.messages.create()\n",
    ],
)
def test_open_ways_to_a_call_pass(code: str) -> None:
    for data in forms(code):
        assert may_hold_call(data), data


@pytest.mark.parametrize(
    "code",
    [
        "",
        "print('hello')\n",
        "from django.contrib import messages\nmessages.success(request, 'saved')\nModel.objects.create()\n",
        "responses = [parse(x) for x in stream]\nresponses.append(1)\n",
        "messages = []\nfor m in messages:\n    print(m)\nos.create_thing()\n",
        "import openai\nprint('messages')\n",
        "class Completions:\n    def create(self): ...\n",
        "self.messages.created_at\nself.responses.parser\n",
        "client.images.generate()\nclient.embeddings.create()\n",
        "import litellm\nprint(litellm.version)\n",
        "import llm\nmessages = getattr(run, kind)\nrow.get('messages')\nrow.create()\n",
        "import llm\nif getattr(self, 'stream'): row.create()\n",
        "from openai.types.chat import ChatCompletion\ndef parse(answer: ChatCompletion) -> str: ...\nrow.create(1)\n",
        "from openai.types.chat import ChatCompletionMessage, ChatCompletion\nif answer == ChatCompletion: row.create()\n",
        "for message in llm.messages:\n    message.parse()\nif llm.messages == []:\n    llm.messages = llm.messages + rows\n",
    ],
)
def test_code_without_a_call_is_turned_away(code: str) -> None:
    for data in forms(code):
        assert not may_hold_call(data), data


@pytest.mark.parametrize(
    "code",
    [
        "import litellm  # hands keywords to litellm.completion to make it work\n",
        "import llm\nn = len(llm.messages)\nfor i, m in enumerate(state.messages): print(m)\nrow.create(n)\n",
        'import llm\n"""Reads responses as they come."""\nrow.create()\n',
    ],
)
def test_prose_and_lists_of_messages_are_turned_away_in_modules(code: str) -> None:
    for end in ("\n", "\r\n", "\r"):
        assert not may_hold_call(code.replace("\n", end).encode())


def test_hostile_bytes_take_linear_time() -> None:
    start = time.process_time()
    for tail in (
        b"# " * 200_000,
        b"#\n" * 200_000,
        b"\\" * 400_000,
        b"\\n" * 200_000,
        b'",' * 200_000,
        b") \n" * 130_000,
        b"." * 400_000,
    ):
        for head in (b"", b"{"):
            assert not may_hold_call(head + b"x.create_\nc.messages" + tail)
            assert not may_hold_call(head + b"x.create_\n" + b"c.messages#" * 2_000 + tail)
        assert not may_hold_call(b"x.create_\n" + b"# c.messages\n" * 2_000 + tail)
    assert time.process_time() - start < 5


def chains(tree: ast.AST) -> bool:
    """Whether an attribute chain of a call is anywhere in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            value = node.value
            if isinstance(value, ast.Attribute) and value.attr in ("with_raw_response", "with_streaming_response"):
                value = value.value
            resource = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
            if node.attr in RESOURCES.get(resource, ()):
                return True
    return False


def test_no_file_with_such_a_chain_in_its_syntax_tree_is_turned_away() -> None:
    root = Path(sysconfig.get_paths()["stdlib"])
    checked = 0
    for path in itertools.chain(root.glob("*.py"), root.glob("email/**/*.py"), root.glob("http/**/*.py")):
        data = path.read_bytes()
        checked += 1
        assert may_hold_call(data) or not chains(ast.parse(data)), path
    assert checked > 100


def test_the_standard_library_is_almost_all_turned_away() -> None:
    files = [path.read_bytes() for path in Path(sysconfig.get_paths()["stdlib"]).glob("*.py")]
    assert len(files) > 100
    assert sum(may_hold_call(data) for data in files) <= 2


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("getattr(client, 'messages').create()\n", True),
        ("f = getattr(client.messages, 'create')\n", True),
        ("f = getattr(client.messages, method)\n", True),
        ("f = getattr(module, 'completion')\n", True),
        ("f = getattr(settings, 'max_tokens', None)\n", False),
        ("f = getattr(module, name)\n", False),
        ("x = client.messages.with_raw_response.create()\n", True),
        ("x = other.create(messages=messages)\n", False),
    ],
)
def test_a_second_look_by_syntax_tree_asks_for_the_parts_of_a_call(code: str, expected: bool) -> None:
    assert confirm.may_hold_call(ast.parse(code)) is expected
