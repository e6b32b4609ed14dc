"""Requests that are posted without an SDK: which API they go to, by their address, and how their bodies are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.program.tests import is_test_file
from llmlint.link.values.values import External, Known, Text, Unknown, Value
from llmlint.providers import anthropic, generic, google, openai
from llmlint.providers.base import Provider, Resolved, is_for_media, register
from llmlint.providers.client_hosts import setting_of
from llmlint.providers.hosts import Host, host_of, host_of_setting
from llmlint.request_data import Prompt
from llmlint.sdks import cohere
from llmlint.sdks.http import PATHS, SDK
from llmlint.sdks.shape import Method

_READERS: Mapping[str, Callable[[CallArguments, Method], Prompt]] = {
    "anthropic.messages": anthropic.read_prompt,
    "openai.chat": openai.read_prompt,
    "openai.responses": openai.read_prompt,
    "google.generate_content": google.read_prompt,
    "cohere.chat": partial(generic.read_prompt, cohere.SDK),
}
_VENDORS = {"anthropic.messages": "anthropic", "google.generate_content": "google", "cohere.chat": "cohere"}
# Of Cloudflare: the model's name follows. Its other models take other bodies.
_WORKERS_AI = "/ai/run/"
_MODEL = re.compile(r"(?:/models/|/ai/run/@\w+/\w+/)([^/:?\0]+)(?::\w*(?:[gG]enerateContent|[rR]awPredict)|\Z)")
_BODY = {"openai.responses": "input", "google.generate_content": "contents"}
_BODIES = frozenset({"messages", *_BODY.values()})
_OF_LLM = re.compile(
    r"(?i)openai|(?<![a-z])gpt|anthropic|claude|(?<![a-z])llms?(?![a-z])|openrouter|groq|mistral|deepseek|completions?(?![a-z])"
)
_OF_GEMINI = re.compile(r"(?i)gemini|generative_?language")
_LAST_NAME = re.compile(r"\w+")
_GEMINI_SETTINGS = frozenset({"generationConfig", "generation_config"})
_LIMITS = frozenset({"max_tokens", "max_completion_tokens", "temperature"})
_RESPONSES = ("/v1/responses", "/openai/responses")


def resolve(evaluator: Evaluator, arguments: CallArguments, method: Method) -> Resolved | None:
    """The API that an address leads to; None where that is none of an LLM."""
    found: Resolved | None = None
    for value in arguments.values("url") or arguments.values("request"):
        setting = _setting_in(arguments, value)
        resolved = _resolved(evaluator, arguments, value) if isinstance(value, Text) else None
        resolved = resolved or (_by_setting(arguments, setting) if setting else None)
        if resolved is None:
            continue
        # One address of several vendors is that of the one whose body is sent.
        is_better = found is None or (_fits(resolved, arguments), resolved.host is Host.OWN) >= (_fits(found, arguments), True)
        found = resolved if is_better else found
    return found


def _setting_in(arguments: CallArguments, address: Value) -> str:
    """The name of the setting that an address is, but for its parameters: `os.getenv("AZURE_OPENAI_ENDPOINT")`, `f"{GEMINI_URL}?key={key}"`."""
    if isinstance(address, Text) and address.parts and not isinstance(address.parts[0], Known):
        is_whole = _address(address).partition("?")[0] == "\0"
        return (_LAST_NAME.findall(arguments.source(address.parts[0].at)) or [""])[-1] if is_whole else ""
    if isinstance(address, External):
        return address.name.rpartition(".")[2]
    return setting_of(address.expression) if isinstance(address, Unknown) else ""


def _by_setting(arguments: CallArguments, name: str) -> Resolved | None:
    """The API that the name of a setting speaks of, where the body is in its form."""
    given = arguments.fields.entries.keys()
    if "contents" in given and given & _GEMINI_SETTINGS and _OF_GEMINI.search(name):
        return Resolved("google.generate_content", host_of_setting(name), "google", ())
    if not _OF_LLM.search(name) or "messages" not in given or not given & _LIMITS:
        return None
    is_claude = re.search(r"(?i)anthropic|claude", name) is not None
    api, vendor = ("anthropic.messages", "anthropic") if is_claude else ("openai.chat", None)
    return Resolved(api, host_of_setting(name), vendor, ())


def _resolved(evaluator: Evaluator, arguments: CallArguments, address: Text) -> Resolved | None:
    """The API that one address leads to."""
    text = _address(address)
    api = next((api for path, api in PATHS.items() if text.partition("?")[0].endswith(path)), None)
    if api is None and _WORKERS_AI in text and "messages" in arguments.fields.entries:
        api = "openai.chat"
    if api is None:
        return None
    if not _is_meant(text.partition("?")[0], arguments):
        return None
    vendor = _VENDORS.get(api)
    is_whole = "\0" not in text.partition("//")[2].partition("/")[0] and "//" in text
    if not is_whole and not text.endswith("/chat/completions") and _BODIES.isdisjoint(arguments.fields.entries):
        return None  # Neither the host nor the body says that it is an LLM's.
    if text.startswith("/") and is_test_file(evaluator.program, arguments.place.module):
        return None  # A test of the program's own server.
    return Resolved(api, _host(text, vendor) if is_whole else Host.UNKNOWN, vendor, tuple(_models_in(address)))


def _is_meant(address: str, arguments: CallArguments) -> bool:
    """Whether an address that ends like an LLM's is one: other services have `/responses`, too, and Vertex has `:rawPredict` for any model."""
    given = arguments.fields.entries
    if address.endswith("awPredict"):
        return "/publishers/anthropic/" in address or "anthropic_version" in given
    if address.endswith("/responses"):
        return address.endswith(_RESPONSES) or {"input", "model"} <= given.keys()
    return True


def _fits(resolved: Resolved, arguments: CallArguments) -> bool:
    """Whether the body of a request is in the form of an API, as far as it is known."""
    given = _BODIES.intersection(arguments.fields.entries)
    return not given or _BODY.get(resolved.api, "messages") in given


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


def is_other(arguments: CallArguments, method: Method) -> bool:
    """Whether a request sends nothing, as one that lists models, or asks for something other than text."""
    if is_for_media(arguments):
        return True
    if method.path[-1] == "urlopen":
        return not arguments.has("data")
    verbs = [value.value for value in arguments.values("method") if isinstance(value, Text)]
    return bool(verbs) and all(verb is not None and verb.upper() != "POST" for verb in verbs)


def read_prompt(arguments: CallArguments, method: Method) -> Prompt:
    return _READERS[method.api](arguments, method)


register(Provider(SDK, is_request, read_prompt, is_other, resolve))
