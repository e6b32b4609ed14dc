"""What SDKs look like, one file an SDK, as data that the prefilter, the second look, providers, rules and fixes read.

A module defines `SDK`. One whose requests need reading of their own has a module of the same name in `llmlint.providers`. Nothing is imported
before it is needed: most runs see no call, and only ask for the words. Clients that the configuration describes (`[tool.llmlint.clients]`), and the
SDKs of plugins, join the same registry, ahead of the others.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from llmlint import plugins

if TYPE_CHECKING:
    from llmlint.sdks.shape import Described, Evidence, Sdk

Role: TypeAlias = Literal["model", "system", "messages", "tools"]

TELLING = ("anthropic", "openai", "litellm")
"""The SDKs whose resources and methods have names of their own, such as `messages.create`. They are tried first."""

_ORDER = (
    "google", "langchain", "bedrock", "mistral", "cohere", "openrouter", "pydantic_ai", "openai_agents", "claude_agent", "llama_index",
    "http",
)  # fmt: skip

LIKE = (*TELLING, "google", "mistral", "cohere")
"""What a described client can be like: SDKs whose requests have a model, a system prompt and messages as arguments."""

GATES: dict[bytes, dict[bytes, tuple[str, ...]]] = {
    b"ompletion": {b"/chat/completions": ("http",), b".completion": ("mistral",)},
    b"message": {
        b"/v1/messages": ("http",),
        b"awPredict": ("http",),
        b"max_tokens": ("http",),
        b"/ai/run/": ("http",),
        b".fim.": ("mistral",),
        b"api.cohere.": ("http",),
        b"send_message": ("google",),
        b"converse": ("bedrock",),
        b"claude_code_sdk": ("claude_agent",),
    },
    b".chat": {b".chat": ("mistral", "cohere"), b".chat.send": ("openrouter",)},
    b"responses": {b"/responses": ("http",), b".responses.send": ("openrouter",)},
    b"enerate": {
        b"generate_content": ("google",),
        b"enerateContent": ("http",),
        b"generationConfig": ("http",),
        b".generate": ("cohere",),
    },
    b"invoke": {b"invoke(": ("langchain",), b"invoke_model": ("bedrock",)},
    b"langchain": {b"langchain": ("langchain",)},
    b"llama": {b"llama_index": ("llama_index",)},
    b"gent": {
        b"pydantic_ai": ("pydantic_ai",),
        b"Runner.run": ("openai_agents",),
        b"claude_agent_sdk": ("claude_agent",),
        b"langgraph": ("langchain",),
        b"deepagents": ("langchain",),
    },
}
"""The other SDKs, by the first of the words of each `Evidence`, and those by a word that each file with them holds: few searches settle most
files."""


_OWN_GATES = {gate: dict(words) for gate, words in GATES.items()}
_described: Described | None = None
_added: dict[str, Sdk] = {}


def describe(clients: Described) -> None:
    """Put the clients that a configuration describes into the registry, in place of those that are there from another one."""
    global _described
    if clients == _described:
        return
    is_first, _described = _described is None, clients
    if is_first and not clients and not plugins.entries(plugins.SDKS):
        return  # As it is for most.
    from llmlint.sdks.described import sdk_of

    _added.clear()
    for name, given in clients:
        keys = dict(given)
        _added[name] = sdk_of(name, keys, sdk(str(keys["like"])) if "like" in keys else None)
    _added.update(_plugged())
    GATES.clear()
    GATES.update({gate: dict(words) for gate, words in _OWN_GATES.items()})
    for name, own in _added.items():
        for each in own.evidence:
            by_word = GATES.setdefault(each.words[0], {})
            by_word[each.words[0]] = (*by_word.get(each.words[0], ()), name)
    names = names_of_methods, names_of_functions, telling_paths, arguments_for, row_keys
    for remembered in (sdk, all_sdks, evidence_by, evidence, packages, *names):
        remembered.cache_clear()


@cache
def _plugged() -> dict[str, Sdk]:
    """The SDKs of plugins, by name."""
    from llmlint.sdks.plugged import plugged_sdks

    return plugged_sdks((*TELLING, *_ORDER))


def described() -> Described:
    """The descriptions of clients that are in the registry, as `describe` takes them."""
    return _described or ()


@cache
def sdk(name: str) -> Sdk:
    """An SDK by the name of its module, or a described client by its own."""
    if name in _added:
        return _added[name]
    found: Sdk = importlib.import_module(f"{__name__}.{name}").SDK
    return found


@cache
def all_sdks() -> tuple[Sdk, ...]:
    """All SDKs in the order in which they are tried."""
    return tuple(sdk(name) for name in (*_added, *TELLING, *_ORDER))


@cache
def evidence_by(name: str, word: bytes) -> tuple[Evidence, ...]:
    """What shows a call of an SDK in files with a word."""
    return tuple(each for each in sdk(name).evidence if each.words[0] == word)


@cache
def evidence() -> tuple[Evidence, ...]:
    """All that shows in the bytes of a file that it may call an SDK whose methods have no telling names."""
    return tuple(each for found in all_sdks() for each in found.evidence)


@cache
def packages() -> tuple[str, ...]:
    """The top-level packages of all SDKs. Others that extend one have names that begin with it: `langchain_anthropic`."""
    return tuple(sorted({package for each in all_sdks() for package in each.packages}))


@cache
def names_of_methods() -> frozenset[str]:
    """The names of all methods that count only with evidence."""
    return frozenset(name for each in evidence() for name in each.names)


@cache
def names_of_functions() -> frozenset[str]:
    """Those among them that are also called without a client."""
    return frozenset(name for each in evidence() if each.is_of_function for name in each.names)


@cache
def telling_paths() -> frozenset[tuple[str, ...]]:
    """How the paths of LLM calls end that show by their names alone: a resource with its method, or a method that few other libraries have."""
    found: set[tuple[str, ...]] = set()
    for each in all_sdks():
        found.update((name,) for name in each.telling)
        # Methods of no API of its own are called for other things, too.
        methods = (method for method in (*each.methods, *each.functions.values()) if method.api in each.apis)
        found.update(method.path[-2:] for method in methods if len(method.path) > 1 and not each.is_described)
    return frozenset(found)


@cache
def arguments_for(role: Role) -> tuple[str, ...]:
    """The names of the arguments that hold a part of a request, with any SDK: `model`, `engine` and `modelId` for the model."""
    return tuple(dict.fromkeys(name for each in all_sdks() for name in getattr(each.roles, role)))


@cache
def row_keys() -> frozenset[str]:
    """The keys under which the rows of batches hold requests."""
    return frozenset(each.rows.inside for each in all_sdks() if each.rows is not None)


# Whatever reads the registry has it with the SDKs of plugins.
describe(())
