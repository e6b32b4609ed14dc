"""The Claude Agent SDK (`claude-agent-sdk` 0.2, read on 2026-11-26): `query(prompt=…, options=ClaudeAgentOptions(model=…))`, and its client.

Until September 2025 it was called `claude-code-sdk`. It runs Claude Code, which sends as many requests as the task takes, and puts cache
breakpoints itself.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "claude_agent.query"
_PACKAGES = ("claude_agent_sdk", "claude_code_sdk")
_QUERY = Method(("query",), _API, names=("prompt",), takes_batches=False)

SDK = Sdk(
    "claude_agent",
    frozenset(_PACKAGES),
    {"ClaudeSDKClient": Client(takes_batches=False, takes_top_level_breakpoint=False, keeps_arguments=True, names=("options",))},
    (_QUERY,),
    {_API: Api(caches_prefixes=False, tokenizer="claude-4.7")},
    {f"{package}.query": Method(("query",), _API, takes_batches=False) for package in _PACKAGES},
    roles=Roles(system=("system_prompt",), messages=("prompt",), inside=("options",)),
    vendor="anthropic",
    evidence=tuple(
        Evidence(("query",), words=(package.encode(),), is_of_function=is_of_function)
        for package in _PACKAGES
        for is_of_function in (False, True)
    ),
)
