"""litellm (1.110.2, read on 2026-11-26): module functions and the Router, in OpenAI's request formats."""

from __future__ import annotations

from llmlint.sdks import instructor
from llmlint.sdks.shape import Api, Client, Method, Roles, Sdk

_NAMES = ("model", "messages")


def _method(name: str) -> Method:
    return Method((name,), "litellm", names=_NAMES)


def _responses(name: str) -> Method:
    return Method((name,), "litellm", names=("input", "model"))


METHODS = (_method("completion"), _method("acompletion"), _responses("responses"), _responses("aresponses"))
FUNCTIONS = {
    "litellm.completion": METHODS[0],
    "litellm.acompletion": METHODS[1],
    "litellm.main.completion": METHODS[0],
    "litellm.main.acompletion": METHODS[1],
    "litellm.completion_with_retries": METHODS[0],
    # Threads that send ordinary requests at full price.
    "litellm.batch_completion": _method("batch_completion")._replace(items="messages"),
    "litellm.responses": METHODS[2],
    "litellm.aresponses": METHODS[3],
}
CLIENTS = {"Router": Client(takes_batches=False)} | dict.fromkeys(instructor.CLIENTS, Client(takes_batches=False))

SDK = Sdk(
    "litellm",
    frozenset({"litellm", "instructor"}),
    CLIENTS,
    METHODS + instructor.methods("litellm", METHODS),
    {"litellm": Api(batch="the provider's batch API", takes_breakpoints=True, takes_cache_key=True)},
    FUNCTIONS,
    roles=Roles(model=("model", "engine", "deployment_id"), system=("instructions",)),
    takes_fixes=True,
    telling=frozenset({"completion", "acompletion"}),
)
