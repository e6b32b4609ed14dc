"""Clients that the configuration describes: an SDK made of each entry of `[tool.llmlint.clients]`.

The name of an entry is the qualified name of a class, whose `method` is called, or of a function. What a request costs, and what makes it cheaper,
is that of the SDK that the client is `like`. Nothing of that is taken for granted which a gateway may leave out: batches have to be named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_ROLES = {"model": "model", "system": "system", "messages": "messages", "tools": "tools", "max-tokens": "max_tokens"}


def sdk_of(name: str, keys: Mapping[str, Any], like: Sdk | None) -> Sdk:
    """The SDK with one client class or function. `keys` have been checked by `llmlint.config.schema`."""
    package, _, last = name.rpartition(".")
    positional = tuple(keys.get("positional", ()))
    method_names = [keys["method"]] if isinstance(keys.get("method"), str) else list(keys.get("method", ()))
    paths = [tuple(each.split(".")) for each in method_names]
    takes_batches = bool(keys.get("batches", False))
    batch = f"the batch API of `{last}`"
    methods = tuple(Method(path, name, names=positional, takes_batches=takes_batches) for path in paths)
    function = Method((last,), name, names=positional, takes_batches=takes_batches)
    return Sdk(
        name,
        frozenset({package.split(".")[0]}),
        {last: Client(takes_batches, False, keeps_arguments=True)} if methods else {},
        methods,
        {name: _api(like, batch if takes_batches else None, keys.get("caching", True))},
        {} if methods else {name: function},
        roles=Roles(system=("system",), messages=("messages",)),
        evidence=tuple(_evidence(paths)) or (Evidence((last,), (last.encode(),), is_of_function=True),),
        is_described=True,
        renames={str(keys.get(key, canonical)): canonical for key, canonical in _ROLES.items()},
    )


def _api(like: Sdk | None, batch: str | None, caches: bool) -> Api:
    if like is None:
        return Api(batch=batch, caches_prefixes=False)
    api = next(iter(like.apis.values()))._replace(batch=batch)
    return api if caches else api._replace(takes_breakpoints=False, takes_cache_key=False, caches_prefixes=False)


def _evidence(paths: Sequence[tuple[str, ...]]) -> list[Evidence]:
    return [Evidence((last,), (last.encode(),)) for last in dict.fromkeys(path[-1] for path in paths)]
