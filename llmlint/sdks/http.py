"""Requests that are posted to an API without an SDK: the path of the address names the API, and the body is the SDK's."""

from __future__ import annotations

from llmlint.sdks import anthropic, cohere, openai
from llmlint.sdks.google import FREE, GENERATE_CONTENT
from llmlint.sdks.shape import Client, Evidence, Method, Roles, Sdk

PATHS = {
    "/v1/messages": "anthropic.messages",
    "/chat/completions": "openai.chat",
    "/responses": "openai.responses",
    ":generateContent": "google.generate_content",
    ":streamGenerateContent": "google.generate_content",
    # Claude on Vertex.
    ":rawPredict": "anthropic.messages",
    ":streamRawPredict": "anthropic.messages",
    "cohere.ai/v1/chat": "cohere.chat",
    "cohere.com/v1/chat": "cohere.chat",
    "cohere.com/v2/chat": "cohere.chat",
    "cohere.ai/v1/generate": "cohere.chat",
    "cohere.com/v1/generate": "cohere.chat",
}
"""What the path of an address ends with, and the API that it leads to."""

# A file that sends requests holds one of these, behind a dot or, where it is imported, alone.
_SENDS = ("post", "request", "stream", "build_request", "urlopen")
_IMPORTED = ("post", "urlopen")
_CALLS = (b".post", b".request", b".stream", b".build_request", b".urlopen")

_GIVEN = ("method", "url", "body")

# How the batch of an API is sent by hand (platform.claude.com/docs/en/api/creating-message-batches, platform.openai.com/docs/guides/batch, both
# as copied in 2026).
_MESSAGE_BATCHES = "the Message Batches API (the bodies as `params` of the `requests` of one POST to `/v1/messages/batches`)"
_OPENAI_BATCH = "the Batch API (a file with the bodies as lines, uploaded to `/v1/files`, and one POST to `/v1/batches`)"

SDK = Sdk(
    "http",
    # google-auth has a session of requests that signs what it sends.
    frozenset({"requests", "httpx", "aiohttp", "urllib", "urllib3", "google"}),
    dict.fromkeys(
        ("Session", "AuthorizedSession", "Client", "AsyncClient", "ClientSession"), Client(takes_top_level_breakpoint=False)
    ),
    (
        Method(("post",), "http", names=("url", "data", "json")),
        *(Method((name,), "http", names=_GIVEN) for name in ("request", "stream", "build_request")),
        # What it opens is an address or a `Request`.
        Method(("request", "urlopen"), "http", names=("request", "data")),
    ),
    {
        "anthropic.messages": anthropic.MESSAGES._replace(batch=_MESSAGE_BATCHES),
        "openai.chat": openai.CHAT._replace(batch=_OPENAI_BATCH),
        "openai.responses": openai.CHAT._replace(batch=_OPENAI_BATCH),
        "google.generate_content": GENERATE_CONTENT,
        "cohere.chat": cohere.CHAT,
    },
    roles=Roles(
        system=("system", "instructions", "system_instruction", "systemInstruction", "preamble"),
        messages=("messages", "input", "contents", "message", "prompt"),
        inside=("request", "json", "data", "content", "body"),
    ),
    evidence=(
        # The address may be a setting: what is posted is in the form of an LLM's request.
        Evidence(_SENDS, words=(b"max_tokens", b"messages", b"role"), any_of=_CALLS),
        Evidence(_SENDS, words=(b"generationConfig", b"contents"), any_of=_CALLS),
        *(
            each
            for word in (
                b"/chat/completions",
                b"/v1/messages",
                b"/responses",
                b"enerateContent",
                b"awPredict",
                b"api.cohere.",
                b"/ai/run/",
            )
            for each in (
                Evidence(_SENDS, words=(word,), any_of=_CALLS, may_be_elsewhere=True),
                Evidence(
                    _IMPORTED, words=(word,), any_of=(b"import post", b"urlopen"), is_of_function=True, may_be_elsewhere=True
                ),
            )
        ),
    ),
    free=FREE,
    holders={"urllib.request.Request": ("url", "data")},
)
