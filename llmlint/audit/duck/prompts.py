"""Prompts of requests in SQL: those of plain shape, as `audit.prompts` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from llmlint.audit.duck.store import quoted
from llmlint.audit.join import Join

_ROLES = "((system|developer),)*(user|assistant)(,(user|assistant|system|developer))*"
_SHAPES = ('[{"role":"VARCHAR","content":"VARCHAR"}]', '[{"content":"VARCHAR","role":"VARCHAR"}]')
# Most requests are one question. These are recognised without parsing the messages again, and make no lists.
_BEFORE, _AFTER = '[{"role":"user","content":"', '"}]'
_QUESTION = r"""\[\{"role":"user","content":"(?:[^"\\]|\\.)*"\}\]"""

_VALUES = {
    "has_prompt": "true",
    "texts": "texts",
    "system": "nullif(prefix, '')",
    "prefix": "prefix",
    "chain": "CASE WHEN digests IS NULL OR len(digests) = 1 THEN digests ELSE list_transform(range(1, len(digests) + 1), "
    "lambda n: CASE WHEN n = 1 THEN digests[1] ELSE digest_of(array_to_string(digests[1:n], '')) END) END",
    "tools_chars": "0",
    "chars": "chars",
    "prefix_tokens": "CASE WHEN chars > 0 THEN sent * length(system) // chars ELSE 0 END",
    "ends": "CASE WHEN digests IS NULL THEN NULL WHEN question IS NOT NULL THEN [CASE WHEN chars = 0 THEN 0 ELSE sent END] "
    "WHEN chars = 0 THEN list_transform(lengths, lambda each: 0) "
    "ELSE list_transform(range(1, len(lengths) + 1), lambda n: sent * CAST(length(system) + list_sum(lengths[1:n]) AS BIGINT) // chars) END",
}


SYSTEMS = "known_systems"
"""A table of common system prompts and their digests, which are looked up: SHA-256 costs more."""


def prompt_steps(system: str, messages: str, join: Join, *, has_chains: bool) -> tuple[list[str], Mapping[str, str]]:
    """Steps from `guarded` to `measured` for a system prompt and messages as JSON, and the columns that they give. `is_plain_prompt` says whether
    these hold: the texts are strings (the system prompt may be blocks of text), and the roles are the usual ones. Single questions have a chain
    with `has_chains` only."""
    is_plain = f"json_structure(messages) IN ({', '.join(map(quoted, _SHAPES))})"
    others = (
        f"{is_plain} AND regexp_full_match(array_to_string(roles, ','), {quoted(_ROLES)}) AND list_count(contents) = len(roles)"
    )
    inner = f"substring(messages, {len(_BEFORE) + 1}, length(messages) - {len(_BEFORE) + len(_AFTER)})"
    question = (
        f"CASE WHEN starts_with(messages, {quoted(_BEFORE)}) AND ends_with(messages, {quoted(_AFTER)}) THEN "
        f"CASE WHEN NOT contains(messages, '\\') THEN CASE WHEN NOT contains({inner}, '\"') THEN {inner} END "
        f"WHEN regexp_full_match(messages, {quoted(_QUESTION)}, 's') THEN json_extract_string(messages, '$[0].content') END END"
    )
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
    own_chain = "[digest_of(question)]" if has_chains else "NULL"
    return [
        f"given AS (SELECT *, {system} AS given_system, {messages} AS messages FROM guarded)",
        f"asked AS (SELECT *, {question} AS question FROM given)",
        "listed AS (SELECT *, CASE WHEN question IS NULL THEN json_extract_string(messages, '$[*].role') END AS roles, "
        "CASE WHEN question IS NULL THEN json_extract_string(messages, '$[*].content') END AS contents, "
        "CASE WHEN given_system IS NULL THEN '' WHEN starts_with(given_system, '\"') THEN text_of(given_system) "
        f"WHEN starts_with(given_system, '[') AND json_array_length(given_system) > 0 AND list_count({blocks}) = json_array_length(given_system) "
        f"THEN array_to_string(list_filter({blocks}, lambda each: each <> ''), E'\\n') END AS own_system FROM asked)",
        # OR would compute both for all lines.
        f"checked AS (SELECT *, own_system IS NOT NULL AND CASE WHEN question IS NOT NULL THEN true ELSE coalesce({others}, false) END "
        "AS is_plain_prompt, "
        f"CASE WHEN question IS NOT NULL OR NOT coalesce(roles[1] IN ('system', 'developer'), false) THEN 0 "
        f"ELSE coalesce(list_position(list_transform(roles, lambda each: {is_system}), false), 1) - 1 END AS lead FROM listed)",
        "split AS (SELECT *, CASE WHEN lead = 0 THEN own_system ELSE array_to_string(list_filter(list_concat("
        "[own_system], contents[1:lead]), lambda each: each <> ''), E'\\n') END AS system, "
        "CASE WHEN lead = 0 THEN contents ELSE contents[lead + 1:] END AS rest FROM checked)",
        f"parts AS (SELECT split.*, coalesce(question, rest[1]) AS opening, "
        f"CASE WHEN system = '' THEN '' ELSE coalesce({SYSTEMS}.digest, digest_of(system)) END AS prefix, "
        f"CASE WHEN question IS NOT NULL THEN {own_chain} ELSE list_transform(rest, lambda each: digest_of(each)) END AS digests, "
        "CASE WHEN question IS NULL THEN list_transform(rest, lambda each: length(each)) END AS lengths, "
        '"input" + "read" + write_5m + write_1h AS sent '
        f"FROM split LEFT JOIN {SYSTEMS} ON system = {SYSTEMS}.text)",
        "measured AS (SELECT *, CAST(length(system) + CASE WHEN question IS NULL THEN list_sum(lengths) ELSE length(question) END AS BIGINT) "
        f"AS chars, {texts} AS texts FROM parts)",
    ], _VALUES
