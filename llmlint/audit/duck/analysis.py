"""What the rows of a store have to do with each other, in SQL: the definitions of `traffic` and `caching`, for as many rows as there are.

Tables that it makes: `calls` (single calls with prices and joins), `bursts` and `members`, `prefixes`, `replayed` (tokens with breakpoints, by call).
"""

from __future__ import annotations

import itertools
import json
import operator
import os
from collections.abc import Iterator, Sequence
from typing import Any

from llmlint.audit.caching import CACHED, KEYED, LATER, LIFETIMES, has_keys, replay
from llmlint.audit.duck.store import DIGITS, Store, quoted
from llmlint.audit.join import JoinKey
from llmlint.audit.prices import model_of, price
from llmlint.audit.rows import Location, Row, Tokens
from llmlint.audit.sites import Site
from llmlint.audit.traffic import GAP_SECONDS, MIN_BURST, Call

_TIERS = ("standard", "batch", "flex", "fast", "priority")
_KINDS_OF_TOKENS = ("input", "read", "write_5m", "write_1h", "output")
_PAGE = 10_000


def analyse(store: Store, sites: Sequence[Site]) -> Iterator[str]:
    """Make the tables of the analysis. Yields what comes next, for the display of progress."""
    yield "prices and call sites"
    _insert_models(store)
    _join(store, sites)
    yield "conversations"
    _find_conversations(store)
    yield "calls"
    _make_calls(store)
    yield "bulk runs"
    _find_bursts(store)
    yield "repeated prompts"
    _find_prefixes(store)


def _insert_models(store: Store) -> None:
    """The catalogue's prices of all models that occur, by tier: 1e-12 USD a token, NULL where there is none."""
    columns = ", ".join(f"{name} BIGINT" for name in _KINDS_OF_TOKENS)
    store.execute(
        "CREATE TABLE models (model VARCHAR, number INTEGER, id VARCHAR, is_premium BOOLEAN, is_anthropic BOOLEAN, has_keys BOOLEAN, minimum BIGINT)"
    )
    store.execute(f"CREATE TABLE prices (price INTEGER, number INTEGER, tier VARCHAR, {columns})")
    names = [name for (name,) in store.execute("SELECT DISTINCT model FROM rows").fetchall()]
    known = {name: model for name in names if name and (model := model_of(name)) is not None}
    numbers = {id: number for number, id in enumerate(dict.fromkeys(model.id for model in known.values()))}
    for name, model in known.items():
        is_anthropic = model.vendor == "anthropic"
        values = [name, numbers[model.id], model.id, model.tier == "premium", is_anthropic, has_keys(model), model.cache_minimum]
        store.execute("INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    for model in {model.id: model for model in known.values()}.values():
        for place, tier in enumerate(_TIERS):
            found = [price(model, Tokens()._replace(**{name: 1}), tier) for name in _KINDS_OF_TOKENS]
            number = numbers[model.id]
            units = [None if each is None else int(each.scaleb(DIGITS)) for each in found]
            store.execute(
                "INSERT INTO prices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [number * len(_TIERS) + place, number, tier, *units]
            )


_JOIN_COLUMNS = ("path", "line", "function", "texts", "prompt_name", "endpoint", "model", "max_tokens", "tools")


def _join(store: Store, sites: Sequence[Site]) -> None:
    """The call sites of each kind of row: `site` is the number of the only one, `matched` how many fit alike."""
    store.execute(
        "CREATE TABLE sites (site INTEGER, place VARCHAR, has_fan_out BOOLEAN, is_interactive BOOLEAN, is_concurrent BOOLEAN, "
        "is_simple BOOLEAN, is_premium BOOLEAN)"
    )
    store.execute(
        "CREATE TABLE joined (join_key UBIGINT, how VARCHAR, matched INTEGER, site INTEGER, static VARCHAR, static_chars BIGINT)"
    )
    if not sites:
        return
    numbers = {id(site): number for number, site in enumerate(sites)}
    for number, site in enumerate(sites):
        codes = site.codes
        has = [code in codes for code in ("LLM302", "LLM202", "LLM201")]
        store.execute(
            "INSERT INTO sites VALUES (?, ?, ?, ?, ?, ?, ?)",
            [number, site.place, site.has_fan_out, site.is_interactive, *has],
        )
    firsts = ", ".join(f"any_value({name})" for name in _JOIN_COLUMNS)
    found = store.connection.cursor().execute(
        f"SELECT hash({', '.join(_JOIN_COLUMNS)}) AS join_key, {firsts} FROM rows WHERE NOT is_bucket AND NOT is_cost_only GROUP BY join_key"
    )
    while page := found.fetchmany(_PAGE):
        lines = []
        for number, path, line, function, texts, prompt_name, endpoint, model, max_tokens, tools in page:
            location = Location(path, line, function) if path is not None or function is not None else None
            numbered = tuple(map(int, texts.split(","))) if texts else ()
            key = JoinKey(location, numbered, prompt_name, endpoint, model, max_tokens, tuple(tools.split(",")) if tools else ())
            how, matched = store.join.of(key)
            only = matched[0] if len(matched) == 1 else None
            static = store.join.static(key, only) if only is not None else None
            lines.append([number, how, len(matched), numbers[id(only)] if only is not None else None, *(static or (None, None))])
        _insert(store, "joined", ("join_key", "how", "matched", "site", "static", "static_chars"), lines)


def _insert(store: Store, table: str, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    """Insert many rows; much faster than one by one."""
    path = os.path.join(store.folder, "inserted.json")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(dict(zip(columns, line, strict=True))) + "\n" for line in lines)
    kinds = dict(
        store.execute(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = {quoted(table)}").fetchall()
    )
    written = ", ".join(f"{name}: {quoted(kinds[name])}" for name in columns)
    source = f"read_json({quoted(path)}, format = 'newline_delimited', columns = {{{written}}})"
    store.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM {source}")


def _find_conversations(store: Store) -> None:
    """`chats`: the calls whose messages continue those of another call with the same system prompt, and these others."""
    store.execute("CREATE TABLE chats (call BIGINT)")
    if (store.value("SELECT max(len(chain)) FROM rows") or 0) < 2:
        return
    start = "coalesce(start, 0)"
    store.execute(
        f"CREATE TEMP TABLE parts AS SELECT rowid AS call, {start} AS start, coalesce(prefix, '') AS prefix, "
        "unnest(chain[:-2]) AS digest, generate_subscripts(chain[:-2], 1) AS number FROM rows WHERE NOT is_bucket AND len(chain) > 1"
    )
    store.execute(
        f"CREATE TEMP TABLE lasts AS SELECT rowid AS call, {start} AS start, coalesce(prefix, '') AS prefix, chain[-1] AS digest FROM rows "
        "WHERE NOT is_bucket AND len(chain) > 0 AND chain[-1] IN (SELECT digest FROM parts)"
    )
    store.execute(
        "CREATE TEMP TABLE continued AS SELECT parts.call, parts.prefix, parts.digest, lasts.start FROM parts ASOF JOIN lasts "
        "ON parts.prefix = lasts.prefix AND parts.digest = lasts.digest AND parts.start >= lasts.start "
        "QUALIFY row_number() OVER (PARTITION BY parts.call ORDER BY parts.number DESC) = 1"
    )
    store.execute(
        "INSERT INTO chats SELECT call FROM continued UNION SELECT lasts.call FROM lasts SEMI JOIN continued USING (prefix, digest, start)"
    )
    for table in ("parts", "lasts", "continued"):
        store.execute(f"DROP TABLE {table}")


def _make_calls(store: Store) -> None:
    """`priced`: all rows with what they cost; `calls`: the single ones.

    `now` is what a call cost, `plain` what it would without any cache, `as_batch` and `plain_batch` the same in a batch, in 1e-12 USD.
    `origin` tells one kind of call that may be in a bulk run from another, `prefix_group` stands for the model and what the request begins
    with (`Call.group`), `label` for model, endpoint and key.
    """
    output = "CASE WHEN r.output = 0 THEN 0 ELSE r.output * {}.output END"
    prompt = "(r.input + r.read + r.write_5m + r.write_1h)"
    tokens = " + ".join(f"r.{name} * p.{name}" for name in _KINDS_OF_TOKENS[:-1])
    cost = f"CASE WHEN NOT is_cost_only THEN {tokens} + {output.format('p')} END"
    store.execute(
        f"CREATE VIEW priced AS SELECT r.*, r.rowid AS call, m.number, m.is_premium, m.minimum, p.price, {prompt} AS sent, {cost} AS cost, "
        f"coalesce(billed, {cost}) AS now, {prompt} * p.input + {output.format('p')} AS plain, "
        f"{tokens.replace('p.', 'b.')} + {output.format('b')} AS as_batch, {prompt} * b.input + {output.format('b')} AS plain_batch "
        "FROM rows r LEFT JOIN models m ON r.model = m.model LEFT JOIN prices p ON m.number = p.number AND r.tier = p.tier "
        "LEFT JOIN prices b ON m.number = b.number AND b.tier = 'batch'"
    )
    has_chats = bool(store.value("SELECT count(*) FROM chats"))
    has_sites = bool(store.value("SELECT count(*) FROM joined"))
    chat = "call IN (SELECT call FROM chats)" if has_chats else "false"
    key = ", ".join(f"priced.{name}" for name in _JOIN_COLUMNS)
    joined = f"LEFT JOIN joined j ON hash({key}) = j.join_key" if has_sites else ""
    columns = "j.site, j.matched, j.how" if has_sites else "CAST(NULL AS INTEGER) AS site, 0 AS matched, '' AS how"
    is_static = "j.static IS NOT NULL AND chars > 0"
    begun = f"WHEN {is_static} AND tools_digest IS NOT NULL THEN digest_of(concat(tools_digest, ' ', j.static)) WHEN {is_static} THEN j.static "
    prefix_tokens = (
        f"CASE WHEN {is_static} THEN sent * (tools_chars + j.static_chars) // chars ELSE prefix_tokens END AS prefix_tokens"
    )
    begun, prefix_tokens = (begun, prefix_tokens) if has_sites else ("", "prefix_tokens")
    origin = "CASE WHEN j.site IS NOT NULL THEN CAST(j.site AS UBIGINT) ELSE {} END" if has_sites else "{}"
    origin = origin.format("hash(priced.endpoint, priced.model, coalesce(prefix, ''), priced.max_tokens)")
    store.execute(
        f"""CREATE TABLE calls AS WITH located AS (
            SELECT call, coalesce(start, 0) AS start, greatest(coalesce(start, 0), coalesce(stop, 0)) AS stop, start IS NOT NULL AS has_start,
                stop IS NOT NULL AS has_stop, number, coalesce(priced.is_premium, false) AS is_premium, minimum, price, tier, "read",
                write_5m, write_1h, "output", coalesce(calls, 1) AS count, hash(priced.model, priced.endpoint, "key") AS label, has_prompt,
                {prefix_tokens}, sent, now, plain, as_batch, plain_batch, {chat} AS is_chat, {columns}, {origin} AS origin,
                CASE WHEN number IS NULL OR NOT has_prompt THEN NULL {begun}WHEN prefix <> '' THEN prefix WHEN {chat} THEN chain[1] END AS begun
            FROM priced {joined} WHERE NOT is_bucket AND NOT is_cost_only
        ) SELECT * REPLACE (CASE WHEN NOT is_chat AND has_start AND has_stop AND tier = 'standard' THEN origin END AS origin),
            CASE WHEN begun IS NOT NULL THEN hash(number, begun) END AS prefix_group FROM located"""
    )
    store.execute(
        'CREATE TABLE labels AS SELECT hash(model, endpoint, "key") AS label, any_value(model) AS model, any_value(endpoint) AS endpoint, '
        'any_value("key") AS "key" FROM rows GROUP BY label'
    )


def _find_bursts(store: Store) -> None:
    """`bursts`: runs of enough calls of one origin, where each starts at most so long after all earlier ones have ended. They are serial if most
    calls start when the one before has ended. `members`: their calls."""
    order = "PARTITION BY origin ORDER BY start, stop, call"
    # Only the columns that are needed: a window sorts all that it is given. Most calls are in no run, and are left out of the second one.
    store.execute(
        f"""CREATE TABLE runs AS WITH ordered AS (
            SELECT call, origin, start, stop, max(stop) OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_stop,
                lag(stop) OVER ({order}) AS previous_stop, lead(start) OVER ({order}) AS next_start FROM calls WHERE origin IS NOT NULL
        ), cut AS (
            SELECT *, coalesce(start - earlier_stop > {GAP_SECONDS}, true) AS is_first,
                coalesce(next_start - greatest(stop, earlier_stop) > {GAP_SECONDS}, true) AS is_last FROM ordered
        ) SELECT call, origin, NOT is_first AND start >= previous_stop AS follows,
            CAST(sum(CAST(is_first AS INTEGER)) OVER ({order} ROWS UNBOUNDED PRECEDING) AS INTEGER) AS run
        FROM cut WHERE NOT (is_first AND is_last)"""
    )
    store.execute(
        f"""CREATE TABLE members AS SELECT call, burst, kind FROM runs JOIN (
            SELECT origin, run, row_number() OVER () AS burst,
                CASE WHEN count(*) FILTER (follows) * 2 >= count(*) - 1 THEN 'serial' ELSE 'parallel' END AS kind
            FROM runs GROUP BY origin, run HAVING count(*) >= {MIN_BURST}
        ) USING (origin, run)"""
    )
    store.execute("DROP TABLE runs")
    store.execute(
        """CREATE TABLE bursts AS SELECT any_value(kind) AS kind, count(*) AS calls, min(start) AS start, sum(now) AS dollars,
            any_value(site) AS site, arg_min(label, start) AS label FROM members JOIN calls USING (call) GROUP BY burst"""
    )


def _find_prefixes(store: Store) -> None:
    """`prefixes`: what several calls of one model begin with, and what they would have cost with breakpoints of each lifetime."""
    store.execute(
        """CREATE TABLE groups AS SELECT g.*, m.is_anthropic AND g.minimum IS NOT NULL AND plain_calls = calls AS is_replayed,
            coalesce(m.has_keys AND g.minimum IS NOT NULL AND plain_calls = calls, false) AS is_keyed FROM (
            SELECT prefix_group, any_value(number) AS number, any_value(begun) AS begun, count(*) AS calls, count(plain) AS plain_calls,
                max(prefix_tokens) AS tokens, sum(now) AS now, sum(plain) AS plain, sum("read") AS "read", sum(sent) AS sent,
                sum("read" + write_5m + write_1h) AS cached, sum(prefix_tokens) AS whole, max(minimum) AS minimum, bool_or(is_chat) AS has_chat,
                max(write_5m + write_1h) > 0 AS has_writes, arg_min(site, start) FILTER (site IS NOT NULL) AS site
            FROM calls WHERE prefix_group IS NOT NULL AND now IS NOT NULL AND has_start GROUP BY prefix_group HAVING count(*) > 1
        ) g LEFT JOIN (SELECT number, any_value(is_anthropic) AS is_anthropic, any_value(has_keys) AS has_keys FROM models GROUP BY number) m
        USING (number)"""
    )
    store.execute(
        "CREATE TABLE hits (call BIGINT, prefix_group UBIGINT, read_5m BIGINT, written_5m BIGINT, read_1h BIGINT, written_1h BIGINT)"
    )
    for condition, replay_all in (("NOT has_chat AND tokens >= minimum", _replay_prefixes), ("has_chat", _replay_conversations)):
        if store.value(f"SELECT count(*) FROM groups WHERE (is_replayed OR is_keyed) AND {condition}"):
            replay_all(store)
    saved = ", ".join(
        f"coalesce(CAST(y.read_{name} * (p.input - p.read) - y.written_{name} * (p.write_{name} - p.input) AS BIGINT), 0) AS saved_{name}"
        for name in LIFETIMES
    )
    store.execute(
        f"CREATE TABLE replayed AS SELECT y.*, {saved} FROM hits y JOIN calls c USING (call) LEFT JOIN prices p ON p.price = c.price"
    )
    store.execute("DROP TABLE hits")
    store.execute(
        f"""CREATE TABLE prefixes AS WITH costs AS (
            SELECT g.*, CASE WHEN g.is_replayed THEN g.plain - coalesce(y.saved_5m, 0) END AS cost_5m,
                CASE WHEN g.is_replayed THEN g.plain - coalesce(y.saved_1h, 0) END AS cost_1h,
                CASE WHEN g.is_keyed THEN g.plain - coalesce(y.saved_5m, 0) END AS keyed
            FROM groups g LEFT JOIN (SELECT prefix_group, sum(saved_5m) AS saved_5m, sum(saved_1h) AS saved_1h FROM replayed GROUP BY prefix_group) y
            USING (prefix_group)
        ) SELECT *, cached > 0 AND cached >= {CACHED} * whole AS is_cached, coalesce(tokens >= minimum, false) AS is_cacheable,
            CASE WHEN cost_5m <= cost_1h AND cost_5m < now THEN '5m' WHEN cost_1h < cost_5m AND cost_1h < now THEN '1h' END AS best FROM costs"""
    )
    _find_unread(store)


_MEMBERS = "calls c JOIN groups g ON c.prefix_group = g.prefix_group JOIN rows ON rows.rowid = c.call"
_PRICED = "c.now IS NOT NULL AND c.has_start"


def _replay_prefixes(store: Store) -> None:
    """`caching.replay` where no call continues another: a call reads the entry if an earlier one of its prefix has ended, and no gap since
    was longer than the lifetime."""
    order = "ORDER BY start, stop, id, call"
    steps = []
    for name, seconds in LIFETIMES.items():
        lifetime = f"CASE WHEN is_keyed THEN {KEYED} ELSE {seconds} END"
        first = f"coalesce(start > lag(stop) OVER (PARTITION BY prefix_group {order}) + {lifetime}, true)"
        ended = f"min(stop) OVER (PARTITION BY prefix_group, alive {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        steps += [
            f"gaps_{name} AS (SELECT *, {first} AS is_first FROM held)",
            f"lives_{name} AS (SELECT *, sum(CAST(is_first AS INTEGER)) OVER (PARTITION BY prefix_group {order} ROWS UNBOUNDED PRECEDING) AS alive "
            f"FROM gaps_{name})",
            f"hits_{name} AS (SELECT *, coalesce({ended} <= start, false) AS hits FROM lives_{name})",
        ]
    store.execute(
        f"""INSERT INTO hits WITH held AS (
            SELECT c.call, c.prefix_group, c.start, c.stop, c.prefix_tokens, g.is_keyed, coalesce(rows.id, '') AS id FROM {_MEMBERS}
            WHERE (g.is_replayed OR g.is_keyed) AND NOT g.has_chat AND c.prefix_tokens >= g.minimum AND {_PRICED}
        ), {", ".join(steps)}
        SELECT call, a.prefix_group, CASE WHEN a.hits THEN a.prefix_tokens ELSE 0 END, CASE WHEN a.hits THEN 0 ELSE a.prefix_tokens END,
            CASE WHEN b.hits THEN a.prefix_tokens ELSE 0 END, CASE WHEN b.hits THEN 0 ELSE a.prefix_tokens END
        FROM hits_5m a JOIN hits_1h b USING (call)"""
    )


def _replay_conversations(store: Store) -> None:
    """`caching.replay` itself for prefixes with conversations, whose breakpoints move from message to message."""
    found = store.connection.cursor().execute(
        f"""SELECT c.prefix_group, c.call, c.start, c.stop, c.sent, c.prefix_tokens, c.is_chat, rows.chain, rows.ends, g.minimum, g.is_keyed
        FROM {_MEMBERS} WHERE (g.is_replayed OR g.is_keyed) AND g.has_chat AND {_PRICED}
        ORDER BY c.prefix_group, c.start, c.stop, coalesce(rows.id, ''), c.call"""
    )
    pages = iter(lambda: found.fetchmany(_PAGE), [])
    columns = ("call", "prefix_group", "read_5m", "written_5m", "read_1h", "written_1h")
    lines: list[list[int]] = []
    for number, group in itertools.groupby(itertools.chain.from_iterable(pages), key=operator.itemgetter(0)):
        members = list(group)
        *_, minimum, is_keyed = members[0]
        calls = [
            Call(Row(start, "", Tokens(sent), end=stop), None, None, chain or (), ends or (), prefix_tokens, is_chat)
            for _, _, start, stop, sent, prefix_tokens, is_chat, chain, ends, *_ in members
        ]
        short, long = (replay(calls, name, KEYED if is_keyed else seconds, minimum) for name, seconds in LIFETIMES.items())
        lines += [
            [member[1], number, one.read, one.write, other.read, other.write]
            for member, one, other in zip(members, short, long, strict=True)
        ]
        if len(lines) >= _PAGE:
            _insert(store, "hits", columns, lines)
            lines = []
    if lines:
        _insert(store, "hits", columns, lines)


def _find_unread(store: Store) -> None:
    """`unread`: by prefix, the export's own cache writes for which no later call came in time."""
    store.execute("CREATE TABLE unread (prefix_group UBIGINT, tokens BIGINT, dollars HUGEINT)")
    if not store.value("SELECT count(*) FROM groups WHERE has_writes"):
        return
    later = f"ORDER BY c.start, c.stop, coalesce(rows.id, ''), c.call ROWS BETWEEN 1 FOLLOWING AND {LATER} FOLLOWING"
    lifetime = f"CASE WHEN w.write_1h > 0 THEN {LIFETIMES['1h']} ELSE {LIFETIMES['5m']} END"
    store.execute(
        f"""INSERT INTO unread WITH written AS (
            SELECT c.prefix_group, c.stop, c.write_5m, c.write_1h, c.price,
                min(CASE WHEN c."read" > 0 THEN c.start END) OVER (PARTITION BY c.prefix_group {later}) AS next_read
            FROM {_MEMBERS} WHERE g.has_writes AND {_PRICED}
        ) SELECT w.prefix_group, sum(w.write_5m + w.write_1h), sum(coalesce(w.write_5m * p.write_5m + w.write_1h * p.write_1h, 0))
        FROM written w LEFT JOIN prices p ON w.price = p.price
        WHERE w.write_5m + w.write_1h > 0 AND NOT coalesce(w.next_read - w.stop <= {lifetime}, false) GROUP BY w.prefix_group"""
    )
