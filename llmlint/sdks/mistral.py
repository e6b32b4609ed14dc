"""Mistral's own client (`mistralai` 0.4 to 2.x, read on 2026-11-26). It has a batch API at half price (docs.mistral.ai, batch inference)."""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "mistral.chat"

SDK = Sdk(
    "mistral",
    frozenset({"mistralai"}),
    dict.fromkeys(("Mistral", "MistralClient", "MistralAsyncClient"), Client(takes_top_level_breakpoint=False)),
    (
        Method(("chat", "complete"), _API),
        Method(("chat", "complete_async"), _API),
        Method(("chat", "parse"), _API),
        Method(("chat", "stream"), _API, is_streaming=True),
        Method(("chat", "stream_async"), _API, is_streaming=True),
        Method(("chat",), _API, names=("messages", "model")),
        Method(("chat_stream",), _API, is_streaming=True, names=("messages", "model")),
        # Of code, between what goes before and after it; `completion` until 2024.
        Method(("fim", "complete"), _API),
        Method(("fim", "complete_async"), _API),
        Method(("fim", "stream"), _API, is_streaming=True),
        Method(("fim", "stream_async"), _API, is_streaming=True),
        Method(("completion",), _API, names=("model", "prompt")),
        Method(("completion_stream",), _API, is_streaming=True, names=("model", "prompt")),
    ),
    {_API: Api(batch="Mistral's batch API (`client.batch.jobs.create`)", caches_prefixes=False)},
    roles=Roles(messages=("messages", "prompt")),
    vendor="mistral",
    evidence=(
        Evidence(
            ("complete", "complete_async", "parse", "stream", "stream_async"),
            words=(b".chat", b"mistral"),
            any_of=(b".chat.complete", b".chat.stream", b".chat.parse"),
        ),
        Evidence(("chat", "chat_stream"), words=(b".chat", b"mistralai")),
        Evidence(("complete", "complete_async", "stream", "stream_async"), words=(b".fim.", b"mistral")),
        Evidence(("completion", "completion_stream"), words=(b".completion", b"mistralai")),
    ),
)
