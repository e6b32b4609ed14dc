"""The Claude Agent SDK (`claude-agent-sdk` 0.2, read on 2026-11-26): `query(prompt=…, options=ClaudeAgentOptions(model=…))`, and its client.

It runs Claude Code, which sends as many requests as the task takes, and puts cache breakpoints itself.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "claude_agent.query"
_WORD = b"claude_agent_sdk"
_QUERY = Method(("query",), _API, names=("prompt",), takes_batches=False)

SDK = Sdk(
    "claude_agent",
    frozenset({"claude_agent_sdk"}),
    {"ClaudeSDKClient": Client(takes_batches=False, takes_top_level_mark=False, keeps_arguments=True, names=("options",))},
    (_QUERY,),
    {_API: Api(caches_prefixes=False, tokenizer="claude-4.7")},
    {"claude_agent_sdk.query": Method(("query",), _API, takes_batches=False)},
    roles=Roles(system=("system_prompt",), messages=("prompt",), inside=("options",)),
    vendor="anthropic",
    evidence=(Evidence(("query",), words=(_WORD,)), Evidence(("query",), words=(_WORD,), is_of_function=True)),
)
