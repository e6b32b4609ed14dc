"""Recorded traffic as the exports of real tools: the fields of each, filled from what the metered API charged."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metered.bill import Tokens


class Exchange(NamedTuple):
    """One recorded call. Times are seconds since 1970; `file` is the module of the program that made it."""

    id: str
    start: float
    end: float
    kind: str
    model: str
    vendor: str
    request: Mapping[str, Any]
    tokens: Tokens
    dollars: float
    bucket: str
    file: str
    answer: str


def iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def usage(exchange: Exchange) -> dict[str, Any]:
    """The `usage` object of the vendor's response."""
    tokens = exchange.tokens
    if exchange.vendor == "openai":
        return {
            "prompt_tokens": tokens.prompt,
            "completion_tokens": tokens.output,
            "total_tokens": tokens.prompt + tokens.output,
            "prompt_tokens_details": {"cached_tokens": tokens.read, "cache_write_tokens": tokens.write},
        }
    return {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.write,
        "cache_read_input_tokens": tokens.read,
        "cache_creation": {"ephemeral_5m_input_tokens": tokens.write_5m, "ephemeral_1h_input_tokens": tokens.write_1h},
        "output_tokens": tokens.output,
        "service_tier": "batch" if exchange.kind == "batch" else "standard",
    }


def _lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def _csv(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    text = io.StringIO()
    rows = csv.DictWriter(text, list(records[0]))
    rows.writeheader()
    for record in records:
        rows.writerow({name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in record.items()})
    path.write_text(text.getvalue(), encoding="utf-8")


def exchanges(path: Path, traffic: Sequence[Exchange]) -> None:
    _lines(
        path,
        (
            {
                "start_time": iso(each.start),
                "end_time": iso(each.end),
                "request": dict(each.request),
                "response": {"id": each.id, "model": each.model, "usage": usage(each)},
            }
            for each in traffic
        ),
    )


def litellm(path: Path, traffic: Sequence[Exchange]) -> None:
    _lines(
        path,
        (
            {
                "request_id": each.id,
                "call_type": "acompletion",
                "spend": each.dollars,
                "prompt_tokens": each.tokens.prompt,
                "completion_tokens": each.tokens.output,
                "total_tokens": each.tokens.prompt + each.tokens.output,
                "startTime": iso(each.start),
                "endTime": iso(each.end),
                "model": each.model,
                "custom_llm_provider": each.vendor,
                "metadata": json.dumps(
                    {
                        "usage_object": {
                            "prompt_tokens": each.tokens.prompt,
                            "prompt_tokens_details": {"cached_tokens": each.tokens.read},
                            "cache_creation_input_tokens": each.tokens.write,
                            "cache_read_input_tokens": each.tokens.read,
                        }
                    }
                ),
                "request_tags": "[]",
                "proxy_server_request": json.dumps(each.request),
                "status": "success",
            }
            for each in traffic
        ),
    )


def _parquet(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    import duckdb

    lines = path.with_suffix(".tmp.json")
    _lines(lines, records)
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_json('{lines}', maximum_object_size=50000000)) TO '{path}' (FORMAT parquet)"
        )
    lines.unlink()


def langfuse_rows(traffic: Sequence[Exchange]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "trace_id": f"trace-{each.id}",
            "type": "GENERATION",
            "name": each.file.rpartition("/")[2].removesuffix(".py"),
            "start_time": iso(each.start),
            "end_time": iso(each.end),
            "provided_model_name": each.model,
            "model_parameters": json.dumps({"max_tokens": each.request.get("max_tokens")}),
            "input": json.dumps({name: value for name, value in each.request.items() if name in ("system", "messages", "tools")}),
            "output": each.answer,
            "usage_details": json.dumps(
                {
                    "input": each.tokens.input,
                    "cache_read_input_tokens": each.tokens.read,
                    "cache_creation_input_tokens": each.tokens.write,
                    "output": each.tokens.output,
                    "total": each.tokens.prompt + each.tokens.output,
                }
            ),
            "total_cost": each.dollars,
        }
        for each in traffic
    ]


def langfuse(path: Path, traffic: Sequence[Exchange]) -> None:
    _csv(path, langfuse_rows(traffic))


def langfuse_parquet(path: Path, traffic: Sequence[Exchange]) -> None:
    _parquet(path, langfuse_rows(traffic))


def helicone(path: Path, traffic: Sequence[Exchange]) -> None:
    _lines(
        path,
        (
            {
                "request_id": each.id,
                "request_created_at": iso(each.start),
                "request_path": "/v1/messages",
                "request_body": dict(each.request),
                "request_model": each.model,
                "provider": each.vendor.upper(),
                "delay_ms": round((each.end - each.start) * 1000),
                "prompt_tokens": each.tokens.prompt if each.vendor == "openai" else each.tokens.input,
                "prompt_cache_read_tokens": each.tokens.read,
                "prompt_cache_write_tokens": each.tokens.write,
                "completion_tokens": each.tokens.output,
                "costUSD": each.dollars,
            }
            for each in traffic
        ),
    )


def opentelemetry(path: Path, traffic: Sequence[Exchange]) -> None:
    """OTLP JSON with code locations and without content, both spellings of cache writes."""
    lines = []
    for number, each in enumerate(traffic):
        written = "cache_write" if number % 2 else "cache_creation"
        values: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": each.vendor,
            "gen_ai.request.model": each.model,
            "gen_ai.request.max_tokens": each.request.get("max_tokens"),
            "gen_ai.usage.input_tokens": each.tokens.prompt,
            "gen_ai.usage.output_tokens": each.tokens.output,
            "gen_ai.usage.cache_read.input_tokens": each.tokens.read,
            f"gen_ai.usage.{written}.input_tokens": each.tokens.write,
            "gen_ai.input.messages": json.dumps(each.request.get("messages", [])),
            "gen_ai.system_instructions": json.dumps(each.request["system"]) if each.request.get("system") else None,
            "gen_ai.tool.definitions": json.dumps(each.request["tools"]) if each.request.get("tools") else None,
            "code.file.path": f"/srv/app/{each.file}",
        }
        attributes = [
            {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
            for key, value in values.items()
            if value is not None
        ]
        span = {
            "traceId": f"{number:032x}",
            "spanId": f"{number:016x}",
            "name": "chat",
            "startTimeUnixNano": str(round(each.start * 1e9)),
            "endTimeUnixNano": str(round(each.end * 1e9)),
            "attributes": attributes,
        }
        lines.append(
            {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {"name": "app"}, "spans": [span]}]}]}
        )
    _lines(path, lines)


def langsmith(path: Path, traffic: Sequence[Exchange]) -> None:
    _lines(
        path,
        (
            {
                "id": each.id,
                "run_type": "llm",
                "name": "ChatModel",
                "start_time": iso(each.start),
                "end_time": iso(each.end),
                "inputs": {
                    "messages": [
                        *([{"role": "system", "content": each.request["system"]}] if each.request.get("system") else []),
                        *each.request.get("messages", []),
                    ]
                },
                "extra": {
                    "metadata": {
                        "ls_model_name": each.model,
                        "ls_provider": each.vendor,
                        "ls_max_tokens": each.request.get("max_tokens"),
                    },
                    "invocation_params": {"tools": each.request.get("tools")},
                },
                "prompt_tokens": each.tokens.prompt,
                "completion_tokens": each.tokens.output,
                "prompt_token_details": {"cache_read": each.tokens.read, "cache_creation": each.tokens.write},
                "total_cost": each.dollars,
                "trace_id": f"trace-{each.id}",
            }
            for each in traffic
        ),
    )


def braintrust(path: Path, traffic: Sequence[Exchange]) -> None:
    _lines(
        path,
        (
            {
                "id": each.id,
                "span_id": each.id,
                "root_span_id": f"root-{each.id}",
                "created": iso(each.start),
                "span_attributes": {"type": "llm", "name": "Messages"},
                "metrics": {
                    "start": each.start,
                    "end": each.end,
                    "prompt_tokens": each.tokens.prompt,
                    "prompt_cached_tokens": each.tokens.read,
                    "prompt_cache_creation_tokens": each.tokens.write,
                    "completion_tokens": each.tokens.output,
                },
                "input": {name: value for name, value in each.request.items() if name in ("system", "messages")},
                "metadata": {
                    "model": each.model,
                    "max_tokens": each.request.get("max_tokens"),
                    "tools": each.request.get("tools"),
                },
                "context": {"caller_filename": f"/srv/app/{each.file}", "caller_functionname": "", "caller_lineno": None},
            }
            for each in traffic
        ),
    )


def bedrock(path: Path, traffic: Sequence[Exchange]) -> None:
    _lines(
        path,
        (
            {
                "schemaType": "ModelInvocationLog",
                "timestamp": iso(each.start),
                "requestId": each.id,
                "operation": "InvokeModel",
                "modelId": f"anthropic.{each.model}" if each.vendor == "anthropic" else each.model,
                "identity": {"arn": "arn:aws:sts::1:assumed-role/app/worker"},
                "input": {
                    "inputBodyJson": dict(each.request),
                    "inputTokenCount": each.tokens.input,
                    "cacheReadInputTokenCount": each.tokens.read,
                    "cacheWriteInputTokenCount": each.tokens.write,
                },
                "output": {"outputBodyJson": {}, "outputTokenCount": each.tokens.output},
            }
            for each in traffic
        ),
    )


def anthropic_console(path: Path, traffic: Sequence[Exchange]) -> None:
    """Usage by day and model, as the Console exports it."""
    days: dict[tuple[str, str], Tokens] = defaultdict(Tokens)
    for each in traffic:
        days[(iso(each.start)[:10], each.model)] += each.tokens
    _csv(
        path,
        [
            {
                "usage_date_utc": day,
                "model_version": model,
                "api_key": "production",
                "workspace": "Default",
                "usage_type": "message",
                "context_window": "≤ 200k",
                "usage_input_tokens_no_cache": tokens.input,
                "usage_input_tokens_cache_write_5m": tokens.write_5m,
                "usage_input_tokens_cache_write_1h": tokens.write_1h,
                "usage_input_tokens_cache_read": tokens.read,
                "usage_output_tokens": tokens.output,
                "web_search_count": 0,
                "inference_geo": "global",
                "speed": "standard",
            }
            for (day, model), tokens in sorted(days.items())
        ],
    )


def anthropic_api(path: Path, traffic: Sequence[Exchange]) -> None:
    """The usage report of the Analytics API, one bucket for each model."""
    models: dict[str, tuple[Tokens, int]] = defaultdict(lambda: (Tokens(), 0))
    for each in traffic:
        tokens, requests = models[each.model]
        models[each.model] = tokens + each.tokens, requests + 1
    first, last = min(each.start for each in traffic), max(each.end for each in traffic)
    rows = [
        {
            "starting_at": iso(first),
            "ending_at": iso(last),
            "group": {"model": model},
            "usage": {
                "uncached_input_tokens": tokens.input,
                "cache_read_input_tokens": tokens.read,
                "cache_creation": {"ephemeral_5m_input_tokens": tokens.write_5m, "ephemeral_1h_input_tokens": tokens.write_1h},
                "output_tokens": tokens.output,
                "requests": requests,
            },
        }
        for model, (tokens, requests) in sorted(models.items())
    ]
    path.write_text(json.dumps({"data": rows, "has_more": False}), encoding="utf-8")


def openai_api(path: Path, traffic: Sequence[Exchange]) -> None:
    """The usage report of OpenAI, with all models in it: whether input includes cached tokens is what matters here."""
    models: dict[str, tuple[Tokens, int]] = defaultdict(lambda: (Tokens(), 0))
    for each in traffic:
        tokens, requests = models[each.model]
        models[each.model] = tokens + each.tokens, requests + 1
    results = [
        {
            "object": "organization.usage.completions.result",
            "model": model,
            "input_tokens": tokens.prompt,
            "input_cached_tokens": tokens.read,
            "input_cache_write_tokens": tokens.write,
            "output_tokens": tokens.output,
            "num_model_requests": requests,
            "batch": False,
        }
        for model, (tokens, requests) in sorted(models.items())
    ]
    start = min(each.start for each in traffic)
    bucket = {"object": "bucket", "start_time": int(start), "end_time": int(start) + 86_400, "results": results}
    path.write_text(json.dumps({"object": "page", "data": [bucket]}), encoding="utf-8")


def _content(content: Any) -> dict[str, Any]:
    """The content of a message as OpenInference has it: a text, or a list of contents, whose blocks that are no text become JSON."""
    if isinstance(content, str):
        return {"message.content": content}
    return {
        "message.contents": [
            {
                "message_content": {
                    "message_content.type": "text",
                    "message_content.text": block["text"] if block.get("type") == "text" else json.dumps(block),
                }
            }
            for block in content or []
        ]
    }


def openinference(path: Path, traffic: Sequence[Exchange]) -> None:
    """The columns of Phoenix's `spans.to_parquet()`, with a span of a chain around each call."""
    rows: list[dict[str, Any]] = []
    for each in traffic:
        system = each.request.get("system")
        messages = [*([{"role": "system", "content": system}] if system else []), *each.request["messages"]]
        times = {"start_time": iso(each.start), "end_time": iso(each.end), "context.trace_id": f"trace-{each.id}"}
        rows += [
            {**times, "name": "chain", "context.span_id": f"chain-{each.id}", "attributes.openinference.span.kind": "CHAIN"},
            {
                **times,
                "name": "llm",
                "context.span_id": each.id,
                "attributes.openinference.span.kind": "LLM",
                "attributes.llm.model_name": each.model,
                "attributes.llm.invocation_parameters": json.dumps({"max_tokens": each.request.get("max_tokens")}),
                "attributes.llm.token_count.prompt": each.tokens.prompt,
                "attributes.llm.token_count.completion": each.tokens.output,
                "attributes.llm.token_count.prompt_details.cache_read": each.tokens.read,
                "attributes.llm.token_count.prompt_details.cache_write": each.tokens.write,
                "attributes.llm.input_messages": json.dumps(
                    [{"message.role": message["role"], **_content(message.get("content"))} for message in messages]
                ),
                "attributes.llm.tools": json.dumps(
                    [{"tool.json_schema": json.dumps(tool)} for tool in each.request.get("tools") or []]
                ),
            },
        ]
    _parquet(path, rows)


def cloudflare(path: Path, traffic: Sequence[Exchange]) -> None:
    """The gateway's logs, which count no cached tokens; the amounts are its own."""
    _lines(
        path,
        (
            {
                "id": each.id,
                "created_at": iso(each.start),
                "provider": each.vendor,
                "model": each.model,
                "tokens_in": each.tokens.prompt,
                "tokens_out": each.tokens.output,
                "cost": each.dollars,
                "cached": False,
                "duration": round((each.end - each.start) * 1000),
                "success": True,
            }
            for each in traffic
        ),
    )


def claude_code(path: Path, traffic: Sequence[Exchange]) -> None:
    """Transcripts, in which each request has several lines, and only the last one its whole usage."""
    records: list[dict[str, Any]] = [{"type": "summary", "summary": "A day", "leafUuid": "leaf"}]
    for each in traffic:
        line = {"type": "assistant", "sessionId": "session", "timestamp": iso(each.start), "cwd": "/src", "requestId": each.id}
        whole = usage(each._replace(vendor="anthropic"))
        for output in (1, each.tokens.output):
            message = {"id": f"msg-{each.id}", "model": each.model, "usage": {**whole, "output_tokens": output}}
            records.append({**line, "message": message})
    _lines(path, records)


def anthropic_cost(path: Path, traffic: Sequence[Exchange]) -> None:
    """Dollars by day, model and kind of token, as the Console exports them; the kinds share the dollars by their tokens."""
    days: dict[tuple[str, str], tuple[Tokens, float]] = defaultdict(lambda: (Tokens(), 0.0))
    for each in traffic:
        tokens, dollars = days[(iso(each.start)[:10], each.model)]
        days[(iso(each.start)[:10], each.model)] = tokens + each.tokens, dollars + each.dollars
    rows = []
    for (day, model), (tokens, dollars) in sorted(days.items()):
        kinds = {
            "input_no_cache": tokens.input,
            "input_cache_read": tokens.read,
            "input_cache_write_5m": tokens.write_5m,
            "input_cache_write_1h": tokens.write_1h,
            "output": tokens.output,
        }
        for kind, count in kinds.items():
            cost = dollars * count / (tokens.prompt + tokens.output)
            rows.append(
                {
                    "usage_date_utc": day,
                    "model": model.replace("-", " ").title(),
                    "workspace": "Default",
                    "api_key": "production",
                    "usage_type": "message",
                    "context_window": "≤ 200k",
                    "token_type": kind,
                    "cost_usd": f"{cost:.8f}",
                    "list_price_usd": f"{cost:.8f}",
                    "cost_type": "token_usage",
                    "inference_geo": "global",
                    "speed": "standard",
                }
            )
    _csv(path, rows)


def cost_and_usage(path: Path, traffic: Sequence[Exchange]) -> None:
    """AWS's report by model and kind of token, as if all models were Bedrock's, with a line of another service in it."""
    models: dict[str, tuple[Tokens, float]] = defaultdict(lambda: (Tokens(), 0.0))
    for each in traffic:
        tokens, dollars = models[each.model]
        models[each.model] = tokens + each.tokens, dollars + each.dollars
    day = iso(min(each.start for each in traffic))[:10]
    rows = []
    for model, (tokens, dollars) in sorted(models.items()):
        kinds = {
            "input-tokens": tokens.input,
            "output-tokens": tokens.output,
            "cache-read-input-token-count": tokens.read,
            "cache-write-input-token-count": tokens.write,
        }
        for kind, count in kinds.items():
            rows.append(
                {
                    "line_item_product_code": "AmazonBedrock",
                    "line_item_usage_type": f"USE1-{model}-{kind}",
                    "line_item_usage_start_date": f"{day}T00:00:00Z",
                    "line_item_usage_end_date": f"{day}T23:59:59Z",
                    "line_item_usage_amount": count / 1000,
                    "line_item_unblended_cost": f"{dollars * count / (tokens.prompt + tokens.output):.10f}",
                    "line_item_usage_account_id": "111122223333",
                    "pricing_unit": "1K tokens",
                }
            )
    rows.append({**rows[0], "line_item_product_code": "AmazonS3", "line_item_usage_type": "TimedStorage-ByteHrs"})
    _csv(path, rows)


WITH_PROMPTS: dict[str, Callable[[Path, Sequence[Exchange]], None]] = {
    "exchanges.jsonl": exchanges,
    "litellm.jsonl": litellm,
    "langfuse.csv": langfuse,
    "langfuse.parquet": langfuse_parquet,
    "helicone.jsonl": helicone,
    "opentelemetry.jsonl": opentelemetry,
    "langsmith.jsonl": langsmith,
    "braintrust.jsonl": braintrust,
    "bedrock.jsonl": bedrock,
    "openinference.parquet": openinference,
}
SUMS: dict[str, Callable[[Path, Sequence[Exchange]], None]] = {
    "anthropic_console.csv": anthropic_console,
    "anthropic_api.json": anthropic_api,
    "openai_api.json": openai_api,
    "anthropic_cost.csv": anthropic_cost,
    "cost_and_usage.csv": cost_and_usage,
    "cloudflare.jsonl": cloudflare,
    "claude_code.jsonl": claude_code,
}
