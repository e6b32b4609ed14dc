"""What is known of an SDK, as plain data: no code of llmlint is needed to read it, and it is cheap to import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import contains
from typing import NamedTuple

Described = tuple[tuple[str, tuple[tuple[str, object], ...]], ...]
"""The clients that a configuration describes: their names, with the keys of each."""


ROW_KEY = "custom_id"
"""The key by which the rows of a batch are told apart, with every vendor that takes rows."""


OUTPUT_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""The arguments that limit how long a response gets."""


class Method(NamedTuple):
    """A way to call: the attributes behind the client (`messages`, `create`), or a module's function.

    `names` are its positional parameters, for the few that take them. `takes_batches`: the same request could be one of a batch.
    `is_of_instructor`: only instructor's client has it. `items` is the argument with the inputs of several requests, which are sent side by side.
    `is_batch`: it sends rows that are requests of their own, at the price of a batch.
    """

    path: tuple[str, ...]
    api: str
    is_streaming: bool = False
    takes_top_level_breakpoint: bool = False
    names: tuple[str, ...] = ()
    takes_batches: bool = True
    is_of_instructor: bool = False
    items: str | None = None
    is_batch: bool = False


class BatchRows(NamedTuple):
    """How the rows of a batch are written: dicts with `ROW_KEY` and the arguments of a request `inside`, or what classes make of the same arguments.

    `methods` says what sends them, by what the `url` of a row ends with; rows that need none have their method under an empty text. `classes` are
    the last names of the SDK's classes.
    """

    inside: str
    methods: Mapping[str, Method]
    classes: frozenset[str] = frozenset()


class Client(NamedTuple):
    """What one client class can do: batches, and a top-level cache breakpoint.

    `vendor` serves all its models, whatever they are called. `keeps_arguments`: its requests take arguments from its construction, whose
    positional parameters are `names`. `is_of_family`: other SDKs have a class by its name, so that it counts only where it comes from a package of
    this one, or one that extends it.
    """

    takes_batches: bool = True
    takes_top_level_breakpoint: bool = True
    vendor: str | None = None
    keeps_arguments: bool = False
    names: tuple[str, ...] = ()
    is_of_family: bool = False


class Api(NamedTuple):
    """What a host offers to those who call one of its APIs. Rules give no advice that is not among it.

    `batch` is the name of its batch API, for a sentence. `takes_breakpoints`: cache breakpoints are passed on to Claude, and `how_to_cache`
    says how one is written. `takes_cache_key`: it takes a `prompt_cache_key`. `caches_prefixes`: what requests start with can be read from a
    cache. `tokenizer` counts for models that are not known.
    """

    batch: str | None = None
    takes_breakpoints: bool = False
    how_to_cache: str = "add `cache_control` to the last static block"
    takes_cache_key: bool = False
    caches_prefixes: bool = True
    tokenizer: str = "openai"


class Roles(NamedTuple):
    """Which arguments hold the parts of a request. Those `inside` another argument count as arguments themselves: `config={"tools": …}`."""

    model: tuple[str, ...] = ("model",)
    system: tuple[str, ...] = ()
    messages: tuple[str, ...] = ("messages", "input")
    tools: tuple[str, ...] = ("tools",)
    inside: tuple[str, ...] = ()


class Evidence(NamedTuple):
    """What the bytes of each file with a call hold: all `words`, the rarest first, one of `any_of` if there are some, and a call of one of `names`.

    SDKs whose resources and methods have telling names of their own (`messages.create`) need none. `is_of_function`: what is called is not a
    method but a function, which is imported. `may_be_elsewhere`: another file may hold the words, which makes the client or has the address.
    """

    names: tuple[str, ...]
    words: tuple[bytes, ...]
    any_of: tuple[bytes, ...] = ()
    is_of_function: bool = False
    may_be_elsewhere: bool = False

    def is_in(self, data: bytes, has: Callable[[bytes, bytes], object] = contains) -> bool:
        """Whether the bytes of a file, which `has` searches, hold all that."""
        return all(has(data, word) for word in self.words) and (not self.any_of or any(has(data, word) for word in self.any_of))


class Sdk(NamedTuple):
    """One SDK.

    `clients` by class name; `packages` are the top-level packages it is imported from; `methods` are attributes of a client, `functions` are
    called by qualified name. `factories` are methods and functions that return a client or a copy of one and take arguments for its
    requests, with their positional parameters; `wrappers` are classes and functions whose results send the requests of one of their arguments,
    with its name and place. `agents` are those whose results send as many requests through one of their arguments as a task takes, with its names
    and place; `parallels` those whose results run each of their arguments, or of the values of a dict. `apis` are what `api` of a method names.
    `takes_fixes`: codemods know how its requests are written. `free` is how the names of models begin that its host serves for nothing, and not
    in batches. `is_described`: the configuration describes it, with clients and functions by qualified name, and `renames` are the names of its
    arguments with those that `roles` has for them. `holders` are the classes, by qualified name, whose objects hold arguments of a request, with
    the positional parameters of their construction. `rows` is how its batches are written, where they are lists of requests. `is_router`: its own
    host sends requests on to vendors, and passes cache breakpoints on. `more_clients` is a pattern of the qualified names of clients that other
    packages add, and the client that each of them is like. `telling` are methods and functions by names that few other libraries have, so that a
    call of one is taken for an LLM call whatever it is called on.
    """

    name: str
    packages: frozenset[str]
    clients: Mapping[str, Client]
    methods: tuple[Method, ...]
    apis: Mapping[str, Api]
    functions: Mapping[str, Method] = {}
    factories: Mapping[tuple[str, ...], tuple[str, ...]] = {}
    wrappers: Mapping[str, tuple[str, int]] = {}
    agents: Mapping[str, tuple[tuple[str, ...], int]] = {}
    parallels: frozenset[str] = frozenset()
    roles: Roles = Roles()
    vendor: str | None = None
    evidence: tuple[Evidence, ...] = ()
    takes_fixes: bool = False
    is_described: bool = False
    renames: Mapping[str, str] = {}
    free: tuple[str, ...] = ()
    holders: Mapping[str, tuple[str, ...]] = {}
    rows: BatchRows | None = None
    is_router: bool = False
    more_clients: tuple[str, str] | None = None
    telling: frozenset[str] = frozenset()
