"""Cohere's own client (`cohere` 5.x, read on 2026-11-26). No batch API for chats, and no prompt cache, is known of its host."""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "cohere.chat"
_CLIENT = Client(takes_batches=False, takes_top_level_breakpoint=False)
_CLIENTS = (
    "Client", "AsyncClient", "ClientV2", "AsyncClientV2", "BedrockClient", "AsyncBedrockClient", "BedrockClientV2", "AsyncBedrockClientV2",
    "SagemakerClient", "AsyncSagemakerClient", "SagemakerClientV2", "AsyncSagemakerClientV2",
)  # fmt: skip
CHAT = Api(caches_prefixes=False)

SDK = Sdk(
    "cohere",
    frozenset({"cohere"}),
    dict.fromkeys(_CLIENTS, _CLIENT),
    (
        Method(("chat",), _API),
        Method(("chat_stream",), _API, is_streaming=True),
        # Of models that complete a text.
        Method(("generate",), _API, names=("prompt",)),
        Method(("generate_stream",), _API, is_streaming=True),
    ),
    {_API: CHAT},
    roles=Roles(system=("preamble",), messages=("messages", "message", "prompt")),
    vendor="cohere",
    evidence=tuple(
        Evidence(names, words=(word, b"cohere"), any_of=(b"import cohere", b"from cohere", b"cohere."))
        for names, word in ((("chat", "chat_stream"), b".chat"), (("generate", "generate_stream"), b".generate"))
    ),
)
