"""SQL for lines of the most common shapes, for which adapters in Python are too slow. Each lane is the SQL of one format in `formats`.

A lane takes a line only where every field has the plain type that its SQL can read; all other lines go to the adapter of the format, so
that both give the same rows. tests/audit/test_duck.py holds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from llmlint.audit.duck.extraction import Extraction, Lines, Object, is_empty
from llmlint.audit.duck.prompts import prompt_steps
from llmlint.audit.duck.store import COLUMNS, quoted
from llmlint.audit.join import Join
from llmlint.sdks.shape import OUTPUT_LIMITS

# Names under which adapters look for a code location: `code.file.path` may be one key, or several inside of each other.
_LOCATIONS = (
    "code", "code.file", "code.line", "code.function", "code.filepath", "code.lineno", "caller_filename", "caller_functionname", "caller_lineno",
    "attributes", "attributes.code", "attributes.code.file", "attributes.code.function", "attributes.code.line", "attributes.code.file.path",
    "attributes.code.function.name", "attributes.code.line.number",
)  # fmt: skip
# What the adapter reads of a record besides the fields of the lane, and what makes it a record of another format.
_OTHERS = (
    "request_body", "params", "kwargs", "input", "body", "response_body", "result", "output", "completion", "message", "messages", "system",
    "usage", "custom_id", "data", "results", "starting_at", "schemaType", "modelId", "startTime", "usage_details", "usageDetails", "run_type",
    "request_created_at", "metrics", "span_attributes", "resourceSpans", "resource_spans", "tokens_in", "sessionId", "num_model_requests",
    "line_item_usage_type", "usage_date_utc", "result.message", "response.body", "request.body", "response.usage", "openinference.span.kind",
    "llm.token_count.prompt", "llm.token_count.completion",
)  # fmt: skip
_PARAMETERS = (
    "tools", "functions", "tool_definitions", "input", "prompt", "contents", "inputText", "instructions", "toolConfig",
    "system_instructions", "system_prompt", "body",
)  # fmt: skip
_LATEST = 100_000_000_000
_SHORT, _LONG = (f"ephemeral_{lifetime}_input_tokens" for lifetime in ("5m", "1h"))


@dataclass(frozen=True)
class Lane:
    """The SQL of one format: expressions by column, and the conditions under which they hold."""

    extraction: Extraction
    values: Mapping[str, str]
    guards: Sequence[str]
    prompt: tuple[str, str] | None = None
    """The system prompt and the messages of requests whose prompts the lane reads."""


def _exchanges(absent: Iterable[str]) -> Lane:
    f = Extraction(absent)
    line = f.line
    request, response = f.require(line, "request"), f.require(line, "response")
    usage = f.require(response, "usage")
    f.reserve(line, (*_OTHERS, *_LOCATIONS))
    f.reserve(request, _PARAMETERS)
    f.reserve(response, ("body",))
    f.reserve(f.optional(line, "metadata"), (*_LOCATIONS, "code.file.path", "code.function.name", "code.line.number"))
    f.reserve(usage, (f"cache_creation.{_SHORT}", f"cache_creation.{_LONG}"))

    def named(kind: str, *names: str) -> str:
        return f.first(kind, *map(line.field, names))

    start = named("moment", "start_time", "started_at", "start", "timestamp", "time", "ts", "created_at", "date")
    end = named("moment", "end_time", "ended_at", "end", "finished_at", "completed_at")
    seconds = named("number", "duration", "latency", "elapsed", "duration_s")
    milliseconds = named("number", "duration_ms", "latency_ms", "elapsed_ms", "delay_ms")
    counts, guards = _counts(f, usage)
    path, function = named("text", "code.file.path"), named("text", "code.function.name")
    tier = f.first("text", usage.field("service_tier"), response.field("service_tier"), line.field("service_tier"))
    model = f.first("text", response.field("model"), request.field("model"), line.field("model"))
    values = {
        "start": start,
        "stop": f"coalesce({end}, {start} + coalesce({seconds}, {milliseconds} / 1000))",
        "model": f"coalesce({model}, '')",
        "tier": f"tier_of({tier})",
        **counts,
        "billed": named("amount", "cost", "cost_usd", "total_cost", "price"),
        "endpoint": named("text", "endpoint", "name", "span_name", "operation", "route", "path", "url", "tag", "feature"),
        "key": named("text", "api_key", "key", "workspace", "team"),
        "path": path,
        # A path or a function alone is a location too, a line alone is none.
        "line": f"CASE WHEN coalesce({path}, {function}) IS NOT NULL THEN nullif({named('count', 'code.line.number')}, 0) END",
        "function": function,
        "max_tokens": f"nullif({f.first('count', *map(request.field, OUTPUT_LIMITS))}, 0)",
        "id": f.first("text", line.field("request_id"), line.field("id"), response.field("id")),
    }
    return Lane(f, values, guards, (request.json("system"), request.json("messages")))


def _counts(f: Extraction, usage: Object) -> tuple[dict[str, str], list[str]]:
    """The columns with numbers of tokens, of a `usage` in the form of OpenAI or of Anthropic, and the conditions under which they hold."""

    def used(*names: str) -> str:
        return f.first("count", *map(usage.field, names))

    names = ("prompt_tokens_details", "input_tokens_details")
    given = [usage.json(name) for name in names]
    details = [f.optional(usage, name) for name in names]
    is_openai = f"({usage.field('prompt_tokens')} IS NOT NULL OR coalesce({', '.join(given)}) IS NOT NULL)"
    read = f.first("count", *(each.field("cached_tokens") for each in details))
    written = f.first(
        "count", *(each.field(name) for each in details for name in ("cache_write_tokens", "cache_creation_tokens"))
    )
    total, own = used("prompt_tokens", "input_tokens"), used("input_tokens")
    output = used("output_tokens", "completion_tokens")
    own_read, own_written = used("cache_read_input_tokens"), used("cache_creation_input_tokens")
    creation = f.optional(usage, "cache_creation")
    short, long = (f.first("count", creation.field(name)) for name in (_SHORT, _LONG))
    counts = {
        "input": f"CASE WHEN {is_openai} THEN uncached(or_zero({total}), or_zero({read}) + or_zero({written})) ELSE or_zero({own}) END",
        "read": f"CASE WHEN {is_openai} THEN or_zero({read}) ELSE or_zero({own_read}) END",
        "write_5m": f"CASE WHEN {is_openai} THEN or_zero({written}) ELSE {_short(short, own_written, long)} END",
        "write_1h": f"CASE WHEN {is_openai} THEN 0 ELSE or_zero({long}) END",
        "output": f"or_zero({output})",
    }
    return counts, [f"({total} IS NOT NULL OR {output} IS NOT NULL)", f"({given[0]} IS NULL OR {given[1]} IS NULL)"]


def _litellm(absent: Iterable[str]) -> Lane:
    f = Extraction(absent)
    line = f.line
    f.reserve(line, ("modelId", "starting_at", "results", "data", "schemaType", "metadata.user_api_key_hash"))
    metadata = f.optional(line, "metadata")
    names = ("usage_object", "additional_usage_values")
    given = [metadata.json(name) for name in names]
    usages = [f.optional(metadata, name) for name in names]
    details = [f.optional(each, "prompt_tokens_details") for each in usages]
    creations = [f.optional(each, "cache_creation") for each in usages]
    for each, detail in zip(usages, details, strict=True):
        f.reserve(each, ("prompt_tokens_details.cached_tokens", f"cache_creation.{_SHORT}", f"cache_creation.{_LONG}"))
        f.reserve(detail, ("cache_creation_token_details", "cache_creation_tokens"))

    def named(kind: str, *names: str) -> str:
        return f.first(kind, *map(line.field, names))

    start = named("moment", "startTime")
    prompt_tokens = named("count", "prompt_tokens")
    read = f.first(
        "count", *(each.field("cache_read_input_tokens") for each in usages), *(each.field("cached_tokens") for each in details)
    )
    short, long = (f.first("count", *(each.field(name) for each in creations)) for name in (_SHORT, _LONG))
    written = _short(short, f.first("count", *(each.field("cache_creation_input_tokens") for each in usages)), long)
    tags = line.json("request_tags")
    # Most calls have one tag, which needs no parsing.
    is_one = f"regexp_full_match({tags}, {quoted(_ONE_TAG)})"
    all_tags = f"TRY_CAST(CASE WHEN starts_with({tags}, '[') THEN {tags} ELSE text_of({tags}) END AS JSON)"
    kept = (
        f"array_to_string(list_filter(TRY_CAST({all_tags} AS VARCHAR[]), lambda each: NOT starts_with(each, 'User-Agent')), ', ')"
    )
    tagged = f"CASE WHEN {is_empty(tags)} THEN NULL WHEN {is_one} THEN {tags}[3:-3] ELSE {kept} END"
    values = {
        "start": start,
        "stop": named("moment", "endTime"),
        "model": f"coalesce({named('text', 'model', 'model_group')}, '')",
        "tier": f"tier_of({f.first('text', metadata.field('service_tier'))})",
        "input": f"uncached(or_zero({prompt_tokens}), or_zero({read}) + {written} + or_zero({long}))",
        "read": f"or_zero({read})",
        "write_5m": written,
        "write_1h": f"or_zero({long})",
        "output": f"or_zero({named('count', 'completion_tokens')})",
        "billed": named("amount", "spend", "response_cost"),
        "endpoint": f"coalesce(nullif({tagged}, ''), {named('text', 'model_group')})",
        "key": f.first("text", line.field("api_key"), metadata.field("user_api_key_hash")),
        "id": named("text", "request_id", "id"),
        "has_cache_columns": f"coalesce(nullif({given[0]}, '{{}}'), nullif({given[1]}, '{{}}')) IS NOT NULL",
    }
    flags = [f"lower({line.field(name)})" for name in ("status", "cache_hit")]
    is_call = f"coalesce({flags[0]}, '') NOT IN ('failure', 'error') AND coalesce({flags[1]}, '') <> 'true'"
    guards = [
        f"{prompt_tokens} IS NOT NULL",
        f"coalesce({line.field('spend')}, {line.field('response_cost')}) IS NOT NULL",
        f"{is_call} AND NOT contains(coalesce({line.field('call_type')}, ''), 'embedding')",
        *(is_empty(line.json(name)) for name in ("messages", "proxy_server_request", "model_parameters")),
        # The adapter reads the first that is there.
        f"({given[0]} IS NULL OR {given[1]} IS NULL)",
        f"CASE WHEN {is_empty(tags)} OR {is_one} THEN true ELSE json_structure({all_tags}) = '[\"VARCHAR\"]' END",
    ]
    return Lane(f, values, guards)


_ONE_TAG = r'\["(?:[^"\\U][^"\\]*)?"\]'
"""One tag as JSON without escapes; `User-Agent: …` is none."""


def _short(short: str, written: str, long: str) -> str:
    """Writes of five minutes, where there may be only the sum of all writes."""
    return f"CASE WHEN or_zero({short}) > 0 THEN or_zero({short}) ELSE greatest(0, or_zero({written}) - or_zero({long})) END"


LANES: Mapping[str, Callable[[Iterable[str]], Lane]] = {"exchanges": _exchanges, "litellm": _litellm}
"""By the names of formats."""


def absent_names(name: str, sample: str) -> list[str]:
    """Of the names that the lane of a format looks for, those which a sample of a file does not have."""
    return [each for each in LANES[name](()).extraction.names() if f'"{each}"' not in sample]


def insertion(name: str, source: Lines | str, file: int, join: Join, absent: Iterable[str] = (), *, has_chains: bool) -> str:
    """The SQL that reads the lines of a file, or of a source of JSON objects. What the lane of a format cannot take has a text in the column `slow`
    and other columns that mean nothing. The text is the line where there is a source; else, and for lines that are no JSON, it is empty.
    Lines with one of the `absent` names are not taken, which makes it faster; `has_chains` as in `prompt_steps`."""
    steps, values = _judged(name, source, join, absent, has_chains=has_chains)
    values = {"file": str(file), "format": quoted(name), **values}
    chosen = ", ".join(f"CAST({values.get(column, 'NULL')} AS {kind}) AS {column}" for column, kind in COLUMNS.items())
    line = "''" if isinstance(source, Lines) else "coalesce(CAST(json AS VARCHAR), '')"
    return f"INSERT INTO rows WITH {steps} SELECT {chosen}, CASE WHEN NOT is_taken THEN {line} END FROM judged"


def left_out(name: str, source: str, join: Join, absent: Iterable[str]) -> str:
    """The SQL for the lines that an insertion does not take."""
    steps, _ = _judged(name, source, join, absent, has_chains=False)
    return f"WITH {steps} SELECT json FROM judged WHERE NOT is_taken"


def _judged(
    name: str, source: Lines | str, join: Join, absent: Iterable[str], *, has_chains: bool
) -> tuple[str, Mapping[str, str]]:
    """The steps of a query up to `judged`, where `is_taken` says whether the lane takes a line, and the columns of rows."""
    lane = LANES[name](absent)
    values = {
        "calls": "1",
        "has_prompt": "false",
        "is_bucket": "false",
        "is_cost_only": "false",
        "has_cache_columns": "true",
        **lane.values,
    }
    numbers = ("input", "read", "write_5m", "write_1h", "output", "start", "stop")
    steps = [
        *lane.extraction.steps(source),
        f"counted AS (SELECT *, {', '.join(f'{values[each]} AS {each}' for each in numbers)} FROM typed)",
    ]
    values |= {each: each for each in numbers}
    # The adapter looks elsewhere for a start that is missing or 0, and takes times out of range for damage.
    guards = ["start > 0", f"coalesce(stop, 0) BETWEEN 0 AND {_LATEST}", *lane.extraction.conditions, *lane.guards]
    # These come first, so that most fields need not be carried through the steps of prompts.
    steps.append(f"guarded AS (SELECT *, coalesce({' AND '.join(guards)}, false) AS is_plain FROM counted)")
    if lane.prompt is None:
        steps.append("judged AS (SELECT *, is_plain AS is_taken FROM guarded)")
    else:
        added, of_prompt = prompt_steps(*lane.prompt, join, has_chains=has_chains)
        values |= of_prompt
        steps += [*added, "judged AS (SELECT *, is_plain AND is_plain_prompt AS is_taken FROM measured)"]
    return ", ".join(steps), values
