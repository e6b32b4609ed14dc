"""Model invocation logs of AWS Bedrock (S3 or CloudWatch, JSON lines)."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.audit.fields import Record, count, find, integer, moment, nested, text
from llmlint.audit.formats.base import Format
from llmlint.audit.prompts import prompt_of
from llmlint.audit.rows import Row, Tokens


def _matches(record: Record) -> bool:
    return record.get("schemaType") == "ModelInvocationLog" or ("modelId" in record and isinstance(record.get("input"), dict))


def _rows(record: Record) -> Iterator[Row]:
    sent, received = record.get("input") or {}, record.get("output") or {}
    body = nested(sent.get("inputBodyJson"))
    usage = find(nested(received.get("outputBodyJson")), "usage") or {}
    metadata = record.get("requestMetadata") or {}
    arn = text(find(record, "identity.arn")) or ""
    prompt = prompt_of(body) if body is not None else None
    yield Row(
        moment(record.get("timestamp")),
        text(record.get("modelId")) or "",
        Tokens(
            count(sent, "inputTokenCount"),
            count(sent, "cacheReadInputTokenCount"),
            count(sent, "cacheWriteInputTokenCount"),
            0,
            integer(find(received, "outputTokenCount") or find(usage, "output_tokens", "outputTokens")),
        ),
        endpoint=", ".join(f"{key}={value}" for key, value in sorted(metadata.items())) or arn.rpartition("/")[2] or None,
        key=arn or None,
        prompt=prompt,
        max_tokens=integer(find(body, "max_tokens", "inferenceConfig.maxTokens")) or None if isinstance(body, dict) else None,
        id=text(record.get("requestId")),
    )


FORMAT = Format("bedrock", "Bedrock invocation logs", _matches, _rows)
