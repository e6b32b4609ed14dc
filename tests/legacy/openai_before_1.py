"""What the batch module uses of openai 0.27 and 0.28, in one file, for tests that run where that version is not installed.

`.ci/legacy` runs the same tests with the real one. Names, arguments and exceptions are those of openai 0.28.1; asynchronous requests are sent from
a thread.
"""

from __future__ import annotations

import asyncio
import enum
import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any

api_key = os.environ.get("OPENAI_API_KEY")
api_base = os.environ.get("OPENAI_API_BASE", "https://api.openai.com/v1")
api_type = os.environ.get("OPENAI_API_TYPE", "open_ai")
organization = os.environ.get("OPENAI_ORGANIZATION")
_BOUNDARY = "boundary-of-a-form"


class OpenAIError(Exception):
    def __init__(self, message: Any = None, body: Any = None, status: int | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.http_body, self.http_status, self.json_body = body, status, data


class APIError(OpenAIError):
    pass


class APIConnectionError(OpenAIError):
    pass


class InvalidRequestError(OpenAIError):
    pass


class AuthenticationError(OpenAIError):
    pass


class RateLimitError(OpenAIError):
    pass


class ServiceUnavailableError(OpenAIError):
    pass


class OpenAIObject(dict[str, Any]):
    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


class OpenAIResponse:
    def __init__(self, data: Any, headers: Any) -> None:
        self.data, self._headers = data, headers


def convert_to_openai_object(found: Any) -> Any:
    found = found.data if isinstance(found, OpenAIResponse) else found
    if isinstance(found, list):
        return [convert_to_openai_object(each) for each in found]
    if not isinstance(found, dict):
        return found
    return OpenAIObject({name: convert_to_openai_object(value) for name, value in found.items()})


class ApiType(enum.Enum):
    AZURE = 1
    OPEN_AI = 2

    @staticmethod
    def from_str(label: str) -> ApiType:
        return ApiType.AZURE if label == "azure" else ApiType.OPEN_AI


class APIRequestor:
    def __init__(
        self,
        key: str | None = None,
        api_base: str | None = None,
        api_type: str | None = None,
        api_version: str | None = None,
        organization: str | None = None,
    ) -> None:
        module = sys.modules["openai"]
        self.api_base = api_base or module.api_base
        self.api_key = key or module.api_key
        self.api_type = ApiType.from_str(api_type or module.api_type)
        self.organization = organization or module.organization

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        headers: Any = None,
        files: Any = None,
        stream: bool = False,
        request_id: str | None = None,
        request_timeout: float | None = None,
    ) -> tuple[Any, bool, str | None]:
        status, body = self._send(method, url, params, headers, files)
        if stream and status == 200:
            lines = (line.removeprefix("data: ") for line in body.decode().splitlines() if line and line != "data: [DONE]")
            return (OpenAIResponse(json.loads(line), {}) for line in lines), True, self.api_key
        return self._interpret_response_line(body.decode(), status, {}, stream=False), False, self.api_key

    async def arequest(self, *args: Any, **kwargs: Any) -> tuple[Any, bool, str | None]:
        return await asyncio.to_thread(_REQUEST, self, *args, **kwargs)

    def _send(self, method: str, url: str, params: Any = None, headers: Any = None, files: Any = None) -> tuple[int, bytes]:
        given = {"Authorization": f"Bearer {self.api_key}", **(headers or {})}
        given |= {"OpenAI-Organization": self.organization} if self.organization else {}
        data = json.dumps(params).encode() if params else b"" if method == "post" else None
        if files:
            data = b"".join(_field(name, *field) for name, field in files) + f"--{_BOUNDARY}--\r\n".encode()
            given["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
        request = urllib.request.Request(f"{self.api_base}{url}", data, given, method=method.upper())
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            raise APIConnectionError(str(error)) from error

    def _interpret_response_line(self, body: str, status: int, headers: Any, stream: bool) -> OpenAIResponse:
        if status == 503:
            raise ServiceUnavailableError("The server is overloaded or not ready yet.", body, status)
        found = OpenAIResponse(json.loads(body), headers)
        if not 200 <= status < 300:
            raise self.handle_error_response(body, status, found.data, headers)
        return found

    def handle_error_response(self, body: Any, status: int, data: Any, headers: Any) -> OpenAIError:
        kinds: dict[int, type[OpenAIError]] = {429: RateLimitError, 401: AuthenticationError}
        kinds |= dict.fromkeys((400, 404, 415), InvalidRequestError)
        return kinds.get(status, APIError)(data["error"]["message"], body, status, data)


_REQUEST = APIRequestor.request


def _field(name: str, filename: str | None, content: Any, _type: str = "") -> bytes:
    extra = f'; filename="{filename}"' if filename else ""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"


def _prepared(
    api_key: Any = None, api_base: Any = None, api_type: Any = None, organization: Any = None, **params: Any
) -> tuple[APIRequestor, str, dict[str, Any]]:
    engine, names = params.pop("engine", None), ("headers", "request_timeout")
    more = {"params": params, "stream": params.get("stream", False), **{name: params.pop(name, None) for name in names}}
    path = f"/engines/{engine}/chat/completions" if engine else "/chat/completions"
    return APIRequestor(api_key, api_base, api_type, organization=organization), path, more


class ChatCompletion:
    @classmethod
    def create(cls, timeout: float | None = None, **params: Any) -> Any:
        sender, path, more = _prepared(**params)
        found, is_stream, _ = sender.request("post", path, **more)
        return map(convert_to_openai_object, found) if is_stream else convert_to_openai_object(found)

    @classmethod
    async def acreate(cls, timeout: float | None = None, **params: Any) -> Any:
        sender, path, more = _prepared(**params)
        return convert_to_openai_object((await sender.arequest("post", path, **more))[0])


class File:
    @classmethod
    def create(cls, file: Any, purpose: str, user_provided_filename: str = "file", **account: Any) -> Any:
        sender = _prepared(**account)[0]
        files = [("purpose", (None, purpose)), ("file", (user_provided_filename, file, "application/octet-stream"))]
        return convert_to_openai_object(sender.request("post", "/files", files=files)[0])

    @classmethod
    def download(cls, id: str, **account: Any) -> bytes:
        sender = _prepared(**account)[0]
        status, body = sender._send("get", f"/files/{id}/content")
        if status != 200:
            raise sender.handle_error_response(body, status, json.loads(body), {})
        return body


error = util = api_requestor = sys.modules[__name__]
sys.modules |= dict.fromkeys(("openai.error", "openai.util", "openai.api_requestor"), error)
