"""Acme's gateway to LLMs: `acme_llm.Gateway().ask(model=…, system=…, messages=…, team=…)`.

Only data is read here, as every run imports this file: nothing but `llmlint.sdks.shape`, which is cheap.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "acme.ask"

SDK = Sdk(
    name="acme",
    packages=frozenset({"acme_llm"}),
    clients={"Gateway": Client(takes_top_level_breakpoint=False)},
    methods=(Method(("ask",), _API), Method(("ask_stream",), _API, is_streaming=True)),
    apis={_API: Api(batch="the gateway's nightly queue", takes_breakpoints=True, tokenizer="claude-4.7")},
    roles=Roles(system=("system",), messages=("messages",)),
    # What the bytes of each file with a call hold: files without these words are never parsed.
    evidence=(Evidence(("ask", "ask_stream"), words=(b"acme_llm",)),),
)
