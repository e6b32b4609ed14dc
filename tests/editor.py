"""A client of the language server: a process, messages, and what it has been told; and a small project."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

BOOK = "Trains run by night, and a berth can be booked. " * 200
PROMPTS = f'BOOK = """{BOOK}"""\n'
APP = """\
import anthropic
from prompts import BOOK

client = anthropic.Anthropic()


def ask(question):
    return client.messages.create(
        model="claude-haiku-5-5", max_tokens=99, system=BOOK, messages=[{"role": "user", "content": question}]
    )


def tag(text):
    return client.messages.create(
        model="claude-opus-5-5",
        max_tokens=5,
        messages=[{"role": "user", "content": f"Answer yes or no: is this a complaint?\\n{text}"}],
    )
"""


class Client:
    """Talks to `llmlint server` as an editor does."""

    def __init__(self, *folders: Path, options: dict[str, Any] | None = None, settings: dict[str, Any] | None = None) -> None:
        command = [sys.executable, "-P"] if sys.version_info >= (3, 11) else [sys.executable]
        self.process = subprocess.Popen([*command, "-m", "llmlint", "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.settings = settings
        self.number = 0
        self.inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self.diagnostics: dict[str, dict[str, Any]] = {}
        self.messages: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        workspace: dict[str, Any] = {"workspaceEdit": {"documentChanges": True}, "configuration": settings is not None}
        self.initialized = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folders[0].as_uri(),
                "workspaceFolders": [{"uri": each.as_uri(), "name": each.name} for each in folders],
                "capabilities": {"workspace": workspace},
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.request("shutdown", None)
        self.notify("exit", None)
        assert self.process.wait(20) == 0
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.reader.join(5)
        self.process.stdout.close()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1]) if header.lower().startswith(b"content-length") else 0
            while header.strip():
                header = stream.readline()
            if length:
                self.inbox.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self.process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        stream.flush()

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        self.number += 1
        number = self.number
        self._send({"id": number, "method": method, "params": params})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            message = self._next(deadline - time.monotonic())
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
        raise AssertionError(f"no answer to {method}")

    def _next(self, timeout: float) -> dict[str, Any]:
        message = self.inbox.get(timeout=timeout)
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]
        elif method == "window/showMessage":
            self.messages.append(message["params"]["message"])
        elif method == "workspace/configuration":
            self._send({"id": message["id"], "result": [self.settings for _ in message["params"]["items"]]})
        elif "id" in message and method is not None:
            self._send({"id": message["id"], "result": None})
        return message

    def open(self, path: Path, text: str | None = None) -> str:
        uri = path.as_uri()
        text = path.read_text(encoding="utf-8") if text is None else text
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}})
        return uri

    def change(self, uri: str, text: str, version: int) -> None:
        self.notify(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
        )

    def save(self, uri: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def wait(
        self, uri: str, version: int | None = None, codes: list[str] | None = None, seconds: float = 30
    ) -> list[dict[str, Any]]:
        """The diagnostics of a document, once they are those of a version, or have these codes."""
        deadline = time.monotonic() + seconds
        while True:
            known = self.diagnostics.get(uri)
            if known is not None and (version is None or known.get("version") == version):
                if codes is None or [each["code"] for each in known["diagnostics"]] == codes:
                    return list(known["diagnostics"])
            if time.monotonic() > deadline:
                raise AssertionError(f"{uri}: {known}")
            try:
                self._next(max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{uri}: {known}") from None

    def quiet(self, seconds: float) -> None:
        """Take what comes meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self._next(left)
            except queue.Empty:
                return

    def actions(self, uri: str, diagnostic: dict[str, Any] | None, only: list[str] | None = None) -> list[dict[str, Any]]:
        place = diagnostic["range"] if diagnostic else {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        context: dict[str, Any] = {"diagnostics": [diagnostic] if diagnostic else []}
        if only is not None:
            context["only"] = only
        params = {"textDocument": {"uri": uri}, "range": place, "context": context}
        return list(self.request("textDocument/codeAction", params) or [])


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits of the protocol (positions in UTF-16 units)."""
    lines = text.splitlines(keepends=True)

    def offset(position: dict[str, int]) -> int:
        before = sum(map(len, lines[: position["line"]]))
        if position["line"] >= len(lines):
            return before
        units = lines[position["line"]].encode("utf-16-le")[: 2 * position["character"]]
        return before + len(units.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda each: offset(each["range"]["start"]), reverse=True):
        text = text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]
    return text
