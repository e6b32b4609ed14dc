"""pydantic-ai's agents (1.x to 2.68, read on 2026-11-26). An agent may send several requests a run, so none of it could be a row of a batch."""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "pydantic_ai.agent"
_RUN = ("user_prompt",)

_METHODS = (
    Method(("run",), _API, names=_RUN, takes_batches=False),
    Method(("run_sync",), _API, names=_RUN, takes_batches=False),
    Method(("run_stream",), _API, is_streaming=True, names=_RUN, takes_batches=False),
    Method(("run_stream_sync",), _API, is_streaming=True, names=_RUN, takes_batches=False),
    Method(("run_stream_events",), _API, is_streaming=True, names=_RUN, takes_batches=False),
    Method(("iter",), _API, names=_RUN, takes_batches=False),
)
_NAMES = tuple(method.path[-1] for method in _METHODS)

SDK = Sdk(
    "pydantic_ai",
    frozenset({"pydantic_ai"}),
    {
        "Agent": Client(
            takes_batches=False, takes_top_level_breakpoint=False, keeps_arguments=True, names=("model",), is_of_family=True
        )
    },
    _METHODS,
    {_API: Api(caches_prefixes=False)},
    roles=Roles(system=("system_prompt", "instructions"), messages=("user_prompt",)),
    evidence=(
        Evidence(_NAMES, words=(b"pydantic_ai",)),
        Evidence(
            _NAMES,
            words=(b"pydantic_ai",),
            any_of=(b".run", b".iter("),
            may_be_elsewhere=True,
        ),
    ),
)
