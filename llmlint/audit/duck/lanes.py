"""SQL for lines of the most common shapes, for which adapters in Python are too slow. Each lane is the SQL of one format in `formats`.

A lane takes a line only where every field has the plain type that its SQL can read; all other lines go to the adapter of the format, so
that both give the same rows. tests/audit/test_duck.py holds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from llmlint.audit.duck.extraction import Extraction, Shape
from llmlint.audit.duck.store import COLUMNS, quoted
from llmlint.audit.join import Join

# What adapters read of a record besides the fields of the lane, and what makes it a record of another format.
_OTHERS = frozenset(
    (
        "request_body", "params", "kwargs", "input", "body", "response_body", "result", "output", "completion", "message", "messages", "system",
        "usage", "custom_id", "code", "attributes", "code.filepath", "code.function", "code.lineno", "caller_filename", "caller_functionname",
        "caller_lineno", "data", "results", "starting_at", "schemaType", "modelId", "startTime", "usage_details", "usageDetails", "run_type",
        "request_created_at", "metrics", "span_attributes", "resourceSpans", "resource_spans", "tokens_in", "sessionId", "num_model_requests",
        "line_item_usage_type", "usage_date_utc", "result.message", "response.body", "request.body",
    )
)  # fmt: skip
_PARAMETERS = frozenset(
    (
        "tools", "functions", "tool_definitions", "input", "prompt", "contents", "inputText", "instructions", "toolConfig",
        "system_instructions", "system_prompt", "body",
    )
)  # fmt: skip
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_TEXTS = '["VARCHAR"]'
_OBJECT = ("NULL", "OBJECT")
_ROLES = "((system|developer),)*(user|assistant)(,(user|assistant|system|developer))*"


@dataclass(frozen=True)
class Lane:
    """The SQL of one format for files of one shape: expressions by column over `v` and `t`, and the conditions under which they hold."""

    values: Mapping[str, str]
    guards: Sequence[str]
    fields: Extraction
    prompt: tuple[str, str] | None = None
    """The paths of the system prompt and the messages of requests whose prompts the lane reads."""


def _exchanges(f: Extraction) -> Lane | None:
    usage = "response.usage"
    f.leave("", lambda name: name in _OTHERS or "llm." in name or name.startswith("attributes."))
    f.leave("request", _PARAMETERS.__contains__)
    f.leave("response", "body".__eq__)
    f.leave("metadata", lambda name: name.startswith(("code", "caller_", "attributes")))
    if not all(map(f.has, ("request", "response", usage))):
        return None
    for each in ("request", "response", usage):
        f.require(each, ("OBJECT",))
        f.close(each)
    if f.has("metadata"):
        f.require("metadata", _OBJECT)
        f.close("metadata")
    start = f.first("moment", "start_time", "started_at", "start", "timestamp", "time", "ts", "created_at", "date")
    end = f.first("moment", "end_time", "ended_at", "end", "finished_at", "completed_at")
    seconds = f.first("number", "duration", "latency", "elapsed", "duration_s")
    milliseconds = f.first("number", "duration_ms", "latency_ms", "elapsed_ms", "delay_ms")
    details = [f"{usage}.prompt_tokens_details", f"{usage}.input_tokens_details"]
    marks = [f"{f.type(each)} = 'OBJECT'" for each in details] + [f"{f.type(f'{usage}.prompt_tokens')} <> 'NULL'"]
    is_openai = f"({' OR '.join(marks)})"
    read = f.first("count", *(f"{name}.cached_tokens" for name in details))
    written = f.first(
        "count", *(f"{name}.{each}" for name in details for each in ("cache_write_tokens", "cache_creation_tokens"))
    )
    total = f.first("count", f"{usage}.prompt_tokens", f"{usage}.input_tokens")
    given = f.first("count", f"{usage}.input_tokens")
    output = f.first("count", f"{usage}.output_tokens", f"{usage}.completion_tokens")
    own_read = f.first("count", f"{usage}.cache_read_input_tokens")
    own_written = f.first("count", f"{usage}.cache_creation_input_tokens")
    short, long = (f.first("count", f"{usage}.cache_creation.ephemeral_{name}_input_tokens") for name in ("5m", "1h"))
    path, function = f.first("text", '"code.file.path"'), f.first("text", '"code.function.name"')
    line = f.first("count", '"code.line.number"')
    ends = f"CAST({seconds} AS DOUBLE), CAST({milliseconds} AS DOUBLE) / 1000"
    values = {
        "start": f"moment_of({start})",
        "stop": f"coalesce(moment_of({end}), moment_of({start}) + coalesce({ends}))",
        "model": f"coalesce({f.first('text', 'response.model', 'request.model', 'model')}, '')",
        "tier": f"tier_of({f.first('text', f'{usage}.service_tier', 'response.service_tier', 'service_tier')})",
        "input": f"CASE WHEN {is_openai} THEN uncached(count_of({total}), count_of({read}) + count_of({written})) ELSE count_of({given}) END",
        "read": f"CASE WHEN {is_openai} THEN count_of({read}) ELSE count_of({own_read}) END",
        "write_5m": f"CASE WHEN {is_openai} THEN count_of({written}) ELSE {_short(short, own_written, long)} END",
        "write_1h": f"CASE WHEN {is_openai} THEN 0 ELSE count_of({long}) END",
        "output": f"count_of({output})",
        "billed": f"money_of({f.first('number', 'cost', 'cost_usd', 'total_cost', 'price')})",
        "endpoint": f.first("text", "endpoint", "name", "span_name", "operation", "route", "path", "url", "tag", "feature"),
        "key": f.first("text", "api_key", "key", "workspace", "team"),
        "path": path,
        # A path or a function alone is a location too, a line alone is none.
        "line": f"CASE WHEN {path} IS NOT NULL OR {function} IS NOT NULL THEN nullif(count_of({line}), 0) END",
        "function": function,
        "max_tokens": f"nullif(count_of({f.first('count', *(f'request.{each}' for each in _LIMITS))}), 0)",
        "id": f.first("text", "request_id", "id", "response.id"),
    }
    guards = [f"{start} IS NOT NULL", f"({total} IS NOT NULL OR {output} IS NOT NULL)"]
    return Lane(values, guards, f, ("request.system", "request.messages"))


def _litellm(f: Extraction) -> Lane | None:
    usages = ("metadata.usage_object", "metadata.additional_usage_values")
    if f.shape[""] & {"modelId", "starting_at", "results", "data", "schemaType"} or not (
        f.has("prompt_tokens") and f.has("startTime")
    ):
        return None
    f.require("prompt_tokens", ("UBIGINT",))
    for each in filter(f.has, usages):
        f.require(each, _OBJECT)
        for name in ("cache_creation_token_details", "cache_creation_tokens"):
            if f.has(detail := f"{each}.prompt_tokens_details.{name}"):
                f.require(detail, ("NULL",))
        f.close(f"{each}.prompt_tokens_details")

    def usage(*names: str) -> str:
        return f.first("count", *(f"{each}.{name}" for name in names for each in usages))

    start = f.first("moment", "startTime")
    read = usage("cache_read_input_tokens", "prompt_tokens_details.cached_tokens")
    short, long = (usage(f"cache_creation.ephemeral_{name}_input_tokens") for name in ("5m", "1h"))
    written = _short(short, usage("cache_creation_input_tokens"), long)
    tags = f.raw("request_tags")
    kept = f"list_filter(CAST(CAST({tags} AS JSON) AS VARCHAR[]), lambda each: NOT starts_with(each, 'User-Agent'))"
    tagged = f"CASE WHEN NOT {f.is_empty('request_tags')} THEN array_to_string({kept}, ', ') END"
    values = {
        "start": f"moment_of({start})",
        "stop": f"moment_of({f.first('moment', 'endTime')})",
        "model": f"coalesce({f.first('text', 'model', 'model_group')}, '')",
        "tier": f"tier_of({f.first('text', 'metadata.service_tier')})",
        "input": f"uncached(count_of({f.first('count', 'prompt_tokens')}), count_of({read}) + {written} + count_of({long}))",
        "read": f"count_of({read})",
        "write_5m": written,
        "write_1h": f"count_of({long})",
        "output": f"count_of({f.first('count', 'completion_tokens')})",
        "billed": f"money_of({f.first('number', 'spend', 'response_cost')})",
        "endpoint": f"coalesce(nullif({tagged}, ''), {f.first('text', 'model_group')})",
        "key": f.first("text", "api_key", "metadata.user_api_key_hash"),
        "id": f.first("text", "request_id", "id"),
        "has_cache_columns": " OR ".join(f"({f.type(each)} = 'OBJECT' AND {f.raw(each)} <> '{{}}')" for each in usages),
    }
    failed = (
        f"lower(coalesce({f.raw('status')}, '')) IN ('failure', 'error') OR lower(coalesce({f.raw('cache_hit')}, '')) = 'true'"
    )
    guards = [
        f"{start} IS NOT NULL",
        f"({f.type('spend')} <> 'NULL' OR {f.type('response_cost')} <> 'NULL')",
        f"NOT ({failed} OR contains(coalesce({f.raw('call_type')}, ''), 'embedding'))",
        *(f.is_empty(name) for name in ("messages", "proxy_server_request", "model_parameters")),
        f"({f.type('metadata')} = 'OBJECT' OR {f.is_empty('metadata')})",
        # The adapter reads the first that is there.
        f"({f.type(usages[0])} = 'NULL' OR {f.type(usages[1])} = 'NULL')",
        f"CASE WHEN {f.is_empty('request_tags')} THEN true ELSE json_structure({tags}) = {quoted(_TEXTS)} END",
    ]
    return Lane(values, guards, f)


def _short(short: str, written: str, long: str) -> str:
    """Writes of five minutes, where there may be only the sum of all writes."""
    return f"CASE WHEN count_of({short}) > 0 THEN count_of({short}) ELSE greatest(0, count_of({written}) - count_of({long})) END"


LANES: Mapping[str, Callable[[Extraction], Lane | None]] = {"exchanges": _exchanges, "litellm": _litellm}
"""By the names of formats."""


def lane_of(name: str, shape: Shape) -> Lane | None:
    """The lane of a format for records of a shape; None where there is none."""
    return LANES[name](Extraction(shape)) if name in LANES else None


def insertion(name: str, lane: Lane, source: str, file: int, join: Join, signatures: Iterable[str] = ()) -> str:
    """The SQL that reads all lines of a source of JSON objects. What the lane cannot take has its text in the column `slow`; lines that are no
    JSON have an empty text there. `signatures`: `Extraction.conditions`."""
    fields = lane.fields
    values = {
        "file": str(file),
        "calls": "1",
        "has_prompt": "false",
        "is_bucket": "false",
        "is_cost_only": "false",
        "has_cache_columns": "true",
        "format": quoted(name),
        "prefix": "NULL",
        **lane.values,
    }
    prompt = [fields.raw(path) for path in lane.prompt or ()]
    kind = fields.type(lane.prompt[0]) if lane.prompt is not None else ""
    guards = " AND ".join([*fields.conditions(signatures), *lane.guards])
    values_at, types_at, keys_at = fields.extracted
    numbers = ("input", "read", "write_5m", "write_1h", "output", "start", "stop")
    steps = [
        f"lines AS (SELECT json, {values_at} AS v, {types_at} AS t, {keys_at} AS k FROM {source})",
        f"plain AS (SELECT json, v, t, json IS NOT NULL AND coalesce({guards}, false) AS is_plain FROM lines)",
        f"counted AS (SELECT *, {', '.join(f'CASE WHEN is_plain THEN {values[each]} END AS {each}' for each in numbers)} FROM plain)",
    ]
    values |= {each: each for each in numbers}
    last = "counted"
    if prompt:
        steps += _prompts(kind, prompt[0], prompt[1], join)
        last = "measured"
        values |= {
            "has_prompt": "true",
            "texts": "texts",
            "system": "nullif(prefix, '')",
            "prefix": "prefix",
            "chain": "CASE WHEN len(digests) = 1 THEN [left(sha256(digests[1]), 16)] ELSE "
            "list_transform(range(1, len(digests) + 1), lambda n: left(sha256(array_to_string(digests[1:n], '')), 16)) END",
            "tools_chars": "0",
            "chars": "chars",
            "prefix_tokens": "CASE WHEN chars > 0 THEN sent * length(system) // chars ELSE 0 END",
            "ends": "CASE WHEN chars = 0 THEN list_transform(lengths, lambda each: 0) WHEN len(lengths) = 1 THEN [sent] ELSE "
            "list_transform(range(1, len(lengths) + 1), lambda n: sent * CAST(length(system) + list_sum(lengths[1:n]) AS BIGINT) // chars) END",
        }
    chosen = ", ".join(
        f"CASE WHEN is_plain THEN CAST({values.get(column, 'NULL')} AS {kind}) END" for column, kind in COLUMNS.items()
    )
    return (
        f"INSERT INTO rows WITH {', '.join(steps)} "
        f"SELECT {chosen}, CASE WHEN NOT is_plain THEN coalesce(CAST(json AS VARCHAR), '') END FROM {last}"
    )


def _prompts(kind: str, system: str, messages: str, join: Join) -> list[str]:
    """Steps that read plain prompts: texts as strings (the system prompt, whose type is `kind`, also as blocks), and the usual roles."""
    shapes = ('[{"role":"VARCHAR","content":"VARCHAR"}]', '[{"content":"VARCHAR","role":"VARCHAR"}]')
    is_plain = f"json_structure(messages) IN ({', '.join(map(quoted, shapes))})"
    # Most requests are one question: these are recognised without parsing the messages again.
    question = r"""regexp_full_match(messages, '\[\{"role":"user","content":"([^"\\]|\\.)*"\}\]', 's')"""
    others = f"{is_plain} AND regexp_full_match(ordered, {quoted(_ROLES)}) AND list_count(contents) = len(roles)"
    conditions = []
    for number, text in enumerate(join.texts):
        place = "system" if text.of_system else "opening"
        start = f"starts_with(ltrim({place}, E' \\t\\r\\n'), {quoted(text.text)})"
        test = start if text.is_start else f"contains({place}, {quoted(text.text)})"
        conditions.append(f"CASE WHEN {test} THEN '{number}' END")
    texts = f"nullif(concat_ws(',', {', '.join(conditions)}), '')" if conditions else "NULL"
    blocks = (
        "list_transform(CAST(json_extract(given_system, '$[*].text') AS JSON[]), "
        "lambda each: CASE WHEN json_type(each) = 'VARCHAR' THEN each ->> '$' END)"
    )
    is_system = "each IN ('system', 'developer')"
    return [
        f"found AS (SELECT * EXCLUDE (v, t), v, CASE WHEN is_plain THEN {system} END AS given_system, {kind} AS kind, "
        f"CASE WHEN is_plain THEN {messages} END AS messages FROM counted)",
        f"asked AS (SELECT *, coalesce({question}, false) AS is_question FROM found)",
        "listed AS (SELECT *, CASE WHEN is_question THEN ['user'] ELSE json_extract_string(messages, '$[*].role') END AS roles, "
        "CASE WHEN is_question THEN [json_extract_string(messages, '$[0].content')] "
        "ELSE json_extract_string(messages, '$[*].content') END AS contents, "
        "CASE WHEN kind = 'VARCHAR' THEN given_system WHEN kind = 'ARRAY' AND json_array_length(given_system) > 0 "
        f"AND list_count({blocks}) = json_array_length(given_system) "
        f"THEN array_to_string(list_filter({blocks}, lambda each: each <> ''), E'\\n') END AS own_system FROM asked)",
        "ordered AS (SELECT *, CASE WHEN is_question THEN 'user' ELSE array_to_string(roles, ',') END AS ordered FROM listed)",
        f"checked AS (SELECT * REPLACE (is_plain AND (own_system IS NOT NULL OR kind = 'NULL') "
        f"AND CASE WHEN is_question THEN true ELSE coalesce({others}, false) END AS is_plain), "
        "CASE WHEN ordered[1] NOT IN ('s', 'd') THEN 0 "
        f"ELSE coalesce(list_position(list_transform(roles, lambda each: {is_system}), false), 1) - 1 END AS lead FROM ordered)",
        "split AS (SELECT *, CASE WHEN lead = 0 THEN coalesce(own_system, '') ELSE array_to_string(list_filter(list_concat("
        "[coalesce(own_system, '')], contents[1:lead]), lambda each: each <> ''), E'\\n') END AS system, "
        "CASE WHEN lead = 0 THEN contents ELSE contents[lead + 1:] END AS rest FROM checked)",
        "parts AS (SELECT *, rest[1] AS opening, CASE WHEN system = '' THEN '' ELSE digest_of(system) END AS prefix, "
        "CASE WHEN len(rest) = 1 THEN [digest_of(rest[1])] ELSE list_transform(rest, lambda each: digest_of(each)) END AS digests, "
        "CASE WHEN len(rest) = 1 THEN [length(rest[1])] ELSE list_transform(rest, lambda each: length(each)) END AS lengths, "
        '"input" + "read" + write_5m + write_1h AS sent FROM split)',
        f"measured AS (SELECT *, CAST(length(system) + list_sum(lengths) AS BIGINT) AS chars, {texts} AS texts FROM parts)",
    ]
