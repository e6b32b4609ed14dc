"""The metered API: an HTTP server on loopback that speaks to the real SDKs, answers the same to the same text, and keeps the bill.

    with MeteredServer() as server:
        account = server.account("shop")
        client = anthropic.Anthropic(base_url=server.anthropic_url("shop"), api_key="any")
        ...
        print(account.bill.dollars)

The first step of the path names the account: each has a cache, a bill, batches and a clock of its own, so that programs which run at the same
time do not see each other. `environment` gives the variables by which a program's own clients come here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from metered import batches, chat, messages, openai_batches
from metered.account import Account, Settings
from metered.errors import ApiError, invalid, not_found


class MeteredServer:
    """The server, in threads of this process. Answers from `with` on, at a port that the system chooses."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings if settings is not None else Settings()
        self._accounts: dict[str, Account] = {}
        self._lock = threading.Lock()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> MeteredServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def account(self, name: str, settings: Settings | None = None) -> Account:
        """The account of that name, made when it is first asked for: with `settings` in place of the server's own, if given."""
        with self._lock:
            if name not in self._accounts:
                self._accounts[name] = Account(settings if settings is not None else self.settings)
            return self._accounts[name]

    def anthropic_url(self, account: str) -> str:
        return f"{self.url}/{account}"

    def openai_url(self, account: str) -> str:
        return f"{self.url}/{account}/v1"

    def environment(self, account: str) -> Mapping[str, str]:
        """Environment variables that send the SDKs' default clients to an account."""
        return {
            "ANTHROPIC_BASE_URL": self.anthropic_url(account),
            "ANTHROPIC_API_KEY": "key-of-the-metered-api",
            "OPENAI_BASE_URL": self.openai_url(account),
            "OPENAI_API_KEY": "key-of-the-metered-api",
            "METERED_CLOCK_URL": f"{self.url}/{account}/clock",
        }


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, metered: MeteredServer) -> None:
        self.metered = metered
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: else each answer waits for the client's delayed acknowledgement.
    wbufsize = -1
    server: _Http

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests read the bill."""

    def _answer(self, method: str) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        name, _, path = urlsplit(self.path).path.lstrip("/").partition("/")
        account = self.server.metered.account(name)
        is_openai = path.startswith(("v1/chat", "v1/responses", "v1/files", "v1/batches"))
        try:
            if (method, path) == ("POST", "v1/files"):
                uploaded = openai_batches.upload(account, self.headers.get("content-type", ""), raw)
                self._send(200, openai_batches.shown_file(uploaded))
                return
            try:
                body = json.loads(raw) if raw else None
            except ValueError as error:
                raise invalid(f"the body is not JSON: {error}") from error
            self._route(account, method, path, body, len(raw))
        except ApiError as error:
            account.bill.refuse(error.message)
            inner = {"type": error.kind, "message": error.message}
            if is_openai:
                self._send(error.status, {"error": {**inner, "param": None, "code": error.kind}})
            else:
                self._send(error.status, {"type": "error", "error": inner, "request_id": "req_metered"})

    def _route(self, account: Account, method: str, path: str, body: Any, size: int) -> None:
        route = (method, path)
        if route == ("POST", "v1/messages"):
            message, reply = messages.create(account, body)
            if body.get("stream"):
                self._stream(messages.events(message, reply))
            else:
                self._send(200, message)
        elif route == ("POST", "v1/messages/count_tokens"):
            self._send(200, messages.count(account, body))
        elif route == ("POST", "v1/messages/batches"):
            self._send_batch(account, batches.create(account, body, size))
        elif route == ("GET", "v1/messages/batches"):
            shown = [batches.shown(batch, self._results_url(batch.id)) for batch in account.batches.values()]
            self._send(200, {"data": shown, "has_more": False, "first_id": None, "last_id": None})
        elif path.startswith("v1/messages/batches/"):
            self._route_batch(account, method, *path.removeprefix("v1/messages/batches/").partition("/")[::2])
        elif route == ("POST", "v1/chat/completions"):
            completion, reply = chat.create_chat(account, body)
            if body.get("stream"):
                with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
                self._stream((None, chunk) for chunk in chat.chunks(completion, reply, with_usage))
            else:
                self._send(200, completion)
        elif route == ("POST", "v1/responses"):
            response, reply = chat.create_response(account, body)
            if body.get("stream"):
                self._stream(chat.response_events(response, reply))
            else:
                self._send(200, response)
        elif path.startswith(("v1/files", "v1/batches")):
            _, kind, name, action = (*path.split("/"), "", "")[:4]
            (self._route_file if kind == "files" else self._route_openai_batch)(account, method, name, action, body)
        elif route == ("POST", "clock"):
            account.clock.advance(float(body["seconds"]))
            self._send(200, {"now": account.clock.now()})
        else:
            raise not_found(f"there is no {method} /{path}")

    def _route_batch(self, account: Account, method: str, name: str, action: str) -> None:
        batch = batches.find(account, name)
        if method == "GET" and action == "":
            batches.poll(account, batch)
        elif method == "POST" and action == "cancel":
            batches.cancel(batch)
        elif method == "GET" and action == "results":
            rows = "".join(json.dumps(row) + "\n" for row in batches.results(batch))
            self._send_bytes(200, "application/x-jsonl", rows.encode())
            return
        elif method == "DELETE" and action == "":
            del account.batches[name]
            self._send(200, {"id": name, "type": "message_batch_deleted"})
            return
        else:
            raise not_found(f"there is no {method} {action} of a batch")
        self._send_batch(account, batch)

    def _route_file(self, account: Account, method: str, name: str, action: str, _body: Any) -> None:
        if (method, name) == ("GET", ""):
            files = [openai_batches.shown_file(found) for found in account.files.values()]
            self._send(200, {"object": "list", "data": files, "has_more": False})
        elif (method, action) == ("GET", ""):
            self._send(200, openai_batches.shown_file(openai_batches.file(account, name)))
        elif (method, action) == ("GET", "content"):
            self._send_bytes(200, "application/octet-stream", openai_batches.file(account, name).data)
        elif (method, action) == ("DELETE", ""):
            self._send(200, openai_batches.delete(account, name))
        else:
            raise not_found(f"there is no {method} {action} of a file")

    def _route_openai_batch(self, account: Account, method: str, name: str, action: str, body: Any) -> None:
        if (method, name) == ("GET", ""):
            shown = [openai_batches.shown(batch) for batch in account.openai_batches.values()]
            self._send(200, {"object": "list", "data": shown, "has_more": False})
            return
        if (method, name) == ("POST", ""):
            batch = openai_batches.create(account, body)
        elif (method, action) == ("GET", ""):
            batch = openai_batches.find(account, name)
            openai_batches.poll(account, batch)
        elif (method, action) == ("POST", "cancel"):
            batch = openai_batches.find(account, name)
            openai_batches.cancel(batch)
        else:
            raise not_found(f"there is no {method} {action} of a batch")
        self._send(200, openai_batches.shown(batch))

    def _send_batch(self, account: Account, batch: batches.Batch) -> None:
        self._send(200, batches.shown(batch, self._results_url(batch.id)))

    def _results_url(self, name: str) -> str:
        account = urlsplit(self.path).path.lstrip("/").partition("/")[0]
        return f"{self.server.metered.anthropic_url(account)}/v1/messages/batches/{name}/results"

    def _send(self, status: int, body: object) -> None:
        self._send_bytes(status, "application/json", json.dumps(body).encode())

    def _send_bytes(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        # Tests want to see each error, not the SDKs' next tries.
        self.send_header("x-should-retry", "false")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: Iterable[tuple[str | None, dict[str, Any]]]) -> None:
        """Server-sent events in one answer; without names they end as OpenAI's do."""
        parts = []
        is_named = True
        for name, data in events:
            is_named = name is not None
            parts.append((f"event: {name}\n" if is_named else "") + f"data: {json.dumps(data)}\n\n")
        if not is_named:
            parts.append("data: [DONE]\n\n")
        self._send_bytes(200, "text/event-stream; charset=utf-8", "".join(parts).encode())
