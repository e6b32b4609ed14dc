"""LLM calls that nobody waits for, sent through the batch APIs of Anthropic and OpenAI: half the price, within 24 hours.

    client = batching(anthropic.Anthropic())  # or AsyncAnthropic, OpenAI, AsyncOpenAI

    answers = batch_map(ask, texts)  # in place of a loop that calls `ask(text)`

    with BatchExecutor() as pool:  # in place of a ThreadPoolExecutor
        answers = list(pool.map(ask, texts))

    with batch_scope():  # around tasks that make their calls side by side
        answers = await asyncio.gather(*(ask(text) for text in texts))

Inside a scope, `messages.create`, `chat.completions.create` and `responses.create` wait until
no further call comes, and all that wait are sent as one batch. Each call returns or raises
what it would have by itself. Outside a scope, and with arguments that have no place in a
batch (`stream=True`, `timeout=`, `extra_headers=`), calls are sent as ever.

Ids of batches are logged, and kept in the folder `.llm_batches` until their scope ends without
an exception. A program that was stopped before that takes the answers that it has paid for when
it runs again, and sends only what is missing. `cancel_batches` gives them up.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import inspect
import json
import logging
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

ClientT = TypeVar("ClientT")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
P = ParamSpec("P")

MOST_THREADS = 1_000  # calls of a BatchExecutor that wait at the same time
SHARED_BY, SHARED_CHARACTERS = 6, 2_000  # from when on a common prefix is written to the cache ahead
DAYS_KEPT = 28  # the APIs keep answers for 29

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_waiting: dict[tuple[object, ...], list[_Call]] = {}
_made_here: set[str] = set()  # batches that this process has seen: later processes resume them


class _Answer(NamedTuple):
    """Status and body of what the API would have answered to an ordinary call."""

    status: int
    body: Any
    may_retry: bool = True


_NO_ANSWER = _Answer(500, {"error": {"type": "api_error", "message": "the batch has no answer to this request"}}, False)


@dataclass(eq=False)
class _Call:
    """A call that waits for its answer. `key` is a hash of its request, `row` its name in the batch."""

    transport: _Transport
    scope: _Scope
    key: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    row: str = ""
    answer: Future[_Answer] = field(default_factory=Future)
    task: object = None

    def end(self, answer: _Answer | BaseException) -> None:
        status, body = getattr(answer, "status_code", None), getattr(answer, "body", None)
        if status is not None:  # an error of the SDK's, which it makes anew for each call
            answer = _Answer(status, body if isinstance(body, dict) and "error" in body else {"error": body})
        with contextlib.suppress(InvalidStateError):  # where its caller has given up
            if isinstance(answer, BaseException):
                self.answer.set_exception(answer)
            else:
                self.answer.set_result(answer)


class _Scope:
    """What the calls of one `batch_scope` share: the files of their batches, and rows that a stopped process has left."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self.calls: set[_Call] = set()
        self.is_interrupted = False
        self.running = 0  # calls of `batch_map` that let items take their turns: further calls will come
        self._left: dict[str, list[tuple[str, str]]] | None = None

    def left(self, key: str, folder: Path) -> list[tuple[str, str]]:
        """Batch and row of each answer to a request that was paid for and not taken."""
        if self._left is None:
            self._left = {}
            for path in folder.glob("*.json"):
                record = json.loads(path.read_text(encoding="utf-8"))
                if record["created"] < time.time() - DAYS_KEPT * 86_400:
                    path.unlink(missing_ok=True)
                elif path.stem not in _made_here:
                    for row in record["rows"]:
                        self._left.setdefault(row.partition("-")[0], []).append((path.stem, row))
        return self._left.setdefault(key, [])

    def end(self, error: BaseException | None) -> None:
        if error is None:
            for path in self.files:
                path.unlink(missing_ok=True)
        elif not isinstance(error, Exception):  # Ctrl-C: nobody waits any longer
            self.is_interrupted = True
            for call in list(self.calls):
                call.end(KeyboardInterrupt("a batch is under way"))


class _Turn:
    """The turn of one item in `batch_map`: `answers` are what it waits for, since it has passed the turn on."""

    def __init__(self) -> None:
        self.answers: list[Future[Any]] = []
        self._begins = threading.Semaphore(0)
        self._ends = threading.Semaphore(0)

    def run(self, function: Callable[[ItemT], ResultT], item: ItemT) -> ResultT:
        self._begins.acquire()
        try:
            return function(item)
        finally:
            self.answers = []
            self._ends.release()

    def take(self) -> None:
        """Let the item's thread run until it waits for answers, or has ended."""
        self.resume()
        self._ends.acquire()

    def resume(self) -> None:
        self._begins.release()

    def wait(self, answers: list[Future[Any]]) -> None:
        self.answers = answers
        self._ends.release()
        self._begins.acquire()


_scope: contextvars.ContextVar[_Scope | None] = contextvars.ContextVar("batch_scope", default=None)
_turn: contextvars.ContextVar[_Turn | None] = contextvars.ContextVar("batch_turn", default=None)


def _wait(answers: list[Future[Any]]) -> None:
    """Wait for answers, while other items of a `batch_map` take their turns."""
    turn = _turn.get()
    if turn is not None:
        turn.wait(answers)
    else:
        wait(answers)


def batching(
    client: ClientT,
    *,
    window: float = 2.0,
    poll_seconds: float = 30.0,
    timeout: float = 25 * 3600.0,
    max_requests: int | None = None,
    max_bytes: int | None = None,
    folder: str | Path = ".llm_batches",
) -> ClientT:
    """The client, with calls that are sent in batches inside a `batch_scope`.

    A batch is sent once no call has come for `window` seconds, and asked for every `poll_seconds`.
    If it has not ended after `timeout` seconds, its calls raise the SDK's error for status 504; made
    again, they find their batch again. `max_requests` and `max_bytes` bound a batch, by default as the API does.
    """
    given: Any = client
    kinds = type(client).__mro__
    sdk = next((name for kind in kinds if (name := kind.__module__.partition(".")[0]) in _APIS), None)
    if sdk is None or any(re.search("Azure|Bedrock|Foundry|Vertex", kind.__name__) for kind in kinds):
        _log.warning("%s knows no batches: its calls are sent as ever", type(client).__name__)
        return client
    api = _APIS[sdk]
    limits = (max_requests or api.max_requests, max_bytes or api.max_bytes)
    transport = _Transport(given, api, window, poll_seconds, timeout, *limits, Path(folder))
    module = sys.modules[sdk]
    http_client = module.DefaultAsyncHttpxClient if transport.is_async else module.DefaultHttpxClient
    copy: ClientT = given.with_options(http_client=http_client(transport=transport))
    return copy


@contextlib.contextmanager
def batch_scope() -> Iterator[None]:
    """Calls of batching clients in here, and in tasks that begin in here, are sent in batches."""
    if _scope.get() is not None:
        yield
        return
    scope = _Scope()
    token = _scope.set(scope)
    try:
        yield
    except BaseException as error:
        scope.end(error)
        raise
    else:
        scope.end(None)
    finally:
        _scope.reset(token)


class BatchExecutor(ThreadPoolExecutor):
    """A ThreadPoolExecutor with a batch scope for its tasks. They wait most of the time: so it has at least `MOST_THREADS` threads."""

    def __init__(self, max_workers: int | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(max(max_workers or 0, MOST_THREADS), *args, **kwargs)
        self._outer = _scope.get()
        self._scope = self._outer or _Scope()

    def submit(self, fn: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs) -> Future[ResultT]:
        context = contextvars.copy_context()
        context.run(_scope.set, self._scope)
        context.run(_turn.set, None)
        return super().submit(lambda: context.run(fn, *args, **kwargs))

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        is_interrupted = error is not None and not isinstance(error, Exception)
        if is_interrupted:
            self._scope.end(error)
        self.shutdown(cancel_futures=is_interrupted)
        if self._outer is None:
            self._scope.end(error)


def batch_map(function: Callable[[ItemT], ResultT], items: Iterable[ItemT]) -> list[ResultT]:
    """`[function(item) for item in items]`, with calls that are sent in batches.

    Each item has a thread, but only one runs at a time: in the order of the items, each until it waits for a call. With the
    answers they go on in the same order. Raises the first exception in the order of the items, once all have ended.
    """
    results: list[Future[ResultT]] = []
    active: list[tuple[_Turn, Future[ResultT]]] = []
    left = iter(items)
    with batch_scope(), ThreadPoolExecutor(MOST_THREADS) as pool:
        scope = _scope.get()
        assert scope is not None
        try:
            while True:
                scope.running += 1
                try:
                    for turn, _ in active:
                        turn.take()
                    active = [(turn, result) for turn, result in active if turn.answers]
                    while len(active) < MOST_THREADS and (item := next(left, pool)) is not pool:
                        turn, context = _Turn(), contextvars.copy_context()
                        context.run(_turn.set, turn)
                        results.append(pool.submit(context.run, turn.run, function, item))  # type: ignore[arg-type]
                        active.append((turn, results[-1]))
                        turn.take()
                        if not turn.answers:
                            active.pop()
                finally:
                    scope.running -= 1
                if not active:
                    return [result.result() for result in results]
                _wait([answer for turn, _ in active for answer in turn.answers])
        except BaseException as error:
            if not isinstance(error, Exception):
                scope.end(error)
            for turn, _ in active:
                turn.resume()
            raise


def cancel_batches(client: Any, folder: str | Path = ".llm_batches") -> None:
    """Cancel the batches that a stopped program has left, by a client that is not async. What is answered already is paid for."""
    for path in Path(folder).glob("*.json"):
        batches = client.messages.batches if path.stem.startswith("msgbatch_") else client.batches
        batches.cancel(path.stem)
        path.unlink()


@dataclass(eq=False)
class _Transport:
    """Sends the HTTP requests of a batching client: in a batch, or as ever by the HTTP client of the client that was given.

    Above it, the SDK makes requests of arguments and objects or exceptions of answers, and retries, as it always does.
    """

    client: Any
    api: type[_Anthropic] | type[_OpenAI]
    window: float
    poll_seconds: float
    timeout: float
    max_requests: int
    max_bytes: int
    folder: Path

    def __post_init__(self) -> None:
        self.is_async = inspect.iscoroutinefunction(self.client.post)
        self._http = self.client._client  # the SDKs have no public name for it
        self._usual_headers = {name.lower() for name in self.client.default_headers}
        self._usual_timeouts = {getattr(self.client.timeout, "read", self.client.timeout), 600.0}
        self.client = self.client.with_options(max_retries=10)  # batches outlive an outage

    def handle_request(self, request: Any) -> Any:
        call = self._queue(request, None)
        if call is None:
            return self._http.send(request, stream=True)
        try:
            _wait([call.answer])
            return _response(request, call.answer.result())
        finally:
            call.scope.calls.discard(call)

    async def handle_async_request(self, request: Any) -> Any:
        call = self._queue(request, asyncio.get_running_loop())
        if call is None:
            return await self._http.send(request, stream=True)
        try:
            return _response(request, await asyncio.wrap_future(call.answer))
        finally:
            call.scope.calls.discard(call)

    def close(self) -> None:
        self._http.close()

    async def aclose(self) -> None:
        await self._http.aclose()

    def _queue(self, request: Any, loop: asyncio.AbstractEventLoop | None) -> _Call | None:
        """Let a request wait for a batch; None where it is to be sent as ever."""
        scope = _scope.get()
        path = next((path for path in self.api.paths if request.url.path.endswith(path)), None)
        if scope is None or path is None or not self._is_usual(request):
            return None
        body = json.loads(request.content)
        if any(body.get(name) for name in ("background", "stream")) or "flex" in (body.get("service_tier"), body.get("speed")):
            return None
        if scope.is_interrupted:
            raise KeyboardInterrupt("a batch is under way")
        headers = {name: value for name, value in request.headers.items() if name == "anthropic-beta"}
        identity = json.dumps([str(request.url), headers, body], sort_keys=True)
        call = _Call(self, scope, hashlib.sha256(identity.encode()).hexdigest()[:48], path, body, headers)
        scope.calls.add(call)
        # Batches have one endpoint and account; OpenAI's have one model too.
        account = tuple(request.headers.get(name) for name in ("x-api-key", "authorization", "anthropic-beta"))
        takes_turns = loop is None and _turn.get() is not None
        group = (loop, scope, takes_turns, str(request.url), account, self.api.one_model and body.get("model"))
        with _lock:
            is_first = group not in _waiting
            _waiting.setdefault(group, []).append(call)
        if is_first and loop is None:
            threading.Thread(target=asyncio.run, args=(self._collect(group),), daemon=True).start()
        elif is_first and loop is not None:
            call.task = loop.create_task(self._collect(group))
        return call

    def _is_usual(self, request: Any) -> bool:
        """Whether the caller has set no headers or time-out for this request alone."""
        usual = "accept.*|anthropic-.*|authorization|b3|baggage|connection|content-.*|cookie|host|idempotency-key|sentry-trace"
        usual += "|traceparent|tracestate|user-agent|x-api-key|x-b3-.*|x-datadog-.*|x-stainless-.*"
        others = [name for name in request.headers if name not in self._usual_headers and not re.fullmatch(usual, name)]
        return not others and request.extensions.get("timeout", {}).get("read") in self._usual_timeouts

    async def _collect(self, group: tuple[object, ...]) -> None:
        """Wait until no further call comes, and answer all."""
        calls, count, takes_turns = _waiting[group], 0, group[2]
        try:
            while count < len(calls) or (takes_turns and calls[0].scope.running):
                count = len(calls)
                await asyncio.sleep(self.window)
        finally:
            with _lock:
                del _waiting[group]
        try:
            await self._answer([call for call in calls if not call.answer.cancelled()])
        except Exception as error:
            for call in calls:
                call.end(error)

    async def _answer(self, calls: list[_Call]) -> None:
        """Answer calls from batches that were left, or else from new ones, which are all made before one is waited for."""
        left: defaultdict[str, list[_Call]] = defaultdict(list)
        new: list[_Call] = []
        for call in calls:
            if rows := call.scope.left(call.key, self.folder):
                batch_id, call.row = rows.pop(0)
                left[batch_id].append(call)
            else:
                new.append(call)
        if self.api.has_breakpoints:
            new = await self._write_shared_prefixes(new)
        chunks: list[list[_Call]] = []
        size = 0
        for call in new:
            length = len(json.dumps(call.body)) + 200
            if not chunks or len(chunks[-1]) >= self.max_requests or size + length > self.max_bytes:
                chunks.append([])
                size = 0
            chunks[-1].append(call)
            size += length
        # By a client of theirs: others may be closed before these are answered.
        jobs = [rows[0].transport._take(batch_id, rows, is_left=True) for batch_id, rows in left.items()]
        await asyncio.gather(*jobs, *(chunk[0].transport._send(chunk) for chunk in chunks))

    async def _write_shared_prefixes(self, calls: list[_Call]) -> list[_Call]:
        """Send one of the calls that share a large prefix with `cache_control` by itself, which writes it for an hour.

        Rows of a batch run side by side, so that each may pay for the write. A write for an hour costs the input
        price twice, but then a row reads for 0.05 of it, in place of 0.5 without a cache. Where too few
        share a prefix for that, they do without. Returns the other calls.
        """
        prefixes = {call: list(_prefixes(call.body)) for call in calls}
        sharers = Counter(name for found in prefixes.values() for name, _, _ in found)
        is_written: dict[str, bool] = {}
        rest = []
        for call, found in prefixes.items():
            longest = None
            for name, size, block in found:
                if sharers[name] >= SHARED_BY and size >= SHARED_CHARACTERS:
                    block["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
                    longest = name
                elif sharers[name] > 1:
                    del block["cache_control"]
            if longest is not None and longest not in is_written:
                is_written[longest] = await self._send_alone(call)
                continue
            if longest is not None and not is_written[longest]:
                for _, _, block in found:
                    block.pop("cache_control", None)
            rest.append(call)
        return rest

    async def _send_alone(self, call: _Call) -> bool:
        """Whether an ordinary call has written something to the cache, or read it."""
        options = {"headers": call.headers}
        try:
            body = await _done(self.client.post(call.path, body=call.body, cast_to=object, options=options))
        except Exception as error:
            call.end(error)
            return False
        call.end(_Answer(200, body))
        return any(body["usage"].get(f"cache_{kind}_input_tokens") for kind in ("creation", "read"))

    async def _send(self, calls: list[_Call]) -> None:
        """Answer calls from a new batch."""
        copies: Counter[str] = Counter()
        for call in calls:
            call.row = f"{call.key}-{copies[call.key]}"
            copies[call.key] += 1
        try:
            batch_id = await self.api.create(self.client, calls)
            path = self.folder / f"{batch_id}.json"
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
            record = {"created": time.time(), "rows": [call.row for call in calls]}
            path.with_suffix(".tmp").write_text(json.dumps(record), encoding="utf-8")
            path.with_suffix(".tmp").replace(path)
        except Exception as error:
            for call in calls:
                call.end(error)
            return
        _log.info("batch %s of %d requests is under way, as %s says", batch_id, len(calls), path)
        await self._take(batch_id, calls)

    async def _take(self, batch_id: str, calls: list[_Call], is_left: bool = False) -> None:
        """Answer calls from a batch once it has ended."""
        path = self.folder / f"{batch_id}.json"
        _made_here.add(batch_id)
        for call in calls:
            call.scope.files.add(path)
        message = f"batch {batch_id} has not ended after {self.timeout} seconds"
        failure: _Answer | Exception = _Answer(504, {"error": {"type": "timeout_error", "message": message}}, False)
        answers = None
        deadline, pause = time.monotonic() + self.timeout, min(1.0, self.poll_seconds)
        try:
            while answers is None and time.monotonic() < deadline:
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.poll_seconds)
                answers = await self.api.answers(self.client, batch_id)
        except Exception as error:
            failure = error
        again = calls if is_left and getattr(failure, "status_code", None) == 404 else []
        if answers is not None:
            again = [call for call in calls if is_left and answers[call.row].status != 200]
        for call in calls:
            if call in again:
                continue
            if answers is None:
                call.scope.left(call.key, self.folder).append((batch_id, call.row))
            call.end(failure if answers is None else answers[call.row])
        if again:
            await self._answer(again)


def _response(request: Any, answer: _Answer) -> Any:
    httpx = sys.modules[type(request).__module__.partition(".")[0]]  # httpx2 in newer SDKs
    headers = {} if answer.may_retry else {"x-should-retry": "false"}
    return httpx.Response(answer.status, json=answer.body, headers=headers, request=request)


def _prefixes(body: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each start of a prompt up to a block with `cache_control`: a hash of it, its size, and the block."""
    settings = [body.get(name) for name in ("model", "tool_choice", "thinking", "output_config")]
    hashed, size = hashlib.sha256(json.dumps(settings).encode()), 0
    turns = [part for message in body["messages"] for part in (message["role"], message["content"])]
    for part in (body.get("tools"), body.get("system"), *turns):
        for block in part if isinstance(part, list) else [part]:
            marked = isinstance(block, dict) and "cache_control" in block
            text = json.dumps({**block, "cache_control": None} if marked else block, sort_keys=True)
            hashed.update(text.encode())
            size += len(text)
            if marked:
                yield hashed.hexdigest(), size, block


async def _done(result: Any) -> Any:
    """The result of an SDK's method: of one that is async, once it is there."""
    return await result if inspect.isawaitable(result) else result


class _Anthropic:
    """Message Batches: https://platform.claude.com/docs/en/build-with-claude/batch-processing"""

    paths = ("/v1/messages",)
    max_requests, max_bytes = 100_000, 256_000_000
    one_model, has_breakpoints = False, True

    @staticmethod
    async def create(client: Any, calls: list[_Call]) -> str:
        requests = [{"custom_id": call.row, "params": call.body} for call in calls]
        batch = await _done(client.messages.batches.create(requests=requests, extra_headers=calls[0].headers))
        return str(batch.id)

    @staticmethod
    async def answers(client: Any, batch_id: str) -> dict[str, _Answer] | None:
        """The answers of a batch by row; None while it is under way."""
        batch = await _done(client.messages.batches.retrieve(batch_id))
        if batch.processing_status != "ended":
            return None
        answers: dict[str, _Answer] = defaultdict(lambda: _NO_ANSWER)
        for row in _lines(await _done(client.get(batch.results_url, cast_to=str))):
            result = row["result"]
            if result["type"] == "succeeded":
                answers[row["custom_id"]] = _Answer(200, result["message"])
            elif result["type"] == "errored":
                error = result["error"]
                answers[row["custom_id"]] = _Answer(_STATUSES.get(error["error"]["type"], 500), error)
            else:
                error = {"type": "timeout_error", "message": f"batch {batch_id}: the request is {result['type']}"}
                answers[row["custom_id"]] = _Answer(504, {"type": "error", "error": error}, False)
        return answers


class _OpenAI:
    """The Batch API: https://platform.openai.com/docs/guides/batch"""

    paths = ("/chat/completions", "/responses")
    max_requests, max_bytes = 50_000, 200_000_000
    one_model, has_breakpoints = True, False

    @staticmethod
    async def create(client: Any, calls: list[_Call]) -> str:
        url = f"/v1{calls[0].path}"
        rows = [{"custom_id": call.row, "method": "POST", "url": url, "body": call.body} for call in calls]
        data = "\n".join(json.dumps(row) for row in rows).encode()
        file = await _done(client.files.create(file=("batch.jsonl", data), purpose="batch"))
        batch = client.batches.create(input_file_id=file.id, endpoint=url, completion_window="24h")
        return str((await _done(batch)).id)

    @staticmethod
    async def answers(client: Any, batch_id: str) -> dict[str, _Answer] | None:
        """The answers of a batch by row; None while it is under way."""
        batch = await _done(client.batches.retrieve(batch_id))
        if batch.status not in ("failed", "completed", "expired", "cancelled"):
            return None
        refusal = batch.errors.data[0] if batch.errors and batch.errors.data else None
        status = 429 if refusal and refusal.code == "token_limit_exceeded" else 400
        missing = _Answer(status, {"error": refusal.to_dict()}, False) if refusal else _NO_ANSWER
        answers: dict[str, _Answer] = defaultdict(lambda: missing)
        for file in filter(None, (batch.output_file_id, batch.error_file_id)):
            for row in _lines((await _done(client.files.content(file))).text):
                response, error = row.get("response"), {"error": row.get("error")}
                answer = _Answer(response["status_code"], response["body"]) if response else _Answer(504, error, False)
                answers[row["custom_id"]] = answer
        return answers


_APIS: dict[str, type[_Anthropic] | type[_OpenAI]] = {"anthropic": _Anthropic, "openai": _OpenAI}
_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def _lines(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.split("\n") if line.strip())
