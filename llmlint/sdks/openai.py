"""The OpenAI SDK (`openai` 0.27 to 3.57.0, signatures read on 2026-11-26): chat completions, responses, and the legacy module functions."""

from __future__ import annotations

from llmlint.sdks import instructor
from llmlint.sdks.shape import Api, BatchRows, Client, Method, Roles, Sdk

CLIENTS = {
    "OpenAI": Client(takes_top_level_breakpoint=False),
    "Client": Client(takes_top_level_breakpoint=False),
    "AzureOpenAI": Client(takes_top_level_breakpoint=False),
    "BedrockOpenAI": Client(takes_batches=False, takes_top_level_breakpoint=False),
    "Instructor": Client(takes_top_level_breakpoint=False),
}
CLIENTS |= {f"Async{name}": client for name, client in CLIENTS.items()}


def _chat(*path: str, is_streaming: bool = False) -> Method:
    return Method(path, "openai.chat", is_streaming)


# Sends a conversation to be shortened. No batch takes such requests.
COMPACT = Method(("responses", "compact"), "openai.compact", takes_batches=False)
METHODS = (
    _chat("chat", "completions", "create"),
    _chat("chat", "completions", "parse"),
    _chat("chat", "completions", "stream", is_streaming=True),
    _chat("chat", "completions", "create_with_completion"),
    _chat("beta", "chat", "completions", "parse"),
    _chat("beta", "chat", "completions", "create"),
    _chat("beta", "chat", "completions", "stream", is_streaming=True),
    Method(("responses", "create"), "openai.responses"),
    Method(("responses", "parse"), "openai.responses"),
    Method(("responses", "stream"), "openai.responses", is_streaming=True),
    COMPACT,
)
# Text completions: no messages, no cache key, and models that have no successor there. Those of the SDK before version 1
# (`openai.Completion`) went to models that are all gone, and are left out.
TEXT = Method(("completions", "create"), "openai.completions", takes_batches=False)
FUNCTIONS = {
    "openai.ChatCompletion.create": Method(("ChatCompletion", "create"), "openai.legacy"),
    "openai.ChatCompletion.acreate": Method(("ChatCompletion", "acreate"), "openai.legacy"),
}
# The lines of a file that is uploaded for a batch: `{"custom_id": …, "method": "POST", "url": "/v1/chat/completions", "body": {…}}`.
BATCHES = {
    "/chat/completions": Method(("batches", "create"), "openai.chat", takes_batches=False, is_batch=True),
    "/responses": Method(("batches", "create"), "openai.responses", takes_batches=False, is_batch=True),
}
CHAT = Api(batch="the Batch API", takes_cache_key=True)

SDK = Sdk(
    "openai",
    frozenset({"openai", "instructor"}),
    CLIENTS,
    (*METHODS, TEXT, *instructor.methods("openai.chat", METHODS)),
    {
        "openai.chat": CHAT,
        "openai.responses": CHAT,
        "openai.legacy": CHAT,
        "openai.completions": Api(takes_cache_key=True),
        COMPACT.api: Api(takes_cache_key=True),
    },
    FUNCTIONS,
    roles=Roles(model=("model", "engine", "deployment_id"), system=("instructions",)),
    takes_fixes=True,
    rows=BatchRows("body", BATCHES),
)
