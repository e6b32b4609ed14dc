"""Gemini: google-genai (3.6.1, read on 2026-11-26), the older google-generativeai, and vertexai's generative models."""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "google.generate_content"
_CONTENTS = ("contents", "generation_config")
_MODEL = Client(takes_top_level_breakpoint=False, keeps_arguments=True, names=("model_name",))
_VERTEX = ("contents", "message")

# Batch mode has half the price (ai.google.dev/gemini-api/docs/batch-api; google-genai has `client.batches.create`). What requests start with is
# cached by itself since Gemini 2.5 (ai.google.dev/gemini-api/docs/caching, implicit caching).
GENERATE_CONTENT = Api(batch="Gemini's batch mode (`client.batches.create` of google-genai)")

# Gemma is free of charge, with no paid tier and no batch price (ai.google.dev/gemini-api/docs/pricing, as read by apidog.com on 2026-10-22).
FREE = ("gemma-",)

SDK = Sdk(
    "google",
    frozenset({"google", "vertexai", "genai"}),
    {
        "Client": Client(takes_top_level_breakpoint=False),
        "GenerativeModel": _MODEL,
    },
    (
        Method(("models", "generate_content"), _API, names=()),
        Method(("models", "generate_content_stream"), _API, is_streaming=True),
        Method(("generate_content",), _API, names=_CONTENTS),
        Method(("generate_content_async",), _API, names=_CONTENTS),
        Method(("send_message",), _API, names=("message",), takes_batches=False),
        Method(("send_message_async",), _API, names=("message",), takes_batches=False),
        Method(("send_message_stream",), _API, names=("message",), is_streaming=True, takes_batches=False),
    ),
    {_API: GENERATE_CONTENT},
    factories={("chats", "create"): (), ("start_chat",): ()},
    roles=Roles(
        model=("model", "model_name"),
        system=("system_instruction",),
        messages=("contents", "message", "content"),
        inside=("config", "generation_config"),
    ),
    vendor="google",
    evidence=(
        Evidence(("generate_content", "generate_content_stream", "generate_content_async"), words=(b"generate_content",)),
        Evidence(
            ("send_message", "send_message_async", "send_message_stream"),
            words=(b"send_message",),
            any_of=(b"genai", b"generativeai", b"vertexai", b"start_chat", b"chats.create"),
        ),
    ),
    free=FREE,
    telling=frozenset({"generate_content", "generate_content_async", "send_message", "send_message_async"}),
)
