"""The Message Batches API: rows are checked and answered when the batch ends, at half price, and come back in another order."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

from metered.account import Account
from metered.errors import ApiError, invalid, not_found
from metered.messages import prepare, text_of
from metered.prompt import blocks_of, digest

EXPIRED = "[[expired]]"
"""A prompt with this word is not reached before its batch expires."""
_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CREATED = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
_STATES = ("succeeded", "errored", "canceled", "expired")


@dataclass
class Batch:
    """A batch that was taken: its rows, how many more polls it takes, and its results once it has ended."""

    id: str
    requests: list[dict[str, Any]]
    polls: int
    is_canceled: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    has_ended: bool = False


def create(account: Account, body: Any, size: int) -> Batch:
    """Take a batch. `size` is that of the body in bytes. Raises ApiError for what the API refuses at once: not the rows' own errors."""
    settings = account.settings
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests:
        raise invalid("requests: List should have at least 1 item")
    if len(requests) > settings.batch_rows:
        raise invalid(f"requests: List should have at most {settings.batch_rows} items, not {len(requests)}")
    if size > settings.batch_bytes:
        raise ApiError(413, "request_too_large", f"a batch may have {settings.batch_bytes} bytes, not {size}")
    seen = set()
    for number, row in enumerate(requests):
        if not isinstance(row, dict) or set(row) != {"custom_id", "params"}:
            raise invalid(f"requests.{number}: `custom_id` and `params` are required, and nothing else is permitted")
        name = row["custom_id"]
        if not isinstance(name, str) or not _CUSTOM_ID.fullmatch(name):
            raise invalid(f"requests.{number}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
        if name in seen:
            raise invalid(f"requests.{number}.custom_id: {name} is not unique in the batch")
        seen.add(name)
    with account.lock:
        batch = Batch(f"msgbatch_{len(account.batches)}", requests, settings.polls)
        account.batches[batch.id] = batch
    return batch


def find(account: Account, name: str) -> Batch:
    batch = account.batches.get(name)
    if batch is None:
        raise not_found(f"there is no batch {name}")
    return batch


def poll(account: Account, batch: Batch) -> None:
    """Time passes: after enough polls, the batch ends."""
    with account.lock:
        if batch.has_ended:
            return
        batch.polls -= 1
        if batch.polls < 0:
            _run(account, batch)


def cancel(batch: Batch) -> None:
    if batch.has_ended:
        raise invalid(f"{batch.id} has ended")
    batch.is_canceled = True


def results(batch: Batch) -> list[dict[str, Any]]:
    """The rows in the order of the results file. Raises ApiError before the batch has ended."""
    if not batch.has_ended:
        raise not_found(f"{batch.id} has no results yet")
    return batch.results


def shown(batch: Batch, url: str) -> dict[str, Any]:
    """A batch as the API shows it. `url` is where its results are."""
    counts = dict.fromkeys(_STATES, 0)
    for row in batch.results:
        counts[row["result"]["type"]] += 1
    working = "canceling" if batch.is_canceled else "in_progress"
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": "ended" if batch.has_ended else working,
        "request_counts": {"processing": 0 if batch.has_ended else len(batch.requests), **counts},
        "created_at": _CREATED.isoformat(),
        "expires_at": (_CREATED + datetime.timedelta(hours=24)).isoformat(),
        "ended_at": _CREATED.isoformat() if batch.has_ended else None,
        "cancel_initiated_at": _CREATED.isoformat() if batch.is_canceled else None,
        "archived_at": None,
        "results_url": url if batch.has_ended else None,
    }


def _run(account: Account, batch: Batch) -> None:
    """Answer all rows, a wave at a time: rows of one wave cannot read what the others of it write to the cache."""
    wave = account.settings.batch_wave
    for start in range(0, len(batch.requests), wave):
        visits = []
        for row in batch.requests[start : start + wave]:
            result, visit = _result(account, row["params"], batch.is_canceled)
            batch.results.append({"custom_id": row["custom_id"], "result": result})
            visits += [visit] if visit is not None else []
        for visit in visits:
            account.cache.publish(visit)
    order = [row["custom_id"] for row in batch.results]
    batch.results.sort(key=lambda row: digest(str(row["custom_id"])))
    if [row["custom_id"] for row in batch.results] == order:
        batch.results.reverse()
    batch.has_ended = True


def _result(account: Account, params: Any, is_canceled: bool) -> tuple[dict[str, Any], Any]:
    if is_canceled:
        return {"type": "canceled"}, None
    try:
        if isinstance(params, dict) and params.get("stream"):
            raise invalid("stream: streams cannot be part of a batch")
        if isinstance(params, dict) and (params.get("max_tokens") == 0 or params.get("speed") == "fast"):
            raise invalid("max_tokens: 0 and speed: fast cannot be part of a batch")
        if isinstance(params, dict) and EXPIRED in _text(params):
            return {"type": "expired"}, None
        message, _, visit = prepare(account, params, batch=True)
    except ApiError as error:
        account.bill.refuse(error.message)
        inner = {"type": error.kind, "message": error.message}
        return {"type": "errored", "error": {"type": "error", "error": inner, "request_id": None}}, None
    return {"type": "succeeded", "message": message}, visit


def _text(params: dict[str, Any]) -> str:
    try:
        return text_of(blocks_of(params))
    except (KeyError, TypeError, AssertionError):
        return ""
