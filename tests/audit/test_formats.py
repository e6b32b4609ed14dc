"""One record of each kind of export, and the row that it gives: fields as llmlint's notes of 2026-11-26 and the tools' own sources have them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from llmlint.audit.formats import FORMATS
from llmlint.audit.rows import Location, Row, Tokens

BODY = {
    "model": "claude-opus-5-5",
    "max_tokens": 300,
    "system": "You sort letters.",
    "messages": [{"role": "user", "content": "Where is my train?"}],
    "tools": [{"name": "find_train", "input_schema": {"type": "object"}}],
}

# name of the format, record, what its row must have
RECORDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "anthropic-api",
        {
            "starting_at": "2026-11-01T00:00:00Z",
            "ending_at": "2026-11-02T00:00:00Z",
            "group": {"model": "claude-opus-5-5", "api_key_id": "key_1", "service_tier": "batch"},
            "usage": {
                "uncached_input_tokens": 100,
                "cache_read_input_tokens": 900,
                "cache_creation": {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 7},
                "output_tokens": 20,
                "requests": 3,
            },
        },
        {
            "tokens": Tokens(100, 900, 50, 7, 20),
            "calls": 3,
            "tier": "batch",
            "key": "key_1",
            "start": 1793491200.0,
            "is_bucket": True,
        },
    ),
    (
        "anthropic-api",
        {"starting_at": "2026-11-01T00:00:00Z", "results": [{"amount": "123.45", "model": "claude-opus-5-5"}]},
        {"billed": Decimal("1.2345"), "is_cost_only": True, "calls": None},
    ),
    (
        "anthropic-console",
        {
            "usage_date_utc": "2026-11-01",
            "model_version": "claude-opus-5-5",
            "api_key": "production",
            "workspace": "Default",
            "usage_type": "message",
            "context_window": "≤ 200k",
            "usage_input_tokens_no_cache": "100",
            "usage_input_tokens_cache_write_5m": "50",
            "usage_input_tokens_cache_write_1h": "7",
            "usage_input_tokens_cache_read": "900",
            "usage_output_tokens": "20",
            "speed": "fast",
        },
        {"tokens": Tokens(100, 900, 50, 7, 20), "calls": None, "tier": "fast", "key": "production", "endpoint": "Default"},
    ),
    (
        "anthropic-console",
        {"usage_date_utc": "2026-11-01", "model": "Claude Opus 5.5", "token_type": "output", "cost_usd": "12.5", "api_key": "k"},
        {"billed": Decimal("12.5"), "is_cost_only": True, "model": "Claude Opus 5.5"},
    ),
    (
        "openai-api",
        {
            "start_time": 1793491200,
            "end_time": 1793577600,
            "results": [
                {
                    "model": "gpt-6-sol",
                    "input_tokens": 1000,
                    "input_cached_tokens": 600,
                    "input_cache_write_tokens": 300,
                    "input_cache_write_12h_tokens": 100,
                    "output_tokens": 20,
                    "num_model_requests": 3,
                    "batch": True,
                    "api_key_id": "key_1",
                }
            ],
        },
        {"tokens": Tokens(100, 600, 200, 100, 20), "calls": 3, "tier": "batch"},
    ),
    (
        "openai-api",
        {
            "start_time_iso": "2026-11-01T00:00:00+00:00",
            "amount_value": "1.25",
            "amount_currency": "usd",
            "line_item": "gpt-6-sol, input",
        },
        {"billed": Decimal("1.25"), "is_cost_only": True, "model": "gpt-6-sol"},
    ),
    (
        "bedrock",
        {
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-11-01T10:00:00Z",
            "requestId": "r1",
            "operation": "InvokeModelWithResponseStream",
            "modelId": "us.anthropic.claude-opus-4-5-20251101-v1:0",
            "identity": {"arn": "arn:aws:sts::1:assumed-role/app/worker"},
            "requestMetadata": {"team": "support"},
            "input": {
                "inputBodyJson": BODY,
                "inputTokenCount": 100,
                "cacheReadInputTokenCount": 900,
                "cacheWriteInputTokenCount": 50,
            },
            "output": {"outputBodyJson": {}, "outputTokenCount": 20},
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "endpoint": "team=support", "id": "r1", "max_tokens": 300},
    ),
    (
        "aws-cur",
        {
            "line_item_product_code": "AmazonBedrock",
            "line_item_usage_type": "USE1-Claude-Opus-4.5-cache-read-input-token-count",
            "line_item_usage_amount": "1.5",
            "line_item_unblended_cost": "0.75",
            "line_item_usage_start_date": "2026-11-01T00:00:00Z",
            "pricing_unit": "1M tokens",
        },
        {"tokens": Tokens(0, 1_500_000, 0, 0, 0), "billed": Decimal("0.75"), "model": "anthropic.claude-opus-4.5"},
    ),
    (
        "litellm",
        {
            "request_id": "r1",
            "call_type": "acompletion",
            "spend": 0.01,
            "prompt_tokens": 1050,
            "completion_tokens": 20,
            "startTime": "2026-11-01T10:00:00.123Z",
            "endTime": "2026-11-01T10:00:01Z",
            "model": "anthropic/claude-opus-5-5",
            "request_tags": '["newsletter", "User-Agent: x"]',
            "metadata": json.dumps({"usage_object": {"cache_read_input_tokens": 900, "cache_creation_input_tokens": 50}}),
            "proxy_server_request": json.dumps(BODY),
            "status": "success",
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "billed": Decimal("0.01"), "endpoint": "newsletter", "max_tokens": 300},
    ),
    (
        # A StandardLoggingPayload whose prompt_tokens wrongly exclude the cached ones.
        "litellm",
        {
            "id": "r1",
            "call_type": "completion",
            "response_cost": 0.01,
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "startTime": 1793491200.5,
            "endTime": 1793491201.5,
            "model": "claude-opus-5-5",
            "messages": BODY["messages"],
            "model_parameters": {"max_tokens": 300},
            "metadata": {"usage_object": {"cache_read_input_tokens": 900, "cache_creation_input_tokens": 50}},
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "start": 1793491200.5, "end": 1793491201.5, "max_tokens": 300},
    ),
    (
        "langfuse",
        {
            "id": "o1",
            "trace_id": "t1",
            "type": "GENERATION",
            "name": "sort-letter",
            "start_time": "2026-11-01 10:00:00.000000",
            "end_time": "2026-11-01 10:00:01.000000",
            "provided_model_name": "claude-opus-5-5",
            "model_parameters": {"max_tokens": 300},
            "input": BODY,
            "usage_details": {
                "input": 100,
                "cache_read_input_tokens": 900,
                "cache_creation_input_tokens": 50,
                "output": 20,
                "total": 1070,
            },
            "total_cost": "0.01",
            "prompt_name": "letters",
        },
        {
            "tokens": Tokens(100, 900, 50, 0, 20),
            "endpoint": "sort-letter",
            "prompt_name": "letters",
            "max_tokens": 300,
        },
    ),
    (
        # Input that includes the cached tokens, as many integrations send it; the total gives it away.
        "langfuse",
        {
            "id": "o2",
            "type": "GENERATION",
            "startTime": "2026-11-01T10:00:00Z",
            "model": "gpt-6-sol",
            "usageDetails": {"input": 1000, "input_cached_tokens": 900, "output": 20, "total": 1020},
        },
        {"tokens": Tokens(100, 900, 0, 0, 20)},
    ),
    (
        "helicone",
        {
            "request_id": "r1",
            "request_created_at": "2026-11-01T10:00:00Z",
            "request_path": "/v1/messages",
            "request_body": json.dumps(BODY),
            "request_model": "claude-opus-5-5",
            "provider": "ANTHROPIC",
            "delay_ms": 1500,
            "prompt_tokens": 100,
            "prompt_cache_read_tokens": 900,
            "prompt_cache_write_tokens": 50,
            "completion_tokens": 20,
            "costUSD": 0.01,
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "end": 1793527201.5, "endpoint": "/v1/messages"},
    ),
    (
        "langsmith",
        {
            "id": "r1",
            "run_type": "llm",
            "name": "ChatAnthropic",
            "trace_id": "t1",
            "start_time": "2026-11-01T10:00:00",
            "end_time": "2026-11-01T10:00:01",
            "inputs": {
                "messages": [
                    [
                        {"lc": 1, "id": ["langchain", "schema", "SystemMessage"], "kwargs": {"content": "You sort letters."}},
                        {"lc": 1, "id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "Where is my train?"}},
                    ]
                ]
            },
            "extra": {
                "metadata": {"ls_model_name": "claude-opus-5-5", "ls_max_tokens": 300},
                "invocation_params": {"tools": BODY["tools"]},
            },
            "prompt_tokens": 1050,
            "prompt_token_details": {"cache_read": 900, "cache_creation": 50},
            "completion_tokens": 20,
            "total_cost": 0.01,
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "model": "claude-opus-5-5", "max_tokens": 300, "endpoint": "ChatAnthropic"},
    ),
    (
        "braintrust",
        {
            "id": "s1",
            "span_id": "s1",
            "created": "2026-11-01T10:00:00Z",
            "span_attributes": {"type": "llm", "name": "Anthropic"},
            "metrics": {
                "start": 1793527200.0,
                "end": 1793527201.0,
                "prompt_tokens": 1050,
                "prompt_cached_tokens": 900,
                "prompt_cache_creation_tokens": 50,
                "completion_tokens": 20,
            },
            "input": {"system": BODY["system"], "messages": BODY["messages"]},
            "metadata": {"model": "claude-opus-5-5", "max_tokens": 300, "tools": BODY["tools"]},
            "context": {"caller_filename": "/srv/app/letters.py", "caller_functionname": "sort", "caller_lineno": 12},
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "location": Location("/srv/app/letters.py", 12, "sort"), "max_tokens": 300},
    ),
    (
        "openinference",
        {
            "name": "ChatCompletion",
            "context.span_id": "s1",
            "start_time": "2026-11-01T10:00:00Z",
            "attributes.llm.model_name": "claude-opus-5-5",
            "attributes.llm.token_count.prompt": 1050,
            "attributes.llm.token_count.prompt_details.cache_read": 900,
            "attributes.llm.token_count.prompt_details.cache_write": 50,
            "attributes.llm.token_count.completion": 20,
            "attributes.llm.input_messages": [
                {"message.role": "system", "message.content": "You sort letters."},
                {"message.role": "user", "message.content": "Where is my train?"},
            ],
            "attributes.llm.tools": [{"tool.json_schema": json.dumps(BODY["tools"][0])}],  # type: ignore[index]
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "endpoint": "ChatCompletion"},
    ),
    (
        "opentelemetry",
        {
            "resourceSpans": [
                {
                    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                    "scopeSpans": [
                        {
                            "spans": [
                                {
                                    "traceId": "t1",
                                    "spanId": "s1",
                                    "name": "chat claude-opus-5-5",
                                    "startTimeUnixNano": "1793527200000000000",
                                    "endTimeUnixNano": "1793527201000000000",
                                    "attributes": [
                                        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                                        {"key": "gen_ai.request.model", "value": {"stringValue": "claude-opus-5-5"}},
                                        {"key": "gen_ai.request.max_tokens", "value": {"intValue": "300"}},
                                        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1050"}},
                                        {"key": "gen_ai.usage.cache_read.input_tokens", "value": {"intValue": "900"}},
                                        {"key": "gen_ai.usage.cache_write.input_tokens", "value": {"intValue": "50"}},
                                        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "20"}},
                                        {"key": "code.function.name", "value": {"stringValue": "letters.sort"}},
                                        {
                                            "key": "gen_ai.system_instructions",
                                            "value": {"stringValue": '[{"type": "text", "content": "You sort letters."}]'},
                                        },
                                        {"key": "gen_ai.tool.definitions", "value": {"stringValue": json.dumps(BODY["tools"])}},
                                        {
                                            "key": "gen_ai.input.messages",
                                            "value": {
                                                "stringValue": json.dumps(
                                                    [
                                                        {
                                                            "role": "user",
                                                            "parts": [{"type": "text", "content": "Where is my train?"}],
                                                        }
                                                    ]
                                                )
                                            },
                                        },
                                    ],
                                },
                                {"name": "GET /", "attributes": []},
                            ]
                        }
                    ],
                }
            ]
        },
        {
            "tokens": Tokens(100, 900, 50, 0, 20),
            "endpoint": "letters.sort",
            "key": "shop",
            "location": Location(None, None, "letters.sort"),
            "max_tokens": 300,
        },
    ),
    (
        "cloudflare",
        {
            "id": "r1",
            "created_at": "2026-11-01T10:00:00Z",
            "provider": "anthropic",
            "model": "claude-opus-5-5",
            "tokens_in": 100,
            "tokens_out": 20,
            "cost": 0.01,
            "cached": False,
            "duration": 1500,
        },
        {"tokens": Tokens(100, 0, 0, 0, 20), "has_cache_columns": False, "end": 1793527201.5},
    ),
    (
        "claude-code",
        {
            "type": "assistant",
            "timestamp": "2026-11-01T10:00:00Z",
            "requestId": "r1",
            "sessionId": "s1",
            "cwd": "/home/a/shop",
            "message": {
                "id": "m1",
                "model": "claude-opus-5-5",
                "usage": {
                    "input_tokens": 100,
                    "cache_read_input_tokens": 900,
                    "cache_creation_input_tokens": 57,
                    "cache_creation": {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 7},
                    "output_tokens": 20,
                },
            },
        },
        {"tokens": Tokens(100, 900, 50, 7, 20), "endpoint": "/home/a/shop"},
    ),
    (
        "exchanges",
        {
            "timestamp": "2026-11-01T10:00:00Z",
            "latency_ms": 1500,
            "request": BODY,
            "response": {
                "id": "msg_1",
                "model": "claude-opus-5-5",
                "usage": {
                    "input_tokens": 100,
                    "cache_read_input_tokens": 900,
                    "cache_creation_input_tokens": 50,
                    "output_tokens": 20,
                },
            },
        },
        {"tokens": Tokens(100, 900, 50, 0, 20), "end": 1793527201.5, "max_tokens": 300},
    ),
    (
        # OpenAI's input includes the cached tokens.
        "exchanges",
        {
            "ts": 1793527200,
            "body": {"model": "gpt-6-sol", "messages": [{"role": "system", "content": "You sort letters."}]},
            "response": {
                "model": "gpt-6-sol",
                "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 900}},
            },
        },
        {"tokens": Tokens(100, 900, 0, 0, 20)},
    ),
]


def rows_of(record: Mapping[str, Any]) -> tuple[str, list[Row]]:
    format = next(each for each in FORMATS if each.matches(record))
    return format.name, list(format.rows(record))


@pytest.mark.parametrize(
    ("name", "record", "expected"), RECORDS, ids=[f"{name}-{index}" for index, (name, _, _) in enumerate(RECORDS)]
)
def test_the_row_of_a_record(name: str, record: dict[str, Any], expected: dict[str, Any]) -> None:
    found, rows = rows_of(record)
    assert found == name
    assert len(rows) == 1
    assert {field: getattr(rows[0], field) for field in expected} == expected


@pytest.mark.parametrize("name", ["litellm", "langfuse", "helicone", "anthropic-console", "langsmith", "aws-cur", "cloudflare"])
def test_a_csv_file_gives_the_same_row(name: str) -> None:
    """In CSV all values are text, and what is nested is JSON."""
    record = next(record for each, record, _ in RECORDS if each == name)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(record))
    writer.writeheader()
    writer.writerow({key: json.dumps(value) if isinstance(value, (dict, list)) else value for key, value in record.items()})
    (read,) = csv.DictReader(io.StringIO(text.getvalue()))
    assert rows_of(read) == rows_of(record)


WITH_PROMPT = [
    "bedrock",
    "litellm",
    "langfuse",
    "helicone",
    "langsmith",
    "braintrust",
    "openinference",
    "opentelemetry",
    "exchanges",
]


@pytest.mark.parametrize("name", WITH_PROMPT)
def test_every_tool_gives_the_same_prompt(name: str) -> None:
    record = next(record for each, record, _ in RECORDS if each == name)
    (row,) = rows_of(record)[1]
    assert row.prompt is not None
    assert row.prompt.system.text == "You sort letters."
    assert [(role, text.text) for role, text in row.prompt.messages] == [("user", "Where is my train?")]
    assert row.prompt.tool_names == ("find_train",)


@pytest.mark.parametrize(
    "record",
    [
        {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "hi"}},
        {"run_type": "chain", "inputs": {}, "trace_id": "t"},
        {"type": "SPAN", "usage_details": {}, "start_time": "2026-11-01", "provided_model_name": None},
        {"prompt_tokens": 5, "startTime": 1, "spend": 0, "status": "failure", "completion_tokens": 0},
        {"prompt_tokens": 5, "startTime": 1, "spend": 0, "cache_hit": "True", "completion_tokens": 0},
        {"tokens_in": 5, "tokens_out": 1, "created_at": "2026-11-01", "cached": True},
        {"type": "summary", "summary": "Fix the tests", "leafUuid": "leaf"},
        {"type": "file-history-snapshot", "messageId": "m", "snapshot": {}},
    ],
    ids=[
        "a user's line",
        "a chain",
        "a span",
        "a failed call",
        "a reply of LiteLLM's cache",
        "a reply of the gateway's cache",
        "a summary",
        "a snapshot",
    ],
)
def test_records_that_are_no_paid_calls(record: dict[str, Any]) -> None:
    assert rows_of(record)[1] == []


@pytest.mark.parametrize(
    ("usage_type", "model"),
    [
        ("USE1-Claude5.5Sonnet-input-tokens", "anthropic.claude-sonnet-5-5"),
        ("EUC1-Claude3.5Sonnet-output-tokens", "anthropic.claude-3-5-sonnet"),
        ("USE1-MP:Claude4.5Opus-mp-input-tokens", "anthropic.claude-opus-4-5"),
        ("USE1-NovaLite-input-tokens", "novalite"),
    ],
)
def test_the_models_of_a_cost_and_usage_report(usage_type: str, model: str) -> None:
    record = next(record for name, record, _ in RECORDS if name == "aws-cur")
    (row,) = rows_of({**record, "line_item_usage_type": usage_type})[1]
    assert row.model == model


def test_both_spellings_of_cache_writes() -> None:
    record = json.loads(
        json.dumps(next(record for name, record, _ in RECORDS if name == "opentelemetry")).replace(
            "cache_write", "cache_creation"
        )
    )
    (row,) = rows_of(record)[1]
    assert row.tokens == Tokens(100, 900, 50, 0, 20)
