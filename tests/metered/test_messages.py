"""The metered Messages API, through the real SDK: answers, caching, prices, and what it refuses."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from metered import Account, MeteredServer, Settings

WORDS = "Answer from this handbook, and from nothing else. " * 100  # about 1,700 tokens
MARK = {"type": "ephemeral"}
SONNET, HAIKU, OLD_HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5", "claude-haiku-4-5"


@pytest.fixture
def client(server: MeteredServer) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=server.anthropic_url("test"), api_key="any") as client:
        yield client


def marked(text: str, **mark: str) -> dict[str, object]:
    return {"type": "text", "text": text, "cache_control": {**MARK, **mark}}


def ask(client: Any, question: str = "Why?", **request: Any) -> Any:
    messages = request.pop("messages", [{"role": "user", "content": question}])
    return client.messages.create(**{"model": SONNET, "max_tokens": 200, "messages": messages, **request})


def usage(message: Any) -> tuple[int, int]:
    """Written to the cache, and read from it."""
    return message.usage.cache_creation_input_tokens, message.usage.cache_read_input_tokens


def said(message: Any) -> str:
    return str(message.content[0].text)


def test_the_answer_depends_on_the_words_alone(client: Any) -> None:
    plain = said(ask(client, "Why is it red?", system="Be brief. " + WORDS))
    assert plain == said(ask(client, "Why is it red?", system=[marked("Be brief. " + WORDS)])), "not on marks"
    assert plain == said(ask(client, "Why is it red?", system=[marked("Be brief. "), {"type": "text", "text": WORDS}])), (
        "nor on cuts"
    )
    assert plain == said(ask(client, "Why is it red?", system=WORDS + "Be brief. ")), "nor on the order within a message"
    assert plain == said(ask(client, "Why is it red?", system="Be brief. " + WORDS, model=HAIKU)), "nor on the model"
    assert plain != said(ask(client, "Why is it blue?", system="Be brief. " + WORDS))
    assert plain != said(ask(client, "Why is it red?", system="Be brief, please. " + WORDS))
    assert said(ask(client, "It is 2026-11-23 12:30:01.5. Why?")) == said(ask(client, "It is 2025-01-02 09:00:00. Why?"))
    turns = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}]
    assert said(ask(client, messages=turns)) != said(ask(client, messages=turns[::-1])), "but on the order of messages"


def test_choices_json_and_lengths_are_answered_in_kind(client: Any) -> None:
    assert said(ask(client, "Choose one of: red, green or blue.")) in ("red", "green", "blue")
    assert '"kind"' in said(ask(client, 'Give JSON like {"kind": "..."}'))
    assert len(said(ask(client, "Write about 120 words.", max_tokens=2000)).split()) == 120
    short = ask(client, "Write about 120 words.", max_tokens=10)
    assert short.stop_reason == "max_tokens"
    assert short.usage.output_tokens == 10
    assert said(ask(client, "Write about 120 words.", max_tokens=10, model=OLD_HAIKU)) == said(short)
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "tags": {"type": "array", "items": {"enum": ["a"]}}}}
    typed = ask(client, "Extract.", output_config={"format": {"type": "json_schema", "schema": schema}})
    assert '"tags": ["a", "a"]' in said(typed)


def test_a_marked_prefix_is_written_once_and_read_until_it_expires(client: Any, account: Account) -> None:
    system = [marked(WORDS)]
    first, second = ask(client, "one", system=system), ask(client, "two", system=system)
    written, _ = usage(first)
    assert written > 1000
    assert usage(first) == (written, 0)
    assert usage(second) == (0, written)
    assert usage(ask(client, "three", system=[marked(WORDS + "!")]))[1] == 0, "another text"
    assert usage(ask(client, "three", system=system, model=HAIKU)) == (written, 0), "another model"
    account.clock.advance(299)
    assert usage(ask(client, "four", system=system)) == (0, written)
    account.clock.advance(299)
    assert usage(ask(client, "five", system=system)) == (0, written), "a hit renews the entry"
    account.clock.advance(301)
    assert usage(ask(client, "six", system=system)) == (written, 0)
    write, read = account.bill.lines[0], account.bill.lines[1]
    assert write.dollars == pytest.approx((written * 2.5 + write.tokens.input * 2 + write.tokens.output * 10) / 1e6)
    assert read.dollars == pytest.approx((written * 0.1 + read.tokens.input * 2 + read.tokens.output * 10) / 1e6)


def test_one_hour_marks_cost_twice_and_last_an_hour(client: Any, account: Account) -> None:
    hour = ask(client, system=[marked(WORDS, ttl="1h")])
    assert hour.usage.cache_creation.ephemeral_1h_input_tokens == usage(hour)[0] > 0
    account.clock.advance(3599)
    assert usage(ask(client, system=[marked(WORDS, ttl="1h")]))[1] > 0
    line = account.bill.lines[0]
    assert line.dollars == pytest.approx((line.tokens.write_1h * 4 + line.tokens.input * 2 + line.tokens.output * 10) / 1e6)


def test_below_the_minimum_of_the_model_nothing_is_cached_or_charged(client: Any, account: Account) -> None:
    for _ in range(2):
        assert usage(ask(client, system=[marked(WORDS)], model=OLD_HAIKU)) == (0, 0)
    assert account.bill.tokens.input > 2 * 1000


def test_a_tool_ahead_of_the_prompt_is_part_of_the_prefix(client: Any) -> None:
    tool = {"name": "look", "description": "Looks. " + WORDS, "input_schema": {"type": "object", "properties": {}}}
    choice = {"type": "none"}
    written, _ = usage(ask(client, system="Short.", tools=[{**tool, "cache_control": MARK}], tool_choice=choice))
    assert written > 1000
    assert usage(ask(client, system="Other.", tools=[{**tool, "cache_control": MARK}], tool_choice=choice)) == (0, written)
    changed = {**tool, "name": "see", "cache_control": MARK}
    assert usage(ask(client, system="Other.", tools=[changed], tool_choice=choice))[1] == 0


def test_a_growing_conversation_reads_what_the_turn_before_wrote(client: Any) -> None:
    turns: list[dict[str, Any]] = [{"role": "user", "content": WORDS}]
    first = ask(client, messages=turns, cache_control=MARK)
    turns += [{"role": "assistant", "content": first.content}, {"role": "user", "content": "And then?"}]
    second = ask(client, messages=turns, cache_control=MARK)
    assert usage(second)[1] == usage(first)[0] > 1000
    assert usage(second)[0] > 0
    varying = [ask(client, f"{number} {WORDS}", cache_control=MARK) for number in range(3)]
    assert [usage(message)[1] for message in varying] == [0, 0, 0], "the top-level mark is on the block that changes"


def test_a_read_looks_back_twenty_blocks(client: Any) -> None:
    blocks = [{"type": "text", "text": f"{number}. {WORDS}"} for number in range(25)]
    ask(client, messages=[{"role": "user", "content": [*blocks[:4], {**blocks[4], "cache_control": MARK}]}])
    near = ask(client, messages=[{"role": "user", "content": [*blocks[:23], {**blocks[23], "cache_control": MARK}]}])
    assert usage(near)[1] > 0
    ask(client, messages=[{"role": "user", "content": [{**blocks[0], "text": "x" + WORDS, "cache_control": MARK}]}])
    far = [{**blocks[0], "text": "x" + WORDS}, *blocks[1:21], {**blocks[21], "cache_control": MARK}]
    assert usage(ask(client, messages=[{"role": "user", "content": far}]))[1] == 0


def test_calls_at_the_same_time_all_pay_the_write(server: MeteredServer) -> None:
    account = server.account("fan-out", Settings(latency=0.5))

    async def run() -> list[Any]:
        async with anthropic.AsyncAnthropic(base_url=server.anthropic_url("fan-out"), api_key="any") as client:
            request: dict[str, Any] = {"model": SONNET, "max_tokens": 20, "system": [marked(WORDS)]}
            calls = (client.messages.create(**request, messages=[{"role": "user", "content": word}]) for word in "abc")
            return [
                *await asyncio.gather(*calls),
                await client.messages.create(**request, messages=[{"role": "user", "content": "d"}]),
            ]

    answers = asyncio.run(run())
    assert [usage(message)[1] > 0 for message in answers] == [False, False, False, True]
    assert len(account.bill.lines) == 4


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"system": [marked("a"), marked("b"), marked("c"), marked("d"), marked("e")]}, "maximum of 4"),
        ({"system": [marked(text) for text in "abcd"], "cache_control": MARK}, "maximum of 4"),
        ({"system": [marked("")]}, "cache_control cannot be set for empty text"),
        ({"system": [{"type": "text", "text": ""}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": " \n"}]}]}, "non-whitespace"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
        ({"messages": []}, "at least one message"),
        ({"system": [marked("a"), marked("b", ttl="1h")]}, "must not come after"),
        ({"messages": [{"role": "user", "content": [marked("a", ttl="1h")]}], "cache_control": MARK}, "another TTL"),
        ({"extra_body": {"prompt_cache_key": "x"}}, "Extra inputs"),
        ({"extra_body": {"temperature": 0.2}}, "default value only"),
        ({"max_tokens": 0, "stream": True}, "not permitted with stream"),
        ({"messages": [{"role": "user", "content": "[[errored]]"}]}, "errored"),
    ],
)
def test_what_the_api_refuses_is_refused_and_costs_nothing(
    client: Any, account: Account, request_: dict[str, Any], words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words):
        ask(client, **request_)
    assert account.bill.lines == []
    assert len(account.bill.refused) == 1


# The SDK warns of models that are on their way out.
@pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning")
def test_retired_and_unknown_models_are_not_found(server: MeteredServer, client: Any) -> None:
    for model in ("claude-3-opus-20240229", "claude-sonnet-99", "gpt-6-luna"):
        with pytest.raises(anthropic.NotFoundError):
            ask(client, model=model)
    ask(client, model="claude-opus-4-8")
    later = Settings(today=datetime.date(2040, 1, 1))
    server.account("later", later)
    with (
        anthropic.Anthropic(base_url=server.anthropic_url("later"), api_key="any") as other,
        pytest.raises(anthropic.NotFoundError),
    ):
        other.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])  # type: ignore[arg-type,unused-ignore]


def test_streams_beta_and_raw_answers_say_the_same(client: Any, account: Account) -> None:
    request: dict[str, Any] = {
        "model": SONNET,
        "max_tokens": 200,
        "system": [marked(WORDS)],
        "messages": [{"role": "user", "content": "Why?"}],
    }
    plain = said(client.messages.create(**request))
    with client.messages.stream(**request) as stream:
        assert "".join(stream.text_stream) == plain
        assert usage(stream.get_final_message())[1] > 0
    assert plain == "".join(
        event.delta.text for event in client.messages.create(**request, stream=True) if event.type == "content_block_delta"
    )
    assert said(client.beta.messages.create(**request)) == plain
    assert said(client.messages.with_raw_response.create(**request).parse()) == plain
    assert client.messages.create(**{**request, "max_tokens": 0}).content == []
    billed = len(account.bill.lines)
    assert client.messages.count_tokens(model=SONNET, messages=request["messages"], system=WORDS).input_tokens > 1000
    assert len(account.bill.lines) == billed


def test_an_agent_calls_its_tools_and_comes_to_an_end(client: Any) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"name": "weather", "description": "The weather of a city.", "input_schema": schema}]
    turns: list[dict[str, Any]] = [{"role": "user", "content": "What is it like outside?"}]
    for _ in range(10):
        answer = ask(client, messages=turns, tools=tools)
        turns.append({"role": "assistant", "content": answer.content})
        if answer.stop_reason != "tool_use":
            break
        assert answer.content[0].input.keys() == {"city"}
        turns.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": answer.content[0].id, "content": "rain"}]}
        )
    assert 2 <= sum(isinstance(turn["content"], list) and turn["role"] == "user" for turn in turns) <= 3
    with pytest.raises(anthropic.BadRequestError, match="tool_result"):
        ask(client, messages=[*turns[:2], {"role": "user", "content": "Well?"}], tools=tools)


def test_what_a_model_refuses_depends_on_the_model(client: Any) -> None:
    tools = [{"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}]
    begun = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because"}]
    budget = {"type": "enabled", "budget_tokens": 100}
    requests: list[tuple[dict[str, Any], str, str]] = [
        ({"tools": tools, "tool_choice": {"type": "any"}}, SONNET, HAIKU),
        ({"tools": tools, "tool_choice": {"type": "any"}}, "claude-opus-5-5", "claude-opus-5"),
        ({"thinking": {"type": "disabled"}}, SONNET, HAIKU),
        ({"thinking": {"type": "disabled"}}, "claude-opus-5-5", "claude-opus-5"),
        ({"thinking": {"type": "between_tools"}}, HAIKU, SONNET),
        ({"thinking": {"type": "between_tools"}}, "claude-opus-5-5", SONNET),
        ({"messages": begun}, "claude-opus-4-6", OLD_HAIKU),
        ({"thinking": budget}, HAIKU, OLD_HAIKU),
        ({"extra_body": {"temperature": 0}}, HAIKU, OLD_HAIKU),
    ]
    for request, refuses, takes in requests:
        with pytest.raises(anthropic.BadRequestError):
            ask(client, model=refuses, **request)
        ask(client, model=takes, **request)


def test_thinking_stays_on_at_high_efforts(client: Any) -> None:
    for effort, model, kind in (("max", HAIKU, "disabled"), ("xhigh", SONNET, "between_tools")):
        with pytest.raises(anthropic.BadRequestError, match="effort"):
            ask(client, model=model, thinking={"type": kind}, output_config={"effort": effort})
        ask(client, model=model, thinking={"type": kind}, output_config={"effort": "high"})
    question = "Work it out step by step."
    quiet = ask(client, question, model=SONNET, thinking={"type": "between_tools"})
    assert [block.type for block in quiet.content] == ["text"]


def test_newer_models_may_think_before_they_answer(client: Any) -> None:
    question = "Work it out step by step."
    old, new = ask(client, question, model=OLD_HAIKU), ask(client, question, model=HAIKU)
    assert [block.type for block in old.content] == ["text"]
    assert [block.type for block in new.content] == ["thinking", "text"]
    assert new.content[1].text == said(old)
    assert said(ask(client, question, model=HAIKU, thinking={"type": "disabled"})) == said(old)
    with client.messages.stream(model=HAIKU, max_tokens=200, messages=[{"role": "user", "content": question}]) as stream:
        assert stream.get_final_message().content[0].thinking == new.content[0].thinking
    turns = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": new.content},
        {"role": "user", "content": "And?"},
    ]
    shorter = [turns[0], {"role": "assistant", "content": new.content[1:]}, turns[2]]
    assert ask(client, messages=turns).content[-1].text == ask(client, messages=shorter).content[-1].text


def test_lines_are_grouped_by_label_and_by_model(client: Any, account: Account) -> None:
    for user, model in (("chat", SONNET), ("tags", HAIKU), ("chat", HAIKU)):
        ask(client, model=model, metadata={"user_id": user})
    groups = account.bill.by_bucket()
    assert [(name, len(bill.lines)) for name, bill in groups.items()] == [("chat", 2), ("tags", 1)]
    assert list(account.bill.by_model()) == [HAIKU, SONNET]
    assert sum(bill.dollars for bill in groups.values()) == pytest.approx(account.bill.dollars)
    assert account.bill.tokens.output == sum(line.tokens.output for line in account.bill.lines)
