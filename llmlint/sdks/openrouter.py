"""OpenRouter's own client (`openrouter` 1.3.84, signatures read on 2026-11-27): `client.chat.send(model=…, messages=…)`, in OpenAI's form.

It passes `cache_control` on a content block on to Claude (openrouter.ai/docs/guides/best-practices/prompt-caching). What its batches cost is not
known here, so none are advised.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_CHAT = "openrouter.chat"
_RESPONSES = "openrouter.responses"
_API = Api(takes_breakpoints=True)

SDK = Sdk(
    "openrouter",
    frozenset({"openrouter"}),
    {"OpenRouter": Client(takes_batches=False, takes_top_level_breakpoint=False)},
    (
        Method(("chat", "send"), _CHAT),
        Method(("chat", "send_async"), _CHAT),
        *(
            Method((*path, name), _RESPONSES)
            for path in (("responses",), ("beta", "responses"))
            for name in ("send", "send_async")
        ),
    ),
    {_CHAT: _API, _RESPONSES: _API},
    roles=Roles(system=("instructions",)),
    is_router=True,
    evidence=tuple(Evidence(("send", "send_async"), words=(word, b"openrouter")) for word in (b".chat.send", b".responses.send")),
)
