"""LLM calls that nobody waits for, at half the price: in batches, within 24 hours.

    client = batching(anthropic.Anthropic())  # or AsyncAnthropic, OpenAI, AsyncOpenAI

    answers = batch_map(ask, texts)  # in place of a loop that calls `ask(text)`

    with BatchExecutor() as pool:  # in place of a ThreadPoolExecutor
        answers = list(pool.map(ask, texts))

    with batch_scope():  # around tasks that make their calls side by side
        answers = await asyncio.gather(*(ask(text) for text in texts))

Inside a scope, `messages.create`, `chat.completions.create` and `responses.create` wait
until no further call comes, and all that wait are sent as one batch. Each call returns
or raises what it would have by itself. Outside a scope, and with arguments that have no
place in a batch (`stream=True`, `timeout=`, `extra_headers=`), calls are sent as ever.

The ids of batches are logged, and kept in the folder `.llm_batches` until their scope
ends without an exception. If the program is stopped before that and runs again, it
takes the answers that it has paid for, and sends only what is missing. `cancel_batches`
gives them up.
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
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
ClientT = TypeVar("ClientT")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
Answer = tuple[int, Any]  # HTTP status and JSON body, as of an ordinary call

MOST_THREADS = 1_000  # calls of a BatchExecutor that wait at the same time
SECONDS_KEPT = 28 * 86_400  # the APIs keep the answers of a batch for 29 days
# From how many calls, and characters, on a common start of prompts is cached ahead.
SHARED_BY, SHARED_CHARACTERS = 6, 2_000

# Headers of the SDKs and their HTTP clients, and of tracing.
_USUAL = re.compile(
    "accept.*|anthropic-.*|authorization|b3|baggage|connection|content-.*|cookie|host"
    "|idempotency-key|sentry-trace|trace.*|user-agent|x-(api-key|b3-.*|datadog-.*)"
    "|x-stainless-.*"
)
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_queues: dict[tuple[object, ...], list[_Call]] = {}
_made_here: set[str] = set()  # batches of this process, which only a later one resumes
_scope: contextvars.ContextVar[_Scope | None]
_scope = contextvars.ContextVar("batch_scope", default=None)
_turn: contextvars.ContextVar[_Turn | None]
_turn = contextvars.ContextVar("batch_turn", default=None)


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

    A batch is sent once no call has come for `window` seconds, and asked for every
    `poll_seconds`. It holds `max_requests` and `max_bytes`, by default what the API
    takes. Calls of a batch that has not ended after `timeout` seconds raise the SDK's
    error for status 504; made again, they wait for the same batch.
    """
    kinds = type(client).__mro__
    modules = [kind.__module__.partition(".")[0] for kind in kinds]
    sdk = next((name for name in modules if name in _APIS), None)
    if sdk is None or re.search("Azure|Bedrock|Foundry|Vertex", str(kinds)):
        _log.warning("%s has no batches: calls are sent as ever", type(client).__name__)
        return client
    api = _APIS[sdk]
    limits = (max_requests or api.max_requests, max_bytes or api.max_bytes)
    path = Path(folder).absolute()
    transport = _Transport(client, api, window, poll_seconds, timeout, *limits, path)
    http = "DefaultAsyncHttpxClient" if transport.is_async else "DefaultHttpxClient"
    http_client = getattr(sys.modules[sdk], http)(transport=transport)
    copy: ClientT = transport.given.with_options(http_client=http_client)
    return copy


@contextlib.contextmanager
def batch_scope() -> Iterator[None]:
    """Calls in here, and in tasks that begin in here, are sent in batches."""
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
    """A ThreadPoolExecutor whose tasks are in a batch scope.

    They wait most of the time, so it has `MOST_THREADS` threads, or more if asked for.
    """

    def __init__(self, max_workers: int | None = None, *args: Any, **kwargs: Any):
        super().__init__(max(max_workers or 0, MOST_THREADS), *args, **kwargs)
        self._outer = _scope.get()
        self.scope = self._outer or _Scope()

    def submit(
        self, fn: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[ResultT]:
        context = contextvars.copy_context()
        context.run(_scope.set, self.scope)
        context.run(_turn.set, None)
        return super().submit(lambda: context.run(fn, *args, **kwargs))

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        is_stopped = error is not None and not isinstance(error, Exception)
        if is_stopped:
            self.scope.end(error)
        self.shutdown(cancel_futures=is_stopped)
        if self._outer is None:
            self.scope.end(error)


def batch_map(
    function: Callable[[ItemT], ResultT], items: Iterable[ItemT], calls: int = 1
) -> list[ResultT]:
    """`[function(item) for item in items]`, with the first call of each in a batch.

    Each item has a thread, but only one runs at a time: in the order of the items, each
    until it waits for a call. With the answers they go on in the same order, to their
    ends: further calls, such as another try, are sent as ever. Where each item makes
    several calls one after another, `calls` says how many of them go in a batch. Raises
    the first exception in the order of the items, once all have ended.
    """
    results: list[Future[ResultT]] = []
    active: list[_Turn] = []
    left, key = _until_error(items, results), object()
    with BatchExecutor() as pool:
        try:
            while True:
                pool.scope.busy.add(key)
                active = [turn for turn in active if turn.take()]
                for item in left if len(active) < MOST_THREADS else ():
                    turn = _Turn(calls)
                    results.append(pool.submit(turn.run, function, item))
                    active += [turn] if turn.take() else []
                    if len(active) == MOST_THREADS:
                        break
                pool.scope.busy.discard(key)
                if not active:
                    return [result.result() for result in results]
                _wait([answer for turn in active for answer in turn.answers])
        except BaseException as error:
            pool.scope.end(error)
            for turn in active:
                turn.begins.release()
            raise


def _until_error(
    items: Iterable[ItemT], results: list[Future[ResultT]]
) -> Iterator[ItemT]:
    """The items. An exception of theirs becomes the result behind those before it."""
    try:
        yield from items
    except Exception as error:
        results.append(Future())
        results[-1].set_exception(error)


class _Turn:
    """The turn of an item of `batch_map`. `answers` are those that it waits for.

    `calls` says how many more of its calls go in a batch.
    """

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.answers: list[Future[Any]] = []
        self.begins, self._ends = threading.Semaphore(0), threading.Semaphore(0)

    def run(self, function: Callable[[ItemT], ResultT], item: ItemT) -> ResultT:
        _turn.set(self)
        self.begins.acquire()
        try:
            return function(item)
        finally:
            self.answers = []
            self._ends.release()

    def take(self) -> bool:
        """Let the item run until it waits for answers, and say whether it does."""
        self.begins.release()
        self._ends.acquire()
        return bool(self.answers)

    def wait(self, answers: list[Future[Any]]) -> None:
        self.answers = answers
        self._ends.release()
        self.begins.acquire()


def _wait(answers: list[Future[Any]]) -> None:
    """Wait for answers, while other items of a `batch_map` have their turns."""
    turn = _turn.get()
    if turn is not None:
        turn.wait(answers)
    else:
        wait(answers)


def cancel_batches(client: Any, folder: str | Path = ".llm_batches") -> None:
    """Cancel what a stopped program has left. `client` is a synchronous one."""
    is_anthropic = hasattr(client, "messages")
    batches = client.messages.batches if is_anthropic else client.batches
    name = "msgbatch_*.json" if is_anthropic else "batch_*.json"
    for path in Path(folder).glob(name):
        batches.cancel(path.stem)
        path.unlink()


class _Scope:
    """What the calls of a scope share: files of their batches, and rows to resume."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self.threads: set[_Call] = set()
        self.busy: set[object] = set()  # calls of `batch_map` whose items have turns
        self.is_stopped = False
        self._rows: defaultdict[str, list[tuple[str, str]]] | None = None

    def rows(self, key: str, folder: Path) -> list[tuple[str, str]]:
        """Batch and row of each answer to a request that was paid for, not taken."""
        if self._rows is None:
            self._rows = defaultdict(list)
            for path in folder.glob("*.json"):
                with contextlib.suppress(Exception):  # of a file that is broken
                    record = json.loads(path.read_text(encoding="utf-8"))
                    if record["created"] < time.time() - SECONDS_KEPT:
                        path.unlink()
                    elif path.stem not in _made_here:
                        for row in record["rows"]:
                            self._rows[row.split("-")[0]].append((path.stem, row))
        return self._rows[key]

    def end(self, error: BaseException | None) -> None:
        if error is None:
            for path in self.files:
                with contextlib.suppress(OSError):
                    path.unlink()
        elif not isinstance(error, Exception):  # Ctrl-C: no thread waits any longer
            self.is_stopped = True
            for call in list(self.threads):
                call.end(KeyboardInterrupt())


@dataclass(eq=False)
class _Call:
    """A call that waits. `key` is a hash of its request, `row` its name in a batch."""

    transport: _Transport
    scope: _Scope
    key: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    row: str = ""
    task: object = None
    answer: Future[Answer] = field(default_factory=Future)

    def end(self, answer: Answer | BaseException) -> None:
        with contextlib.suppress(InvalidStateError):  # where its caller has given up
            if isinstance(answer, tuple):
                self.answer.set_result(answer)
            elif hasattr(answer, "status_code"):  # the SDK raises it for each call
                body = getattr(answer, "body", None)
                is_whole = isinstance(body, dict) and "error" in body
                body = body if is_whole else {"error": body}
                self.answer.set_result((answer.status_code, body))
            else:
                self.answer.set_exception(answer)


@dataclass(eq=False)
class _Transport:
    """Sends the HTTP requests of a client: in a batch, or by its own HTTP client.

    Above it, the SDK makes requests of arguments and results or exceptions of answers,
    and tries again, as it always does.
    """

    given: Any
    api: Any  # _Anthropic or _OpenAI
    window: float
    poll_seconds: float
    timeout: float
    max_requests: int
    max_bytes: int
    folder: Path

    def __post_init__(self) -> None:
        self.client = self.given.with_options(max_retries=10)  # outlives an outage
        self.is_async = inspect.iscoroutinefunction(self.given.post)
        self._http = self.given._client  # the SDKs have no public name for it
        self._own_headers = {name.lower() for name in self.given.default_headers}
        usual = self.given.timeout
        self._usual_timeouts = (getattr(usual, "read", usual), 600.0)

    def handle_request(self, request: Any) -> Any:
        call = self._queue(request)
        if call is None:
            return self._http.send(request, stream=True)
        try:
            _wait([call.answer])
            return _response(request, call.answer.result())
        finally:
            call.scope.threads.discard(call)

    async def handle_async_request(self, request: Any) -> Any:
        call = self._queue(request)
        if call is None:
            return await self._http.send(request, stream=True)
        return _response(request, await asyncio.wrap_future(call.answer))

    def close(self) -> None:
        self._http.close()

    async def aclose(self) -> None:
        await self._http.aclose()

    def _queue(self, request: Any) -> _Call | None:
        """Let a request wait for a batch; None where it is to be sent as ever."""
        scope = _scope.get()
        path = next((p for p in self.api.paths if request.url.path.endswith(p)), None)
        turn = None if self.is_async else _turn.get()
        if scope is None or path is None or not self._is_usual(request):
            return None
        body = json.loads(request.content)
        tiers = {body.get("speed"), body.get("service_tier")}
        if body.get("stream") or body.get("background") or tiers & {"fast", "flex"}:
            return None
        loop = asyncio.get_running_loop() if self.is_async else None
        if scope.is_stopped and loop is None:
            raise KeyboardInterrupt
        headers = request.headers
        beta = {name: headers[name] for name in ("anthropic-beta",) if name in headers}
        identity = json.dumps([str(request.url), beta, body], sort_keys=True)
        key = hashlib.sha256(identity.encode()).hexdigest()[:48]
        # What a batch holds already is not paid for again, whichever try asks for it.
        if turn and turn.calls < 1 and not scope.rows(key, self.folder):
            return None
        call = _Call(self, scope, key, path, beta, body)
        # A batch is for one endpoint and account; one of OpenAI's for one model too.
        account = (headers.get("x-api-key"), headers.get("authorization"))
        model = body.get("model") if self.api.one_model else None
        if turn is not None:
            turn.calls -= 1
        has_turn, url = turn is not None, str(request.url)
        queue = (has_turn, loop, scope, url, *account, str(beta), model)
        with _lock:
            is_first = queue not in _queues
            _queues.setdefault(queue, []).append(call)
        if loop is None:
            scope.threads.add(call)
        collecting = self._collect(queue) if is_first else None
        if collecting is not None and loop is not None:
            call.task = loop.create_task(collecting)
        elif collecting is not None:
            run = threading.Thread(target=asyncio.run, args=(collecting,), daemon=True)
            run.start()
        return call

    def _is_usual(self, request: Any) -> bool:
        """Whether the caller has set no headers or time-out for this request alone."""
        others = set(request.headers) - self._own_headers
        timeout = request.extensions.get("timeout", {}).get("read")
        return timeout in self._usual_timeouts and all(map(_USUAL.fullmatch, others))

    async def _collect(self, queue: tuple[object, ...]) -> None:
        """Wait until no further call comes, and answer all."""
        calls, count = _queues[queue], 0
        try:
            while count < len(calls) or (queue[0] and calls[0].scope.busy):
                count = len(calls)
                await asyncio.sleep(self.window)
        finally:
            with _lock:
                del _queues[queue]
        try:
            await self._answer([call for call in calls if not call.answer.cancelled()])
        except Exception as error:
            for call in calls:
                call.end(error)

    async def _answer(self, calls: list[_Call]) -> None:
        """Answer calls by batches that were left, or else by new ones."""
        left: defaultdict[str, list[_Call]] = defaultdict(list)
        chunks: list[list[_Call]] = []
        size = 0
        new = []
        for call in calls:
            if known := call.scope.rows(call.key, self.folder):
                batch_id, call.row = known.pop(0)
                left[batch_id].append(call)
            else:
                new.append(call)
        if self.api.has_breakpoints:
            new = await self._cache_shared_prefixes(new)
        for call in new:
            length = len(json.dumps(call.body)) + 200
            is_full = chunks and len(chunks[-1]) == self.max_requests
            if not chunks or is_full or size + length > self.max_bytes:
                chunks.append([])
                size = 0
            chunks[-1].append(call)
            size += length
        # All are sent before one is waited for, each by a client that is still open, as
        # a call of its own waits.
        old = [rows[0].transport._take(name, rows, True) for name, rows in left.items()]
        await asyncio.gather(*old, *(rows[0].transport._send(rows) for rows in chunks))

    async def _cache_shared_prefixes(self, calls: list[_Call]) -> list[_Call]:
        """Cache what many prompts begin with, by one call ahead. Returns the others.

        Rows of a batch run side by side, so that each may pay for writing the cache.
        One write for an hour costs the input price twice, but then a row reads for 0.05
        of it, not 0.5 as without a cache. Where few share a prefix, they do without.
        """
        prefixes = {call: list(_prefixes(call.body)) for call in calls}
        sharers = Counter(name for found in prefixes.values() for name, _, _ in found)
        is_cached: dict[str, bool] = {}
        others = []
        for call, found in prefixes.items():
            longest = None
            for name, size, block in found:
                if sharers[name] >= SHARED_BY and size >= SHARED_CHARACTERS:
                    block["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
                    longest = name
                elif sharers[name] > 1:
                    del block["cache_control"]
            if longest is not None and longest not in is_cached:
                is_cached[longest] = await self._send_alone(call)
                continue
            if longest is not None and not is_cached[longest]:
                for _, _, block in found:
                    block.pop("cache_control", None)
            others.append(call)
        return others

    async def _send_alone(self, call: _Call) -> bool:
        """Whether an ordinary call has written something to the cache, or read it."""
        sent = {"body": call.body, "options": {"headers": call.headers}}
        try:
            body = await _done(self.client.post(call.path, cast_to=object, **sent))
        except Exception as error:
            call.end(error)
            return False
        call.end((200, body))
        kinds = ("cache_creation_input_tokens", "cache_read_input_tokens")
        return any(body["usage"].get(kind) for kind in kinds)

    async def _send(self, calls: list[_Call]) -> None:
        """Answer calls by a new batch."""
        copies: Counter[str] = Counter()
        for call in calls:
            call.row = f"{call.key}-{copies[call.key]}"
            copies[call.key] += 1
        try:
            batch_id = await self.api.create(self.client, calls)
        except Exception as error:
            for call in calls:
                call.end(error)
            return
        path = self.folder / f"{batch_id}.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
            record = {"created": time.time(), "rows": [call.row for call in calls]}
            new = path.with_suffix(".new")
            new.write_text(json.dumps(record), encoding="utf-8")
            new.replace(path)
        except OSError as error:
            _log.warning("batch %s cannot be resumed: %s", batch_id, error)
        _log.info("batch %s of %d requests, kept in %s", batch_id, len(calls), path)
        await self._take(batch_id, calls)

    async def _take(
        self, batch_id: str, calls: list[_Call], is_left: bool = False
    ) -> None:
        """Answer calls by a batch, once it has ended."""
        path = self.folder / f"{batch_id}.json"
        _made_here.add(batch_id)
        for call in calls:
            call.scope.files.add(path)
        failure: Answer | Exception = _failure(f"{batch_id} has not ended yet")
        answers = None
        deadline, pause = time.monotonic() + self.timeout, min(1.0, self.poll_seconds)
        try:
            while answers is None and time.monotonic() < deadline:
                await asyncio.sleep(pause)
                pause = min(2 * pause, self.poll_seconds)
                answers = await self.api.answers(self.client, batch_id)
        except Exception as error:
            failure = error
            if is_left and getattr(error, "status_code", None) == 404:
                answers = {}  # deleted, or of another account
        again = []
        for call in calls:
            if answers is None:
                call.scope.rows(call.key, self.folder).append((batch_id, call.row))
                call.end(failure)
                continue
            failure = answers.get("") or _failure(f"{batch_id} has no answer")
            answer = answers.get(call.row, failure)
            if is_left and answer[0] != 200:
                again.append(call)
            else:
                call.end(answer)
        if again:
            await self._answer(again)


class _Anthropic:
    """https://platform.claude.com/docs/en/build-with-claude/batch-processing"""

    paths = ("/v1/messages",)
    max_requests, max_bytes = 100_000, 256_000_000
    one_model, has_breakpoints = False, True

    @staticmethod
    async def create(client: Any, calls: list[_Call]) -> str:
        rows = [{"custom_id": call.row, "params": call.body} for call in calls]
        batches = client.messages.batches
        batch = batches.create(requests=rows, extra_headers=calls[0].headers)
        return str((await _done(batch)).id)

    @staticmethod
    async def answers(client: Any, batch_id: str) -> dict[str, Answer] | None:
        """The answers of a batch by row; None while it is under way."""
        batch = await _done(client.messages.batches.retrieve(batch_id))
        if batch.processing_status != "ended":
            return None
        answers: dict[str, Answer] = {}
        url = batch.results_url  # none once the answers are deleted
        for row in _lines(await _done(client.get(url, cast_to=str)) if url else ""):
            result = row["result"]
            if result["type"] == "succeeded":
                answers[row["custom_id"]] = (200, result["message"])
            elif result["type"] == "errored":
                status = _STATUSES.get(result["error"]["error"]["type"], 400)
                answers[row["custom_id"]] = (status, result["error"])
            else:
                said = f"{batch_id} ended ahead of this row: {result['type']}"
                answers[row["custom_id"]] = _failure(said)
        return answers


class _OpenAI:
    """https://platform.openai.com/docs/guides/batch"""

    paths = ("/chat/completions", "/responses")
    max_requests, max_bytes = 50_000, 200_000_000
    one_model, has_breakpoints = True, False

    @staticmethod
    async def create(client: Any, calls: list[_Call]) -> str:
        url = f"/v1{calls[0].path}"
        rows = [
            {"custom_id": call.row, "method": "POST", "url": url, "body": call.body}
            for call in calls
        ]
        data = "\n".join(map(json.dumps, rows)).encode()
        files = client.files.create(file=("batch.jsonl", data), purpose="batch")
        name = (await _done(files)).id
        create = client.batches.create
        batch = create(input_file_id=name, endpoint=url, completion_window="24h")
        return str((await _done(batch)).id)

    @staticmethod
    async def answers(client: Any, batch_id: str) -> dict[str, Answer] | None:
        """The same; what a whole batch was refused for is the answer to "" then."""
        batch = await _done(client.batches.retrieve(batch_id))
        answers: dict[str, Answer] = {}
        if batch.status == "failed":  # as a whole
            error = batch.errors.data[0]
            status = 429 if error.code == "token_limit_exceeded" else 400
            return {"": (status, {"error": error.to_dict()})}
        if batch.status not in ("completed", "expired", "cancelled"):
            return None
        for file in filter(None, (batch.output_file_id, batch.error_file_id)):
            for row in _lines((await _done(client.files.content(file))).text):
                response = row.get("response")
                answers[row["custom_id"]] = _failure(str(row.get("error")))
                if response:
                    answer = (response["status_code"], response["body"])
                    answers[row["custom_id"]] = answer
        return answers


_APIS: dict[str, Any] = {"anthropic": _Anthropic, "openai": _OpenAI}
_STATUSES = {
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def _failure(message: str) -> Answer:
    error = {"type": "timeout_error", "message": f"batch {message}"}
    return (504, {"type": "error", "error": error})


def _response(request: Any, answer: Answer) -> Any:
    httpx = sys.modules[type(request).__module__.partition(".")[0]]  # or httpx2
    status, body = answer
    # The SDK would try again at once, for another day.
    headers = {"x-should-retry": "false"} if status == 504 else {}
    return httpx.Response(status, json=body, headers=headers, request=request)


def _prefixes(body: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each start of a prompt up to a `cache_control`: a hash, its size, the block."""
    names = ("model", "tool_choice", "thinking", "output_config")
    hashed = hashlib.sha256(json.dumps([body.get(name) for name in names]).encode())
    size = 0
    turns = [
        part for turn in body["messages"] for part in (turn["role"], turn["content"])
    ]
    for part in (body.get("tools"), body.get("system"), *turns):
        for block in part if isinstance(part, list) else [part]:
            is_marked = isinstance(block, dict) and "cache_control" in block
            plain = {**block, "cache_control": None} if is_marked else block
            text = json.dumps(plain, sort_keys=True)
            hashed.update(text.encode())
            size += len(text)
            if is_marked:
                yield hashed.hexdigest(), size, block


def _lines(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.split("\n") if line)


async def _done(result: Any) -> Any:
    """What a method of an SDK gives, whether it is async or not."""
    return await result if inspect.isawaitable(result) else result
