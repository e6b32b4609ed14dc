"""Requests that are posted to an API without an SDK: the path of the address names the API, and the body is the SDK's."""

from __future__ import annotations

from llmlint.sdks import anthropic, openai
from llmlint.sdks.google import FREE, GENERATE_CONTENT
from llmlint.sdks.shape import Client, Evidence, Method, Roles, Sdk

PATHS = {
    "/v1/messages": "anthropic.messages",
    "/chat/completions": "openai.chat",
    "/v1/responses": "openai.responses",
    ":generateContent": "google.generate_content",
    ":streamGenerateContent": "google.generate_content",
}
"""What the path of an address ends with, and the API that it leads to."""

SDK = Sdk(
    "http",
    frozenset({"requests", "httpx", "aiohttp"}),
    dict.fromkeys(("Session", "Client", "AsyncClient", "ClientSession"), Client(takes_top_level_mark=False)),
    (Method(("post",), "http", names=("url", "data", "json")),),
    {
        "anthropic.messages": anthropic.MESSAGES,
        "openai.chat": openai.CHAT,
        "openai.responses": openai.CHAT,
        "google.generate_content": GENERATE_CONTENT,
    },
    roles=Roles(
        system=("system", "instructions", "system_instruction", "systemInstruction"),
        messages=("messages", "input", "contents"),
        inside=("json", "data", "content"),
    ),
    evidence=tuple(
        Evidence(("post",), words=(word, b".post"))
        for word in (b"/chat/completions", b"/v1/messages", b"/v1/responses", b"enerateContent")
    ),
    free=FREE,
)
