"""Requests that are posted without an SDK: which API they go to, by their address, and how their bodies are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.program.tests import is_test_file
from llmlint.link.values.values import Known, Text
from llmlint.providers import anthropic, google, openai
from llmlint.providers.base import Provider, Resolved, register
from llmlint.providers.hosts import Host, host_of
from llmlint.request_data import Prompt
from llmlint.sdks.http import PATHS, SDK
from llmlint.sdks.shape import Method

_READERS: Mapping[str, Callable[[CallArguments, Method], Prompt]] = {
    "anthropic.messages": anthropic.read_prompt,
    "openai.chat": openai.read_prompt,
    "openai.responses": openai.read_prompt,
    "google.generate_content": google.read_prompt,
}
_VENDORS = {"anthropic.messages": "anthropic", "google.generate_content": "google"}
_MODEL = re.compile(r"/models/([^/:?\0]+):\w*[gG]enerateContent")
_BODIES = frozenset({"messages", "input", "contents"})


def resolve(evaluator: Evaluator, arguments: CallArguments, method: Method) -> Resolved | None:
    """The API that an address leads to; None where that is none of an LLM."""
    found: Resolved | None = None
    for value in arguments.values("url"):
        address = _address(value) if isinstance(value, Text) else None
        if address is None:
            continue
        api = next((api for path, api in PATHS.items() if address.partition("?")[0].endswith(path)), None)
        if api is None:
            continue
        vendor = _VENDORS.get(api)
        is_whole = "\0" not in address.partition("//")[2].partition("/")[0] and "//" in address
        host = _host(address, vendor) if is_whole else Host.UNKNOWN
        if not is_whole and not address.endswith("/chat/completions") and _BODIES.isdisjoint(arguments.fields.entries):
            continue  # Neither the host nor the body says that it is an LLM's.
        if address.startswith("/") and is_test_file(evaluator.program, arguments.place.module):
            continue  # A test of the program's own server.
        if found is None or host is Host.OWN:
            found = Resolved(api, host, vendor, tuple(_models_in(value)) if isinstance(value, Text) else ())
    return found


def _models_in(address: Text) -> Iterator[Text]:
    """The model of an address that names it: `…/models/gemini-3.8-flash:generateContent`."""
    match = _MODEL.search(_address(address))
    end = 0
    for part in address.parts if match is not None else ():
        end += len(part.text) if isinstance(part, Known) else 1
        if match is not None and isinstance(part, Known) and match.start(1) < end:
            # The rest may stand in another part.
            yield Text((Known(match[1], part.at),), part.at)
            return


def _host(address: str, vendor: str | None) -> Host:
    if vendor == "google":
        return Host.OWN if ".googleapis.com" in address else Host.OTHER
    return host_of(address, vendor or "openai")


def _address(text: Text) -> str:
    """An address, with a sign for each part of it that is not known."""
    return "".join(part.text if isinstance(part, Known) else "\0" for part in text.parts)


def is_request(arguments: CallArguments, method: Method) -> bool:
    return False


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    return _READERS[method.api](arguments, method)


register(Provider(SDK, is_request, read_prompt, resolve=resolve))
