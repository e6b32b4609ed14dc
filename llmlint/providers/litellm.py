"""litellm (1.110.2, read on 2026-11-26): module functions and the Router, in OpenAI's request formats."""

from __future__ import annotations

import dataclasses

from llmlint.callsite import Prompt
from llmlint.link.calls.request import Request
from llmlint.providers import instructor, openai
from llmlint.providers.base import Client, Method, Provider, register

_NAMES = ("model", "messages")


def _method(name: str, takes_batches: bool = True) -> Method:
    return Method((name,), "litellm", names=_NAMES, takes_batches=takes_batches)


def _responses(name: str) -> Method:
    return Method((name,), "litellm", names=("input", "model"))


METHODS = (_method("completion"), _method("acompletion"), _responses("responses"), _responses("aresponses"))
FUNCTIONS = {
    "litellm.completion": METHODS[0],
    "litellm.acompletion": METHODS[1],
    "litellm.main.completion": METHODS[0],
    "litellm.main.acompletion": METHODS[1],
    "litellm.completion_with_retries": METHODS[0],
    "litellm.batch_completion": _method("batch_completion", takes_batches=False),
    "litellm.responses": METHODS[2],
    "litellm.aresponses": METHODS[3],
}


def is_request(request: Request, method: Method) -> bool:
    names = request.fields.entries
    return ("messages" in names or "input" in names) and "model" in names


def read_prompt(request: Request, method: Method) -> Prompt:
    prompt = openai.read_prompt(request, method)
    if request.is_true("enable_prompt_caching") or _caches_all(request):
        return dataclasses.replace(prompt, is_marked=True, may_be_marked=True)
    if request.has("cache_control_injection_points"):
        return dataclasses.replace(prompt, is_marked=True, may_be_marked=True)
    return prompt


def _caches_all(request: Request) -> bool:
    """Whether a setting makes litellm put the marks on all requests to Claude (`integrations/anthropic_cache_control_hook.py`)."""
    setting = b"enable_anthropic_prompt_caching"
    return any(request.program.mentions(word, request.place.module) for word in (setting, setting.upper()))


CLIENTS = {"Router": Client(takes_batches=False)} | dict.fromkeys(instructor.CLIENTS, Client(takes_batches=False))
register(
    Provider(
        "litellm",
        frozenset({"litellm", "instructor"}),
        CLIENTS,
        METHODS + instructor.methods("litellm", METHODS),
        is_request,
        read_prompt,
        FUNCTIONS,
    )
)
