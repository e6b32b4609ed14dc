"""What llmlint says of a call is what its client library sends: model, system prompt and messages, as a stand-in for the API gets them.

The libraries are the extra `llmlint[test-clients]`, which `.ci/clients` installs; each test is skipped where its library is not there. Nothing
leaves the machine.
"""

from __future__ import annotations

import importlib
import json
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from linked import show_models
from llmlint.link.values.values import Record

Link = Callable[..., Any]

SYSTEM, QUESTION = "Answer in one word.", "What is the capital of France?"

_CHAT = {
    "id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris"}}],
}  # fmt: skip
_ANSWERS: dict[str, dict[str, Any]] = {
    "/messages": {
        "id": "1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn", "stop_sequence": None,
        "content": [{"type": "text", "text": "Paris"}], "usage": {"input_tokens": 1, "output_tokens": 1},
    },
    ":generateContent": {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Paris"}]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
    },
    "/v2/chat": {
        "id": "1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": [{"type": "text", "text": "Paris"}]},
        "usage": {"tokens": {"input_tokens": 1, "output_tokens": 1}},
    },
    "/chat/completions": _CHAT,
    "/responses/compact": {
        "id": "1", "object": "response.compaction", "created_at": 1, "output": [{"type": "compaction", "id": "2", "encrypted_content": "x"}],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": {"cached_tokens": 0},
                  "output_tokens_details": {"reasoning_tokens": 0}},
    },
    "/responses": {
        "id": "1", "object": "response", "created_at": 1, "model": "m", "status": "completed", "parallel_tool_calls": True, "tool_choice": "auto",
        "tools": [], "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
        "output": [{"type": "message", "id": "2", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": "Paris", "annotations": []}]}],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": {"cached_tokens": 0},
                  "output_tokens_details": {"reasoning_tokens": 0}},
    },
}  # fmt: skip


class Sent(NamedTuple):
    """A request as the API gets it."""

    path: str
    body: dict[str, Any]


class Api(NamedTuple):
    address: str
    sent: list[Sent]


@pytest.fixture
def api() -> Iterator[Api]:
    """A server on this machine that answers like each of the APIs, and keeps what it was sent."""
    sent: list[Sent] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path = self.path.partition("?")[0]
            answer = next((each for end, each in _ANSWERS.items() if path.endswith(end)), None)
            if answer is not None:
                sent.append(Sent(path, body))
            data = json.dumps(answer or {}).encode()
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Api(f"http://127.0.0.1:{server.server_address[1]}", sent)
    server.shutdown()
    server.server_close()


PROGRAMS = {
    "google-genai": (
        "google.genai",
        "from google import genai\nfrom google.genai import types\n"
        "client = genai.Client(api_key='k', http_options=types.HttpOptions(base_url=ADDRESS))\n"
        "client.models.generate_content(model='gemini-3.8-flash', contents=QUESTION, "
        "config=types.GenerateContentConfig(system_instruction=SYSTEM, max_output_tokens=9))\n",
    ),
    "google-genai, a chat": (
        "google.genai",
        "from google import genai\nfrom google.genai import types\n"
        "client = genai.Client(api_key='k', http_options=types.HttpOptions(base_url=ADDRESS))\n"
        "chat = client.chats.create(model='gemini-3.8-flash', config={'system_instruction': SYSTEM})\nchat.send_message(QUESTION)\n",
    ),
    "langchain-openai": (
        "langchain_openai",
        "from langchain_openai import ChatOpenAI\nfrom langchain_core.messages import HumanMessage, SystemMessage\n"
        "llm = ChatOpenAI(model='gpt-6-luna', api_key='k', base_url=ADDRESS + '/v1')\n"
        "llm.invoke([SystemMessage(content=SYSTEM), HumanMessage(content=QUESTION)])\n",
    ),
    "langchain-openai, lists of messages": (
        "langchain_openai",
        "from langchain_openai import ChatOpenAI\nfrom langchain_core.messages import HumanMessage, SystemMessage\n"
        "llm = ChatOpenAI(model='gpt-6-luna', api_key='k', base_url=ADDRESS + '/v1')\n"
        "llm.generate([[SystemMessage(content=SYSTEM), HumanMessage(content=QUESTION)]])\n",
    ),
    "langchain-anthropic, a chain": (
        "langchain_anthropic",
        "from langchain_anthropic import ChatAnthropic\nfrom langchain_core.prompts import ChatPromptTemplate\n"
        "llm = ChatAnthropic(model='claude-haiku-5-5', api_key='k', base_url=ADDRESS, max_tokens=9)\n"
        "prompt = ChatPromptTemplate.from_messages([('system', SYSTEM), ('human', 'What is the capital of {country}?')])\n"
        "chain = prompt | llm\nchain.invoke({'country': 'France'})\n",
    ),
    "mistralai": (
        "mistralai.client",
        "from mistralai.client import Mistral\nclient = Mistral(api_key='k', server_url=ADDRESS)\n"
        "client.chat.complete(model='mistral-small-latest', "
        "messages=[{'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': QUESTION}])\n",
    ),
    "cohere": (
        "cohere",
        "import cohere\nclient = cohere.ClientV2(api_key='k', base_url=ADDRESS)\n"
        "client.chat(model='command-a', messages=[{'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': QUESTION}])\n",
    ),
    "groq": (
        "groq",
        "from groq import Groq\nclient = Groq(api_key='k', base_url=ADDRESS)\n"
        "client.chat.completions.create(model='llama-3.3-70b-versatile', "
        "messages=[{'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': QUESTION}])\n",
    ),
    "groq, asynchronous, in a class": (
        "groq",
        "import asyncio\nfrom groq import AsyncGroq\n"
        "class Bot:\n    def __init__(self):\n        self.client = AsyncGroq(api_key='k', base_url=ADDRESS)\n"
        "    async def ask(self):\n        return await self.client.chat.completions.create(model='llama-3.3-70b-versatile', "
        "messages=[{'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': QUESTION}])\n"
        "asyncio.run(Bot().ask())\n",
    ),
    "litellm": (
        "litellm",
        "import litellm\nlitellm.completion(model='openai/gpt-6-luna', api_key='k', api_base=ADDRESS + '/v1', "
        "messages=[{'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': QUESTION}])\n",
    ),
    "openai-agents": (
        "agents",
        "from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled\nfrom openai import AsyncOpenAI\n"
        "set_tracing_disabled(True)\nclient = AsyncOpenAI(api_key='k', base_url=ADDRESS + '/v1')\n"
        "agent = Agent(name='a', instructions=SYSTEM, model=OpenAIResponsesModel(model='gpt-6-luna', openai_client=client))\n"
        "Runner.run_sync(agent, QUESTION)\n",
    ),
    "pydantic-ai": (
        "pydantic_ai",
        "from pydantic_ai import Agent\nfrom pydantic_ai.models.openai import OpenAIChatModel\n"
        "from pydantic_ai.providers.openai import OpenAIProvider\n"
        "model = OpenAIChatModel('gpt-6-luna', provider=OpenAIProvider(api_key='k', base_url=ADDRESS + '/v1'))\n"
        "Agent(model, system_prompt=SYSTEM).run_sync(QUESTION)\n",
    ),
    "pydantic-ai, step by step": (
        "pydantic_ai",
        "import asyncio\nfrom pydantic_ai import Agent\nfrom pydantic_ai.models.openai import OpenAIChatModel\n"
        "from pydantic_ai.providers.openai import OpenAIProvider\n"
        "model = OpenAIChatModel('gpt-6-luna', provider=OpenAIProvider(api_key='k', base_url=ADDRESS + '/v1'))\n"
        "agent = Agent(model, system_prompt=SYSTEM)\n"
        "async def ask():\n    async with agent.iter(QUESTION) as run:\n        async for node in run:\n            pass\n"
        "asyncio.run(ask())\n",
    ),
}

# What is posted without a client library of an LLM's.
_CLAUDE = "{'model': 'claude-haiku-5-5', 'max_tokens': 9, 'system': SYSTEM, 'messages': [{'role': 'user', 'content': QUESTION}]}"
_GPT = "{'model': 'gpt-6-luna', 'messages': [{'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': QUESTION}]}"
_GEMINI = "{'systemInstruction': {'parts': [{'text': SYSTEM}]}, 'contents': [{'role': 'user', 'parts': [{'text': QUESTION}]}]}"
PROGRAMS |= {
    "openai, a conversation that is compacted": (
        "openai",
        "import openai\nclient = openai.OpenAI(api_key='k', base_url=ADDRESS + '/v1')\n"
        "client.responses.compact(model='gpt-6-luna', instructions=SYSTEM, input=QUESTION)\n",
    ),
    "requests": ("requests", f"import requests\nrequests.post(ADDRESS + '/v1/messages', json={_CLAUDE}, timeout=9)\n"),
    "requests, a session, the body as a text": (
        "requests",
        f"import json\nfrom requests import Session\nURL = ADDRESS + '/v1/chat/completions'\nbody = {_GPT}\n"
        "with Session() as session:\n    session.request('POST', URL, data=json.dumps(body), headers={'Content-Type': 'application/json'})\n",
    ),
    "requests, signed for Google": (
        "google.auth.transport.requests",
        "from google.auth.credentials import AnonymousCredentials\nfrom google.auth.transport.requests import AuthorizedSession\n"
        "class Gemini:\n    def __init__(self, model):\n        self.session = AuthorizedSession(AnonymousCredentials())\n"
        "        self.url = f'{ADDRESS}/v1/publishers/google/models/{model}:generateContent'\n"
        f"    def ask(self):\n        return self.session.post(self.url, json={_GEMINI})\nGemini('gemini-3.8-flash').ask()\n",
    ),
    "httpx": ("httpx", f"import httpx, json\nhttpx.post(f'{{ADDRESS}}/v1/messages', content=json.dumps({_CLAUDE}))\n"),
    "httpx, asynchronous, streamed": (
        "httpx",
        "import asyncio, httpx\nasync def ask(payload):\n    async with httpx.AsyncClient(base_url=ADDRESS) as client:\n"
        "        async with client.stream('POST', '/v1/chat/completions', json=payload) as response:\n            await response.aread()\n"
        f"asyncio.run(ask({_GPT}))\n",
    ),
    "aiohttp": (
        "aiohttp",
        "import aiohttp, asyncio\nasync def ask():\n    async with aiohttp.ClientSession() as session:\n"
        f"        async with session.post(f'{{ADDRESS}}/v1/chat/completions', json={_GPT}) as response:\n            return await response.json()\n"
        "asyncio.run(ask())\n",
    ),
    "urllib": (
        "urllib.request",
        f"import json\nimport urllib.request\ndata = json.dumps({_CLAUDE}).encode('utf-8')\n"
        "request = urllib.request.Request(ADDRESS + '/v1/messages', data=data, headers={'x-api-key': 'k'}, method='POST')\n"
        "with urllib.request.urlopen(request) as response:\n    response.read()\n",
    ),
    "urllib3": (
        "urllib3",
        f"import json, urllib3\nhttp = urllib3.PoolManager()\nhttp.request('POST', ADDRESS + '/v1/messages', body=json.dumps({_CLAUDE}))\n",
    ),
    "http.client": (
        "http.client",
        f"import http.client, json\nconnection = http.client.HTTPConnection(ADDRESS.removeprefix('http://'))\n"
        f"connection.request('POST', '/v1/messages', json.dumps({_CLAUDE}), {{'x-api-key': 'k'}})\nconnection.getresponse().read()\n",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("package", "code"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_is_read_is_what_is_sent(link: Link, api: Api, package: str, code: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            importlib.import_module(package)
        except ImportError:
            pytest.skip(f"needs {package}")
    head = f"SYSTEM, QUESTION, ADDRESS = {SYSTEM!r}, {QUESTION!r}, {api.address!r}\n"
    site = link(head + code).site
    exec(compile(head + code, "program.py", "exec"), {"__name__": "program"})
    [sent] = api.sent
    model, system, question = _parts(sent)
    spelled = show_models(site)
    assert model == spelled.removeprefix("openai/")
    assert system == SYSTEM
    assert question == QUESTION
    read = {segment.kind: segment for segment in site.prompt.segments if segment.text}
    assert read["system"].text == SYSTEM
    assert question.startswith(read["message"].text)
    assert isinstance(site.fields, Record)


def _parts(sent: Sent) -> tuple[str, str, str]:
    """The model, the system prompt and the last message of a request in one of the APIs' forms."""
    body = sent.body
    if sent.path.endswith(":generateContent"):
        model = re.search(r"models/([^:]+):", sent.path)
        assert model is not None
        return model[1], _text(body["systemInstruction"]["parts"]), _text(body["contents"][-1]["parts"])
    messages = body.get("messages") or body["input"]
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    first = messages[0]["content"] if messages[0]["role"] in ("system", "developer") else None
    system = first if first is not None else body.get("system") or body.get("instructions")
    return body["model"], _text(system), _text(messages[-1]["content"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)
