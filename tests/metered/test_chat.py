"""The metered Chat Completions and Responses APIs, through the real SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from metered import Account, MeteredServer, Settings

WORDS = "Answer from this handbook, and from nothing else. " * 150  # about 1,700 tokens
SOL = "gpt-6.1-sol"


@pytest.fixture
def client(server: MeteredServer) -> Iterator[Any]:
    with openai.OpenAI(base_url=server.openai_url("test"), api_key="any") as client:
        yield client


def ask(client: Any, question: str = "Why?", system: Any = WORDS, **request: Any) -> Any:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return client.chat.completions.create(**{"model": SOL, "messages": messages, **request})


def read(completion: Any) -> int:
    return int(completion.usage.prompt_tokens_details.cached_tokens)


def test_a_chat_says_what_the_messages_api_says(server: MeteredServer, client: Any) -> None:
    with anthropic.Anthropic(base_url=server.anthropic_url("other"), api_key="any") as other:
        asked: list[Any] = [{"role": "user", "content": "Why?"}]
        message = other.messages.create(model="claude-opus-5-5", max_tokens=500, system=WORDS, messages=asked)
    text = getattr(message.content[0], "text", None)
    assert ask(client).choices[0].message.content == text
    assert ask(client, prompt_cache_key="k").choices[0].message.content == text
    assert client.responses.create(model=SOL, instructions=WORDS, input="Why?").output_text == text
    parts = "".join(chunk.choices[0].delta.content or "" for chunk in ask(client, stream=True))
    assert parts == text
    with client.responses.stream(model=SOL, instructions=WORDS, input="Why?") as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == text


def test_gpt_caches_long_prompts_by_itself_and_a_key_brings_them_together(client: Any, account: Account) -> None:
    keyed = [read(ask(client, f"Number {number}?", prompt_cache_key="handbook")) for number in range(9)]
    assert keyed[0] == 0
    assert all(tokens >= 1024 and tokens % 128 == 0 for tokens in keyed[1:])
    account.clock.advance(3600)
    spread = [read(ask(client, f"Number {number}?")) for number in range(9)]
    assert 0 < sum(tokens > 0 for tokens in spread) < 8
    assert read(ask(client, "Hi", system="Short.")) == read(ask(client, "Hi", system="Short.")) == 0
    first = account.bill.lines[0]
    assert first.tokens.write > 0, "GPT-5.6 and later charge for writes"
    assert read(ask(client, "Number 1?", model="gpt-4o", prompt_cache_key="h")) == 0
    assert account.bill.lines[-1].tokens.write == 0


@pytest.mark.parametrize("passes", [True, False])
def test_claude_is_cached_by_breakpoints_that_the_host_passes_on(server: MeteredServer, client: Any, passes: bool) -> None:
    claude = "claude-sonnet-5-5"
    server.account("test", Settings(passes_breakpoints=passes))
    assert [read(ask(client, str(number), model=claude)) for number in range(2)] == [0, 0]
    assert [read(ask(client, str(number), model=claude, prompt_cache_key="h")) for number in range(2)] == [0, 0]
    marked = [{"type": "text", "text": WORDS, "cache_control": {"type": "ephemeral"}}]
    assert [read(ask(client, str(number), system=marked, model=claude)) > 0 for number in range(2)] == [False, passes]


def test_a_host_may_route_claude_by_a_key(server: MeteredServer, client: Any) -> None:
    server.account("test", Settings(routes_claude_by_key=True))
    keyed = [read(ask(client, str(number), model="claude-sonnet-5-5", prompt_cache_key="h")) for number in range(2)]
    assert keyed[0] == 0 < keyed[1]


TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]


def test_tools_schemas_and_limits(client: Any) -> None:
    schema = {"type": "object", "properties": {"label": {"enum": ["a", "b"]}}}
    shape = {"type": "json_schema", "json_schema": {"name": "label", "schema": schema}}
    assert json.loads(ask(client, response_format=shape).choices[0].message.content)["label"] in ("a", "b")
    tools = [{"type": "function", "function": {"name": "look", "parameters": schema}}]
    called = ask(client, model="gpt-6-luna", tools=tools, reasoning_effort="none")
    assert called.choices[0].finish_reason == "tool_calls"
    assert json.loads(called.choices[0].message.tool_calls[0].function.arguments).keys() == {"label"}
    short = ask(client, "Write about 90 words.", model="gpt-6-luna", max_completion_tokens=9, reasoning_effort="none")
    assert (short.choices[0].finish_reason, short.usage.completion_tokens) == ("length", 9)


def test_what_the_api_refuses_is_refused(client: Any, account: Account) -> None:
    with pytest.raises(openai.BadRequestError, match="max_completion_tokens"):
        ask(client, max_tokens=9)
    with pytest.raises(openai.BadRequestError, match="temperature"):
        ask(client, temperature=0)
    ask(client, model="gpt-4o", max_tokens=9, temperature=0)
    with pytest.raises(openai.NotFoundError):
        ask(client, model="gpt-4")
    assert len(account.bill.refused) == 3
    assert len(account.bill.lines) == 1


@pytest.mark.parametrize(
    ("model", "request_", "says"),
    [
        ("gpt-6-luna", {"tools": TOOLS}, "Function tools with reasoning_effort"),
        ("gpt-6.1-sol", {"tools": TOOLS, "reasoning_effort": "low"}, "Function tools with reasoning_effort"),
        ("gpt-6.1-sol", {"reasoning_effort": "none"}, "'none' is not supported"),
        ("gpt-6-luna", {"reasoning_effort": "minimal"}, "'minimal' is not supported"),
        ("gpt-6-luna", {"reasoning_effort": "low", "temperature": 0.2}, "temperature"),
        ("gpt-6-luna", {"reasoning_effort": "none", "presence_penalty": 0.2}, "presence_penalty"),
        ("gpt-4o", {"reasoning_effort": "none"}, "reasoning_effort"),
    ],
)
def test_what_depends_on_the_reasoning_is_refused(client: Any, model: str, request_: dict[str, Any], says: str) -> None:
    with pytest.raises(openai.BadRequestError, match=says):
        ask(client, model=model, **request_)


def test_reasoning_counts_as_output_and_toward_the_limit(client: Any) -> None:
    quiet, loud = (ask(client, model="gpt-6-luna", reasoning_effort=effort) for effort in ("none", "medium"))
    assert quiet.choices[0].message.content == loud.choices[0].message.content
    assert quiet.usage.completion_tokens < loud.usage.completion_tokens
    cut = ask(client, model="gpt-6-luna", max_completion_tokens=50)
    assert (cut.choices[0].finish_reason, cut.choices[0].message.content) == ("length", None)
    ask(client, model="gpt-6-luna", tools=TOOLS, temperature=0.2, reasoning_effort="none")
    response = client.responses.create(model="gpt-6.1-sol", input="Hello!")
    assert [item.type for item in response.output] == ["reasoning", "message"]
