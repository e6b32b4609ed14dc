"""Which calls are LLM calls: by client class, method, alias, partial, wrapper, and which are only like them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linked import show_models
from llmlint import plugins
from llmlint.callsite import Request
from llmlint.findings import Confidence
from llmlint.plugins.entry_points import Entry
from llmlint.providers import hosts
from llmlint.providers.hosts import Host, host_of

Link = Callable[..., Any]

ANTHROPIC = "import anthropic\nclient = anthropic.Anthropic()\n"
OPENAI = "import openai\nclient = openai.OpenAI()\n"
ARGUMENTS = "model='m', max_tokens=9, messages=[]"


def what(site: Request) -> str:
    """`api method client`, with the flags that differ from what is usual."""
    flags = {
        "streaming": site.is_streaming,
        "no-batches": not site.takes_batches,
        "no-top-mark": site.api == "anthropic.messages" and not site.takes_top_level_breakpoint,
        "test": site.is_in_test,
    }
    return " ".join([site.api, site.method, site.client or "-", *(flag for flag, holds in flags.items() if holds)])


FOUND: dict[str, tuple[str, str]] = {
    "anthropic": (f"{ANTHROPIC}client.messages.create({ARGUMENTS})", "anthropic.messages messages.create Anthropic"),
    "anthropic, asynchronous": (
        f"from anthropic import AsyncAnthropic\nAsyncAnthropic().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create AsyncAnthropic",
    ),
    "anthropic on Bedrock": (
        f"from anthropic import AnthropicBedrock as B\nB().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create AnthropicBedrock no-batches no-top-mark",
    ),
    "anthropic on the new Bedrock": (
        f"from anthropic import AnthropicBedrockMantle\nAnthropicBedrockMantle().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create AnthropicBedrockMantle no-batches",
    ),
    "anthropic on Vertex": (
        f"import anthropic\nanthropic.AsyncAnthropicVertex().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create AsyncAnthropicVertex no-batches",
    ),
    "anthropic on Foundry": (
        f"import anthropic\nanthropic.AnthropicFoundry().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create AnthropicFoundry no-batches",
    ),
    "anthropic's client by its common name": (
        f"import anthropic\nanthropic.Client().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Client",
    ),
    "a stream": (
        f"{ANTHROPIC}with client.messages.stream({ARGUMENTS}) as s: pass",
        "anthropic.messages messages.stream Anthropic streaming",
    ),
    "a stream by a flag": (
        f"{ANTHROPIC}client.messages.create(stream=True, {ARGUMENTS})",
        "anthropic.messages messages.create Anthropic streaming",
    ),
    "no stream by a flag": (
        f"{ANTHROPIC}client.messages.create(stream=False, {ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "parsed": (f"{ANTHROPIC}client.messages.parse({ARGUMENTS})", "anthropic.messages messages.parse Anthropic no-top-mark"),
    "beta": (f"{ANTHROPIC}client.beta.messages.create({ARGUMENTS})", "anthropic.messages beta.messages.create Anthropic"),
    "beta, streamed": (
        f"{ANTHROPIC}client.beta.messages.stream({ARGUMENTS})",
        "anthropic.messages beta.messages.stream Anthropic streaming",
    ),
    "beta, tools": (
        f"{ANTHROPIC}client.beta.messages.tool_runner({ARGUMENTS})",
        "anthropic.messages beta.messages.tool_runner Anthropic",
    ),
    "beta of prompt caching": (
        f"{ANTHROPIC}client.beta.prompt_caching.messages.create({ARGUMENTS})",
        "anthropic.messages beta.prompt_caching.messages.create Anthropic no-top-mark",
    ),
    "raw": (
        f"{ANTHROPIC}client.messages.with_raw_response.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "with other options": (
        f"{ANTHROPIC}client.with_options(timeout=9).messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "text completion": (
        f"{ANTHROPIC}client.completions.create(model='m', prompt='p', max_tokens_to_sample=9)",
        "anthropic.completions completions.create Anthropic no-batches",
    ),
    "openai": (f"{OPENAI}client.chat.completions.create({ARGUMENTS})", "openai.chat chat.completions.create OpenAI"),
    "openai, parsed": (
        f"{OPENAI}client.beta.chat.completions.parse({ARGUMENTS})",
        "openai.chat beta.chat.completions.parse OpenAI",
    ),
    "openai, streamed": (
        f"{OPENAI}client.chat.completions.stream({ARGUMENTS})",
        "openai.chat chat.completions.stream OpenAI streaming",
    ),
    "openai on Azure": (
        f"from openai import AsyncAzureOpenAI\nAsyncAzureOpenAI().chat.completions.create({ARGUMENTS})",
        "openai.chat chat.completions.create AsyncAzureOpenAI",
    ),
    "openai of an Azure project": (
        "from azure.ai.projects import AIProjectClient\nproject = AIProjectClient(endpoint=unknown)\n"
        "project.get_openai_client().responses.create(input='q')",
        "openai.responses responses.create AzureOpenAI",
    ),
    "openai of an Azure project, asynchronous": (
        "from azure.ai.projects.aio import AIProjectClient\nasync def f():\n    async with AIProjectClient(endpoint=u) as project:\n"
        "        async with project.get_openai_client() as client:\n            await client.responses.create(input='q')",
        "openai.responses responses.create AsyncAzureOpenAI",
    ),
    "an agent of an Azure project": (
        "from azure.ai.projects import AIProjectClient\nproject = AIProjectClient.from_connection_string(unknown)\n"
        "client = project.get_openai_client()\n"
        "client.responses.create(input='q', extra_body={'agent_reference': {'name': 'a'}})",
        "openai.responses responses.create AzureOpenAI no-batches",
    ),
    "openai on Bedrock": (
        f"from openai import BedrockOpenAI\nBedrockOpenAI().chat.completions.create({ARGUMENTS})",
        "openai.chat chat.completions.create BedrockOpenAI no-batches",
    ),
    "openai by its module": (
        f"import openai\nopenai.chat.completions.create({ARGUMENTS})",
        "openai.chat chat.completions.create openai",
    ),
    "responses": (f"{OPENAI}client.responses.create(model='m', input='q')", "openai.responses responses.create OpenAI"),
    "responses, parsed": (f"{OPENAI}client.responses.parse(model='m', input='q')", "openai.responses responses.parse OpenAI"),
    "responses, streamed": (
        f"{OPENAI}client.responses.stream(model='m', input='q')",
        "openai.responses responses.stream OpenAI streaming",
    ),
    "openai's text completion": (
        f"{OPENAI}client.completions.create(model='m', prompt='p')",
        "openai.completions completions.create OpenAI no-batches",
    ),
    "openai before version 1": (
        f"import openai\nopenai.ChatCompletion.create({ARGUMENTS})",
        "openai.legacy ChatCompletion.create -",
    ),
    "openai before version 1, asynchronous": (
        f"from openai import ChatCompletion\nChatCompletion.acreate({ARGUMENTS})",
        "openai.legacy ChatCompletion.acreate -",
    ),
    "openai that the file does not import": (
        f"openai.ChatCompletion.create({ARGUMENTS})",
        "openai.legacy ChatCompletion.create -",
    ),
    "litellm": (f"import litellm\nlitellm.completion({ARGUMENTS})", "litellm completion -"),
    "litellm by position": ("from litellm import completion\ncompletion('m', [])", "litellm completion -"),
    "litellm by another name": (f"from litellm import acompletion as ask\nask({ARGUMENTS})", "litellm acompletion -"),
    "litellm's batches": (f"import litellm\nlitellm.batch_completion({ARGUMENTS})", "litellm batch_completion -"),
    "litellm's responses": ("import litellm\nlitellm.responses(input='q', model='m')", "litellm responses -"),
    "litellm with retries": (f"import litellm\nlitellm.completion_with_retries({ARGUMENTS})", "litellm completion -"),
    "litellm that the file does not import": (f"litellm.completion({ARGUMENTS})", "litellm completion -"),
    "litellm's router": (
        f"from litellm import Router\nRouter(model_list=[]).acompletion({ARGUMENTS})",
        "litellm acompletion Router no-batches",
    ),
    "instructor": (
        f"import anthropic, instructor\ninstructor.from_anthropic(anthropic.Anthropic()).messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Instructor no-top-mark",
    ),
    "instructor's completions": (
        f"import anthropic, instructor\ninstructor.from_anthropic(anthropic.Anthropic()).chat.completions.create({ARGUMENTS})",
        "anthropic.messages chat.completions.create Instructor no-top-mark",
    ),
    "instructor for openai": (
        f"import openai, instructor\nc = instructor.from_openai(openai.OpenAI())\nc.create({ARGUMENTS})",
        "openai.chat create OpenAI",
    ),
    "instructor for Bedrock": (
        f"import anthropic, instructor\ninstructor.from_anthropic(anthropic.AnthropicBedrock()).create({ARGUMENTS})",
        "anthropic.messages create AnthropicBedrock no-batches no-top-mark",
    ),
    "instructor in parts": (
        f"import openai, instructor\nc = instructor.from_openai(openai.OpenAI())\nc.create_partial({ARGUMENTS})",
        "openai.chat create_partial OpenAI streaming",
    ),
    "instructor for litellm": (
        f"import litellm, instructor\nc = instructor.from_litellm(litellm.completion)\nc.create({ARGUMENTS})",
        "litellm create Instructor no-batches",
    ),
    "instructor by provider": (
        "import instructor\nc = instructor.from_provider('anthropic/m')\nc.create(max_tokens=9, messages=[])",
        "anthropic.messages create Instructor no-top-mark",
    ),
    "a client by its annotation": (
        f"from anthropic import Anthropic\ndef f(c: Anthropic):\n    c.messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a client that may be missing": (
        f"from openai import OpenAI\ndef f(c: OpenAI | None = None):\n    c.chat.completions.create({ARGUMENTS})",
        "openai.chat chat.completions.create OpenAI",
    ),
    "a client in an attribute": (
        f"import anthropic\nclass A:\n    def __init__(self):\n        self.c = anthropic.Anthropic()\n    def f(self):\n"
        f"        self.c.messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a client from a function": (
        f"import anthropic\ndef get():\n    return anthropic.Anthropic()\nget().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a client of an own class": (
        f"import anthropic\nclass Mine(anthropic.Anthropic): pass\nMine().messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a client that is not known": (
        f"import anthropic\ndef f(c):\n    c.messages.create({ARGUMENTS})",
        "anthropic.messages messages.create -",
    ),
    "a client of a file that names no SDK": (f"c.messages.create({ARGUMENTS})", "anthropic.messages messages.create -"),
    "a client that is not known, for openai": (
        f"c.chat.completions.create({ARGUMENTS})",
        "openai.chat chat.completions.create -",
    ),
    "a client that is not known, for responses": (
        "c.responses.create(model='m', input='q')",
        "openai.responses responses.create -",
    ),
    "a client that is not known, with all in a dict": (
        "c.messages.create(messages=[], **options)",
        "anthropic.messages messages.create -",
    ),
    "a resource by a name": (
        f"{ANTHROPIC}m = client.messages\nm.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a resource in an attribute": (
        f"import openai\nclass A:\n    def __init__(self):\n        self.c = openai.OpenAI().chat.completions\n    def f(self):\n"
        f"        self.c.create({ARGUMENTS})",
        "openai.chat chat.completions.create OpenAI",
    ),
    "a method by a name": (
        f"{ANTHROPIC}send = client.messages.create\nsend({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a resource of a client without batches": (
        f"import anthropic\nm = anthropic.AnthropicBedrock().messages\nm.create({ARGUMENTS})",
        "anthropic.messages messages.create AnthropicBedrock no-batches no-top-mark",
    ),
    "a method of a module by a name": (
        f"import openai\nsend = openai.chat.completions.create\nsend({ARGUMENTS})",
        "openai.chat chat.completions.create openai",
    ),
    "a method by getattr": (
        f"{ANTHROPIC}getattr(client.messages, 'create')({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a method that is passed": (
        f"{ANTHROPIC}run(client.messages.create, {ARGUMENTS})",
        "anthropic.messages messages.create Anthropic",
    ),
    "a method in a partial": (
        f"{ANTHROPIC}from functools import partial\nask = partial(client.messages.create, {ARGUMENTS})\nask()",
        "anthropic.messages messages.create Anthropic",
    ),
    "a test case": (
        f"{ANTHROPIC}from unittest import TestCase\nclass A(TestCase):\n    def test_it(self):\n"
        f"        client.messages.create({ARGUMENTS})",
        "anthropic.messages messages.create Anthropic test",
    ),
}
NOT_FOUND: dict[str, str] = {
    "twilio": "client.messages.create(body='hello', from_='+1', to='+2')",
    "twilio's client": f"from twilio.rest import Client\nClient().messages.create({ARGUMENTS})",
    "a list of messages for a thread": "client.beta.threads.messages.create(thread_id='t', role='user', content='x')",
    "batches of messages": f"{ANTHROPIC}client.messages.batches.create(requests=[])",
    "messages without model or limit": "c.messages.create(messages=[])",
    "messages with a recipient": f"c.messages.create(to='x', {ARGUMENTS})",
    "a response that is none of an LLM": "c.responses.create(input='q')",
    "a chat without arguments": "c.chat.completions.create()",
    "text completion without prompt": "import anthropic\ndef f(c):\n    c.completions.create(model='m')",
    "a stream that is picked up": f"{OPENAI}client.responses.stream(response_id='r')",
    "a method that is looked at": f"{ANTHROPIC}import inspect\ninspect.signature(client.messages.create)",
    "a method that is patched": f"{ANTHROPIC}setattr(client.messages, 'create', other)",
    "a method that is asked for": f"{ANTHROPIC}hasattr(client.messages.create, 'x')",
    "a mock": f"from unittest.mock import MagicMock\nc = MagicMock()\nc.messages.create({ARGUMENTS})",
    "a mock by its name": f"def f(mock_client):\n    mock_client.messages.create({ARGUMENTS})",
    "a mock in an attribute": f"def f(self):\n    self.client_mock.messages.create({ARGUMENTS})",
    "a mocked class": f"class ClientMock: pass\nimport x\nc = x.ClientMock()\nc.messages.create({ARGUMENTS})",
    "mistral": f"from mistralai import Mistral\nMistral().chat.completions.create({ARGUMENTS})",
    "an own class with messages": (
        f"import anthropic\nclass Mail:\n    def messages(self): pass\nMail().messages.create({ARGUMENTS})"
    ),
    "openai's method on a client of anthropic": f"{ANTHROPIC}client.chat.completions.create({ARGUMENTS})",
    "anthropic's method on a client of openai": f"{OPENAI}client.messages.create({ARGUMENTS})",
    "another function named completion": "def completion(model, messages): pass\ncompletion('m', [])",
    "a completion from elsewhere": "from elsewhere import completion\ncompletion(model='m', messages=[])",
    "instructor's method on a client of openai": f"{OPENAI}client.create_partial({ARGUMENTS})",
    "a class with the resource of a client": "class Own:\n    chat: Chat\n"
    "def f(c: Own):\n    return c.chat.completions.create(model='m', messages=[])",
    "a client by a common name from elsewhere": f"import slack\nslack.Client().messages.create({ARGUMENTS})",
    "create in a file that names no SDK": f"m.create({ARGUMENTS})",
}


@pytest.mark.parametrize(("code", "expected"), FOUND.values(), ids=FOUND)
def test_calls(link: Link, code: str, expected: str) -> None:
    assert {what(site) for site in link(code).sites} == {expected}


@pytest.mark.parametrize("code", NOT_FOUND.values(), ids=NOT_FOUND)
def test_calls_that_are_none(link: Link, code: str) -> None:
    assert [what(site) for site in link(code).sites] == []


def test_the_sdk_itself_makes_no_calls(link: Link) -> None:
    code = f"class A:\n    def f(self, client: 'Anthropic'):\n        client.messages.create({ARGUMENTS})"
    assert len(link("", lib__anthropic__api=code).sites) == 1
    assert link("", lib__anthropic__api=code, lib__anthropic___legacy_response="").sites == []


@pytest.mark.parametrize(
    ("main", "mocked"),
    [
        (f"def test_it():\n    client.messages.create({ARGUMENTS})", False),
        (f"@patch('anthropic.Anthropic')\ndef test_it(x):\n    client.messages.create({ARGUMENTS})", True),
        (f"@patch('time.sleep')\ndef test_it(x):\n    client.messages.create({ARGUMENTS})", False),
        (f"def test_it(httpx_mock):\n    client.messages.create({ARGUMENTS})", True),
        (f"def test_it(fake_client):\n    client.messages.create({ARGUMENTS})", True),
        (
            f"def test_it(monkeypatch):\n    monkeypatch.setattr(client, 'messages', 1)\n    client.messages.create({ARGUMENTS})",
            True,
        ),
        (f"def test_it(monkeypatch):\n    monkeypatch.setattr(client, 'x', 1)\n    client.messages.create({ARGUMENTS})", True),
        (f"def test_it(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n    client.messages.create({ARGUMENTS})", False),
        (f"@pytest.mark.vcr\ndef test_it():\n    client.messages.create({ARGUMENTS})", True),
        (f"pytestmark = pytest.mark.vcr\ndef test_it():\n    client.messages.create({ARGUMENTS})", True),
        (f"pytestmark = [pytest.mark.slow, pytest.mark.vcr]\ndef test_it():\n    client.messages.create({ARGUMENTS})", True),
        (f"pytestmark = [pytest.mark.slow]\ndef test_it():\n    client.messages.create({ARGUMENTS})", False),
        (f"def test_it():\n    x = FakeServer()\n    client.messages.create({ARGUMENTS})", True),
        (
            f"@pytest.fixture\ndef server():\n    return FakeServer()\ndef test_it(server):\n    client.messages.create({ARGUMENTS})",
            True,
        ),
        (f"def server():\n    return FakeServer()\ndef test_it(server):\n    client.messages.create({ARGUMENTS})", False),
        (
            "class TestIt:\n    def setup_method(self):\n        FakeServer()\n    def test_it(self):\n"
            f"        client.messages.create({ARGUMENTS})",
            True,
        ),
    ],
)
def test_calls_of_tests_with_stand_ins_are_none(link: Link, main: str, mocked: bool) -> None:
    linked = link(
        "", tests__test_it=f"import anthropic, pytest\nfrom unittest.mock import patch\nclient = anthropic.Anthropic()\n{main}"
    )
    assert bool(linked.sites) is not mocked
    assert all(site.is_in_test for site in linked.sites)
    # The same is no test in another folder.
    assert all(not site.is_in_test for site in link(ANTHROPIC + "import pytest\n" + main).sites)


# Hosts


@pytest.mark.parametrize(
    ("address", "package", "host"),
    [
        ("https://api.openai.com/v1", "openai", Host.OWN),
        ("https://api.anthropic.com", "anthropic", Host.OWN),
        ("https://api.anthropic.com/v1/", "openai", Host.COMPATIBLE),
        ("https://mine.openai.azure.com/openai", "openai", Host.OWN),
        ("api.openai.com", "openai", Host.OWN),
        ("http://localhost:8000/v1", "openai", Host.LOCAL),
        ("http://127.0.0.1:11434/v1", "openai", Host.LOCAL),
        ("http://192.168.0.7:8000/v1", "openai", Host.LOCAL),
        ("http://vllm:8000/v1", "openai", Host.LOCAL),
        ("http://localhost:4000", "openai", Host.OTHER),
        ("http://[::1", "openai", Host.UNKNOWN),
        ("https://openrouter.ai/api/v1", "openai", Host.ROUTER),
        ("https://proxy.example/https://api.openai.com/v1", "openai", Host.OWN),
        ("https://notdeepseek.com", "openai", Host.OTHER),
        ("http://llm_proxy:8080/v1", "openai", Host.OTHER),
        ("http://", "openai", Host.UNKNOWN),
        ("**/", "openai", Host.UNKNOWN),
        ("https://<your endpoint>/v1", "openai", Host.UNKNOWN),
        *((f"https://api{vendor}/v1", "openai", Host.VENDOR) for vendor in hosts._VENDORS),
    ],
)
def test_whose_host_an_address_names(address: str, package: str, host: Host) -> None:
    assert host_of(address, package) is host


HOSTS: dict[str, tuple[str, str]] = {
    "none": ("openai.OpenAI()", "own caches"),
    "its own": ("openai.OpenAI(base_url='https://api.openai.com/v1')", "own caches"),
    "None": ("openai.OpenAI(base_url=None)", "own caches"),
    "a vendor": ("openai.OpenAI(base_url='https://api.groq.com/openai/v1')", "third other-vendor"),
    "a vendor by its old name": ("openai.OpenAI(api_base='https://api.groq.com/openai/v1')", "third other-vendor"),
    "a router": ("openai.OpenAI(base_url='https://openrouter.ai/api/v1')", "third caches"),
    "anthropic": ("openai.OpenAI(base_url='https://api.anthropic.com/v1/')", ""),
    "not known": ("openai.OpenAI(base_url=os.environ['URL'])", "caches"),
    "one of two others": (
        "openai.OpenAI(base_url='https://api.groq.com/v1' if fast else 'https://openrouter.ai/api/v1')",
        "third caches",
    ),
    "one of two, one its own": (
        "openai.OpenAI(base_url='https://api.groq.com/v1' if fast else 'https://api.openai.com/v1')",
        "caches",
    ),
    "anthropic or one that is not known": (
        "openai.OpenAI(base_url='https://api.anthropic.com/v1/') if claude else openai.OpenAI(base_url=os.environ['URL'])",
        "",
    ),
    "one that is not known or anthropic": (
        "openai.OpenAI(base_url=os.environ['URL']) if other else openai.OpenAI(base_url='https://api.anthropic.com/v1/')",
        "",
    ),
    "the start of an address": ("openai.OpenAI(base_url=f'http://localhost:{port}/v1')", "third"),
}


def host(site: Request) -> str:
    flags = {
        "own": site.is_own_host,
        "third": site.is_third_party_host,
        "other-vendor": site.is_other_vendor_host,
        "caches": site.caches_prompts,
    }
    return " ".join(flag for flag, holds in flags.items() if holds)


@pytest.mark.parametrize(("client", "expected"), HOSTS.values(), ids=HOSTS)
def test_whose_host_a_client_talks_to(link: Link, client: str, expected: str) -> None:
    linked = link(f"import os, openai\nclient = {client}\nclient.chat.completions.create({ARGUMENTS})")
    assert [host(site) for site in linked.sites] == [expected]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("OpenAI()", Confidence.HIGH),
        ("OpenAI(base_url=None)", Confidence.HIGH),
        ("OpenAI(base_url=address if address else None)", Confidence.MEDIUM),
        ("OpenAI(base_url=os.getenv('ADDRESS'))", Confidence.MEDIUM),
        ("OpenAI(base_url=os.environ['OPENAI_BASE_URL'])", Confidence.MEDIUM),
        ("OpenAI(**settings)", Confidence.MEDIUM),
        ("OpenAI(**{'api_key': key})", Confidence.HIGH),
        ("OpenAI(base_url=os.environ['ADDRESS'])", Confidence.LOW),
        ("OpenAI(base_url=address)", Confidence.LOW),
        ("OpenAI(**{'base_url': 'https://openrouter.ai/api/v1'})", Confidence.LOW),
    ],
)
def test_how_sure_it_is_that_a_host_is_the_vendors(link: Link, client: str, expected: Confidence) -> None:
    linked = link(f"import os\nfrom openai import OpenAI\n{client}.chat.completions.create({ARGUMENTS})")
    assert [site.host_certainty for site in linked.sites] == [expected]


@pytest.mark.parametrize(
    ("name", "test", "expected"),
    [
        ("ADDRESS", "if not address: raise SystemExit('no address')", Confidence.LOW),
        ("ADDRESS", "if not key or not address: raise SystemExit('no address')", Confidence.LOW),
        ("ADDRESS", "if not key: raise SystemExit('no key')", Confidence.MEDIUM),
        ("OPENAI_BASE_URL", "if not address: raise SystemExit('no address')", Confidence.MEDIUM),
    ],
)
def test_an_address_that_has_to_be_set_is_another_host_as_a_rule(link: Link, name: str, test: str, expected: Confidence) -> None:
    linked = link(
        f"import os\nfrom openai import OpenAI\nkey, address = os.getenv('KEY'), os.getenv('{name}')\n{test}\n"
        f"OpenAI(api_key=key, base_url=address).chat.completions.create({ARGUMENTS})"
    )
    assert [site.host_certainty for site in linked.sites] == [expected]


def test_one_who_sets_no_address_goes_to_the_vendor(link: Link) -> None:
    linked = link(
        "import os\nfrom openai import OpenAI\naddress = os.getenv('ADDRESS')\n"
        f"client = OpenAI(base_url=address) if address else OpenAI()\nclient.chat.completions.create({ARGUMENTS})"
    )
    assert [site.host_certainty for site in linked.sites] == [Confidence.HIGH]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("openai.api_base = keys['base']", Confidence.LOW),
        ("openai.api_base = keys['base']\nopenai.api_type = keys['type']", Confidence.MEDIUM),
        ("openai.api_base = keys['base']\nopenai.api_version = '2024-02-01'", Confidence.MEDIUM),
        ("if keys:\n    openai.api_base = keys['base']", Confidence.MEDIUM),
        ("def set_up():\n    openai.api_base = keys['base']\nif keys: set_up()", Confidence.MEDIUM),
        ("def set_up():\n    openai.api_base = keys['base']\nif __name__ == '__main__': set_up()", Confidence.LOW),
    ],
)
def test_how_sure_it_is_that_a_module_talks_to_the_vendor(link: Link, code: str, expected: Confidence) -> None:
    linked = link(
        f"import json, openai\nkeys = json.load(open('keys.json'))\n{code}\nopenai.chat.completions.create({ARGUMENTS})"
    )
    assert [site.host_certainty for site in linked.sites] == [expected]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("OpenAI(base_url=os.environ['LOCAL_LLM_BASE_URL'])", True),
        ("OpenAI(base_url=os.getenv('VLLM_HOST', 'http://localhost:8000/v1'))", True),
        ("OpenAI(base_url=os.getenv('OLLAMA_URL'))", True),
        ("OpenAI(base_url=os.environ['LOCALE_SERVICE'])", False),
        ("OpenAI(base_url='http://localhost:8000/v1' if dry else None)", False),
    ],
)
def test_what_is_a_server_of_ones_own(link: Link, client: str, expected: bool) -> None:
    linked = link(f"import os\nfrom openai import OpenAI\n{client}.chat.completions.create({ARGUMENTS})")
    assert [site.is_local_host for site in linked.sites] == [expected]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "own caches"),
        ("openai.base_url = 'https://api.groq.com/openai/v1'", "third other-vendor"),
        ("openai.api_base = 'http://localhost:8000'", "third"),
        ("if local:\n    openai.api_base = 'http://localhost:8000'", "caches"),
        ("settings.api_base = 'http://localhost:8000'", "own caches"),
        ("openai.api_key = 'k'", "own caches"),
    ],
)
def test_whose_host_a_module_talks_to(link: Link, code: str, expected: str) -> None:
    linked = link(f"import openai\n{code}\nopenai.chat.completions.create({ARGUMENTS})")
    assert [host(site) for site in linked.sites] == [expected]


@pytest.mark.parametrize(
    ("model", "third"),
    [
        ("'gpt-5'", False),
        ("'llama-3'", True),
        ("'deepseek-chat'", True),
        ("'gpt-5' if x else 'llama-3'", False),
        ("'qwen' if x else 'llama-3'", True),
        ("'llama-3' if x else unknown", False),
        ("'openai/gpt-5'", True),
        ("'anthropic/claude-5'", True),
    ],
)
def test_models_of_others_are_served_by_others(link: Link, model: str, third: bool) -> None:
    linked = link(f"{OPENAI}client.chat.completions.create(model={model}, messages=[])")
    assert [site.is_third_party_host for site in linked.sites] == [third]


def test_tests_of_the_model_say_who_serves_it(link: Link) -> None:
    linked = link(
        f"{OPENAI}def f(model):\n    if model in ('deepseek-chat', 'qwen'):\n        client.chat.completions.create(model=model, messages=[])"
    )
    assert [site.is_third_party_host for site in linked.sites] == [True]


@pytest.mark.parametrize("name", ["model", "engine", "deployment_id"])
def test_arguments_that_name_the_model(link: Link, name: str) -> None:
    assert link(f"{OPENAI}client.chat.completions.create({name}='m', messages=[])").models == ["m"]


@pytest.mark.parametrize(
    ("code", "models"),
    [
        (f"{ANTHROPIC}client.messages.create(model='gpt-5', max_tokens=9, messages=[])", []),
        (f"{ANTHROPIC}client.messages.create(model='claude-sonnet-5-5', max_tokens=9, messages=[])", ["claude-sonnet-5-5"]),
        (f"{ANTHROPIC}client.messages.create(model=m, max_tokens=9, messages=[])", []),
        ("import instructor\nc = instructor.from_provider('anthropic/m')\nc.create(messages=[])", ["anthropic/m"]),
        ("import instructor\nc = instructor.from_provider('anthropic/m')\nc.create(model='n', messages=[])", ["n"]),
    ],
)
def test_models(link: Link, code: str, models: list[str]) -> None:
    assert link(code).models == models


@pytest.mark.parametrize(
    ("client", "names", "models"),
    [
        ("OpenAI()", "'gpt-4' if a else 'claude-opus-4-8'", "gpt-4"),
        ("OpenAI()", "'gpt-4' if a else 'gpt-6-luna'", "gpt-4|gpt-6-luna"),
        ("OpenAI()", "'claude-opus-4-8'", "claude-opus-4-8"),
        ("OpenAI()", "'gpt-4' if a else 'mine'", "gpt-4|mine"),
        ("OpenAI(base_url='http://localhost:4000')", "'gpt-4' if a else 'claude-opus-4-8'", "claude-opus-4-8|gpt-4"),
    ],
)
def test_models_of_other_vendors_are_those_of_other_branches(link: Link, client: str, names: str, models: str) -> None:
    code = f"from openai import OpenAI\n{client}.chat.completions.create(model={names}, messages=[])"
    assert show_models(link(code).site) == models


@pytest.mark.parametrize(("name", "is_described"), [("anthropic", True), ("acme", False)])
def test_calls_of_an_sdk_that_a_plugin_describes_are_described(
    link: Link, monkeypatch: pytest.MonkeyPatch, name: str, is_described: bool
) -> None:
    entry = Entry(plugins.SDKS, name, "module", "attribute", "distribution", "1", "folder")
    monkeypatch.setattr(plugins, "entries", lambda group: (entry,) if group == plugins.SDKS else ())
    site = link("import anthropic\nanthropic.Anthropic().messages.create(model='m', max_tokens=9, messages=[])").site
    assert site.is_described is is_described
