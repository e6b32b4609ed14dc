"""OpenAI's agents SDK (`openai-agents` 0.24, read on 2026-11-26): `Runner.run(agent, input)`, whose agent has model and instructions.

A run may send several requests, so none of it could be a row of a batch. `RunConfig(model=…)` goes before the agent's model.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Evidence, Method, Roles, Sdk

_API = "openai_agents.run"
_NAMES = ("starting_agent", "input")


def _method(name: str, is_streaming: bool = False) -> Method:
    return Method(("Runner", name), _API, is_streaming, names=_NAMES, takes_batches=False)


_METHODS = (_method("run"), _method("run_sync"), _method("run_streamed", is_streaming=True))

SDK = Sdk(
    "openai_agents",
    frozenset({"agents"}),
    {},
    (),
    {_API: Api(caches_prefixes=False)},
    {f"agents.Runner.{method.path[-1]}": method for method in _METHODS},
    roles=Roles(system=("instructions",), messages=("input",), inside=("run_config", "starting_agent")),
    evidence=(Evidence(tuple(method.path[-1] for method in _METHODS), words=(b"Runner.run", b"agents")),),
)
