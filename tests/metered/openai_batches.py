"""OpenAI's Batch API: a file of requests is uploaded, checked when the batch starts, and answered at half price into two other files.

What only the whole file can break (names that repeat, another endpoint, two models) ends a batch as `failed`; a row that its endpoint refuses comes
back in the error file. Rows neither read from the prompt cache nor write to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from metered.account import Account
from metered.batches import EXPIRED
from metered.chat import create_chat, create_response
from metered.errors import ApiError, invalid, not_found
from metered.prompt import digest

_CREATED = 1_795_435_200
_DAY = 86_400
_ENDPOINTS: dict[str, Callable[..., tuple[dict[str, Any], object]]] = {
    "/v1/chat/completions": create_chat,
    "/v1/responses": create_response,
}
_FIELDS = {"custom_id", "method", "url", "body"}
_FINISHED = ("failed", "completed", "cancelled")


@dataclass(frozen=True, slots=True)
class File:
    """A file of the account: uploaded, or written by a batch."""

    id: str
    name: str
    purpose: str
    data: bytes


@dataclass
class Batch:
    """A batch that was taken: what it was asked for, its state, and its files once it has ended."""

    id: str
    endpoint: str
    input_file: str
    metadata: Any
    polls: int
    status: str = "validating"
    total: int = 0
    completed: int = 0
    failed: int = 0
    output_file: str | None = None
    error_file: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)


def upload(account: Account, content_type: str, raw: bytes) -> File:
    """Take a file that was posted as a form. Raises ApiError where `purpose` is not `batch`."""
    fields = _form(content_type, raw)
    name, data = fields.get("file", ("", b""))
    purpose = fields.get("purpose", ("", b""))[1].decode()
    if "file" not in fields or purpose != "batch":
        raise invalid("a file with `purpose` batch is required")
    if len(data) > account.settings.openai_batch_bytes:
        raise ApiError(413, "request_too_large", f"a batch file may have {account.settings.openai_batch_bytes} bytes")
    with account.lock:
        return _add(account, name, purpose, data)


def file(account: Account, name: str) -> File:
    found = account.files.get(name)
    if found is None:
        raise not_found(f"No such File object: {name}")
    return found


def delete(account: Account, name: str) -> dict[str, Any]:
    del account.files[file(account, name).id]
    return {"id": name, "object": "file", "deleted": True}


def shown_file(found: File) -> dict[str, Any]:
    """A file as the API shows it."""
    return {
        "id": found.id,
        "object": "file",
        "bytes": len(found.data),
        "created_at": _CREATED,
        "filename": found.name,
        "purpose": found.purpose,
        "status": "processed",
    }


def create(account: Account, body: Any) -> Batch:
    """Take a batch. Raises ApiError for what the API refuses before it has read the file."""
    if not isinstance(body, dict) or body.get("completion_window") != "24h":
        raise invalid("completion_window: only 24h is supported")
    if body.get("endpoint") not in _ENDPOINTS:
        raise invalid(f"endpoint: {body.get('endpoint')} is not supported for batches")
    if file(account, str(body.get("input_file_id"))).purpose != "batch":
        raise invalid("input_file_id: the file must have the purpose batch")
    with account.lock:
        batch = Batch(
            f"batch_{len(account.openai_batches)}",
            body["endpoint"],
            body["input_file_id"],
            body.get("metadata"),
            account.settings.polls,
        )
        account.openai_batches[batch.id] = batch
    return batch


def find(account: Account, name: str) -> Batch:
    batch = account.openai_batches.get(name)
    if batch is None:
        raise not_found(f"No batch found with id '{name}'.")
    return batch


def poll(account: Account, batch: Batch) -> None:
    """Time passes: the file is checked at the first poll, and after some more the batch ends."""
    with account.lock:
        if batch.status in _FINISHED:
            return
        batch.polls -= 1
        if batch.status == "cancelling":
            batch.status = "cancelled"
            return
        rows = _check(account, batch)
        if batch.errors:
            batch.status = "failed"
            return
        batch.total = len(rows)
        batch.status = "in_progress"
        if batch.polls < 0:
            _run(account, batch, rows)


def cancel(batch: Batch) -> None:
    if batch.status in _FINISHED:
        raise ApiError(409, "invalid_request_error", f"Cannot cancel a batch with status '{batch.status}'.")
    batch.status = "cancelling"


def shown(batch: Batch) -> dict[str, Any]:
    """A batch as the API shows it."""
    ended = {
        name: _CREATED if batch.status == state else None
        for name, state in (("completed_at", "completed"), ("failed_at", "failed"), ("cancelled_at", "cancelled"))
    }
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": batch.errors} if batch.errors else None,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "status": batch.status,
        "output_file_id": batch.output_file,
        "error_file_id": batch.error_file,
        "created_at": _CREATED,
        "expires_at": _CREATED + _DAY,
        **ended,
        "request_counts": {"total": batch.total, "completed": batch.completed, "failed": batch.failed},
        "metadata": batch.metadata,
    }


def _check(account: Account, batch: Batch) -> list[dict[str, Any]]:
    """The rows of the input file; what is wrong with it is noted in the batch."""
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    models: set[object] = set()

    def wrong(code: str, message: str, number: int | None, param: str | None = None) -> None:
        batch.errors.append({"code": code, "message": message, "line": number, "param": param})

    for number, line in enumerate(file(account, batch.input_file).data.splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError:
            wrong("invalid_json_line", "This line is not parseable as valid JSON.", number)
            continue
        if not isinstance(row, dict) or set(row) != _FIELDS or row["method"] != "POST" or not isinstance(row["body"], dict):
            wrong("invalid_request", f"A line has {', '.join(sorted(_FIELDS))}, and the method is POST.", number)
            continue
        if row["url"] != batch.endpoint:
            wrong("mismatched_endpoint", "The URL of a request must be the endpoint of the batch.", number, "url")
        if row["custom_id"] in seen:
            wrong("duplicate_custom_id", f"The custom_id '{row['custom_id']}' is used twice.", number, "custom_id")
        seen.add(row["custom_id"])
        models.add(row["body"].get("model"))
        rows.append(row)
    if not rows and not batch.errors:
        wrong("empty_file", "The input file is empty.", None)
    if len(rows) > account.settings.openai_batch_rows:
        wrong("too_many_tasks", f"A batch may have {account.settings.openai_batch_rows} requests.", None)
    if len(models) > 1:
        wrong("mismatched_model", "All requests of a batch must name the same model.", None, "body.model")
    return rows


def _run(account: Account, batch: Batch, rows: list[dict[str, Any]]) -> None:
    answered: list[tuple[str, dict[str, Any]]] = []
    refused: list[tuple[str, dict[str, Any]]] = []
    for row in rows:
        # In the order of their digests: an output file has its rows in no order that one may rely on.
        name = digest(batch.id, row["custom_id"])
        line = {"id": f"batch_req_{name}", "custom_id": row["custom_id"], "response": None, "error": None}
        if EXPIRED in json.dumps(row["body"]):
            late = "This request could not be executed before the completion window expired."
            refused.append((name, {**line, "error": {"code": "batch_expired", "message": late}}))
            continue
        status, body = _answer(account, batch.endpoint, row["body"])
        response = {"status_code": status, "request_id": f"req_{name}", "body": body}
        (answered if status == 200 else refused).append((name, {**line, "response": response}))
    batch.completed, batch.failed = len(answered), len(refused)
    batch.output_file = _write(account, batch, "output", answered)
    batch.error_file = _write(account, batch, "error", refused)
    batch.status = "completed"


def _answer(account: Account, endpoint: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    try:
        if body.get("stream"):
            raise invalid("stream: streams cannot be part of a batch")
        return 200, _ENDPOINTS[endpoint](account, body, batch=True)[0]
    except ApiError as error:
        account.bill.refuse(error.message)
        return error.status, {"error": {"message": error.message, "type": error.kind, "param": None, "code": error.kind}}


def _write(account: Account, batch: Batch, kind: str, rows: list[tuple[str, dict[str, Any]]]) -> str | None:
    if not rows:
        return None
    text = "".join(json.dumps(row) + "\n" for _, row in sorted(rows, key=lambda row: row[0]))
    return _add(account, f"{batch.id}_{kind}.jsonl", "batch_output", text.encode()).id


def _add(account: Account, name: str, purpose: str, data: bytes) -> File:
    added = File(f"file-{digest(str(len(account.files)), name)}", name, purpose, data)
    account.files[added.id] = added
    return added


def _form(content_type: str, raw: bytes) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart form: file name (empty for plain fields) and content, by name."""
    _, _, boundary = content_type.partition("boundary=")
    if not content_type.startswith("multipart/form-data") or not boundary:
        raise invalid("a file is uploaded as multipart/form-data")
    fields = {}
    for part in raw.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        names = {}
        for item in head.decode().replace("\r\n", ";").split(";"):
            key, _, value = item.strip().partition("=")
            names[key] = value.strip('"')
        fields[names.get("name", "")] = (names.get("filename", ""), content.removesuffix(b"\r\n"))
    return fields
