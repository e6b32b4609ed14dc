"""litellm (1.106.2, read on 2026-11-23): module functions and the Router, in OpenAI's request format."""

from __future__ import annotations

import dataclasses

from llmlint.callsite import Prompt
from llmlint.link.calls.request import Request
from llmlint.providers import openai
from llmlint.providers.base import Client, Method, Provider, register

_NAMES = ("model", "messages")


def _method(name: str, is_batch: bool = False) -> Method:
    return Method((name,), "litellm", names=_NAMES, is_batch=is_batch)


METHODS = (_method("completion"), _method("acompletion"))
FUNCTIONS = {
    "litellm.completion": METHODS[0],
    "litellm.acompletion": METHODS[1],
    "litellm.main.completion": METHODS[0],
    "litellm.main.acompletion": METHODS[1],
    "litellm.completion_with_retries": METHODS[0],
    "litellm.batch_completion": _method("batch_completion", is_batch=True),
}


def is_request(request: Request, method: Method) -> bool:
    names = request.fields.entries
    return "messages" in names and "model" in names


def read_prompt(request: Request, method: Method) -> Prompt:
    prompt = openai.read_prompt(request, method)
    if request.has("cache_control_injection_points"):
        return dataclasses.replace(prompt, is_marked=True, may_be_marked=True)
    return prompt


register(
    Provider(
        "litellm", frozenset({"litellm"}), {"Router": Client(takes_batches=False)}, METHODS, is_request, read_prompt, FUNCTIONS
    )
)
