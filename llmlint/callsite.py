"""A call site and its requests, the same for every SDK: what rules and fixes may ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from llmlint.findings import Confidence, Finding, Fix, Related, Saving
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.program.program import Program
from llmlint.link.rests import found_once
from llmlint.link.values.place import Place
from llmlint.link.values.values import Record, Value
from llmlint.request_data import Change, Conversation, FanOut, ModelValue, Pace, Prompt, Surroundings
from llmlint.scan.expressions import Argument, Expr
from llmlint.scan.facts import Parameter
from llmlint.sdks.shape import Api
from llmlint.source import Span

# What rules say of prompts rests on which caller passes which text.
_OF_PROMPTS = "LLM1"
# Rules that have looked at the prompt, and at the loop around the call, when they find something.
_RESTING_ON_PROMPTS, _RESTING_ON_LOOPS = ("LLM1", "LLM202"), ("LLM109", "LLM3")


@dataclass(frozen=True, eq=False)
class Request:
    """One LLM call, as one of its call paths makes it: model, prompt, client and surroundings belong together.

    `api`: `anthropic.messages`, `openai.chat`, `openai.responses`, `openai.legacy`, `litellm`, `anthropic.completions` and
    `openai.completions` for text completions, and those of other SDKs (`llmlint.sdks`). `client` is the qualified name of the client class
    where it is known. `vendor` serves its model, whatever that is called; None where the name of the model decides. `offers` is what the
    API has to make requests cheaper. `takes_fixes`: codemods know how its requests are written; `is_described`: the configuration or a
    plugin describes its client. `span` is the call expression, or the method reference passed to a runner. `is_batch`: it is a row of a batch, and
    `span` is where the row is written: it costs half, nobody waits for it, and rows of a batch run side by side. `is_in_test`: only tests make
    it. `is_own_host`: the request goes to the SDK's vendor, as far as the source tells; `host_certainty` is how sure that is, and
    `is_local_host` that it goes to a model server of one's own, which bills no tokens. `is_other_vendor_host`: its host serves another
    vendor's models, whatever they are called there. `passes_breakpoints`: its host is a router that is known to pass breakpoints on content
    blocks on to Claude. `caches_prompts`: its host takes cache breakpoints and keys. `made_clients` are the constructions of the clients of
    the vendor's own host that it can go through, as far as they are known, and `settable_clients` those of clients whose host somebody may
    set; `may_have_other_client`: it may go through another one than those made, `may_have_other_host`: through one of another host.

    What is around the call, and its prompt, may have to be looked for all over the program: `look_around` and `read` do that once somebody
    asks. A rule asks for them last. `certainty`: how sure it is that each call of its path leads to the next function, where only the name of
    a method or an annotation says so. `runs_once`: the request is sent once in a run, as its path starts in a module and has no loop.
    `is_demonstration`: so it is, but through functions with parameters, to which other callers may pass other values. `is_in_notebook`: its
    path starts in a cell of a notebook. `siblings` are the requests of the same call site on all its paths, this one among them. `steps` are
    the calls of its path, from the LLM call outwards; `explain` gives those through which a value that is written somewhere gets to the call.
    """

    provider: str
    api: str
    method: str
    client: str | None
    vendor: str | None
    offers: Api
    takes_fixes: bool
    is_described: bool
    span: Span
    is_batch: bool
    is_streaming: bool
    models: tuple[ModelValue, ...]
    takes_batches: bool
    takes_top_level_breakpoint: bool
    is_in_test: bool
    is_third_party_host: bool
    is_own_host: bool
    is_local_host: bool
    host_certainty: Confidence
    is_other_vendor_host: bool
    passes_breakpoints: bool
    caches_prompts: bool
    made_clients: tuple[Span, ...]
    settable_clients: tuple[Span, ...]
    may_have_other_client: bool
    may_have_other_host: bool
    arguments: CallArguments
    look_around: Callable[[], Surroundings]
    read: Callable[[], Conversation]
    certainty: Confidence
    runs_once: bool
    is_demonstration: bool
    is_in_notebook: bool
    find_pace: Callable[[], Pace]
    siblings: Callable[[], tuple[Request, ...]]
    steps: tuple[Related, ...]
    explain: Callable[[Span], tuple[Related, ...]]

    @found_once
    def _surroundings(self) -> Surroundings:
        return self.look_around()

    @found_once
    def _conversation(self) -> Conversation:
        return self.read()

    def settle(self) -> Request:
        """Find now what is otherwise found once somebody asks for it."""
        _ = self._surroundings, self._conversation
        return self

    @found_once
    def pace(self) -> Pace:
        """How often its path leads to the request."""
        return self.find_pace()

    @property
    def fan_out(self) -> FanOut | None:
        return self._surroundings.fan_out

    @property
    def is_interactive(self) -> bool:
        return self._surroundings.is_interactive

    @property
    def prompt(self) -> Prompt:
        return self._conversation.prompt

    @property
    def sends_growing_history(self) -> bool:
        return self._conversation.grows

    @property
    def change_ahead(self) -> Change | None:
        """What stands ahead of a growing history and is another thing on each turn."""
        return self._conversation.change

    @property
    def history_may_have_breakpoints(self) -> bool:
        """Whether the messages cannot be seen, or passed through code that may have set breakpoints in them."""
        return self._conversation.history_may_have_breakpoints

    @property
    def piling_breakpoint(self) -> Span | None:
        """A cache breakpoint that each turn of a growing history adds, while those of the turns before stay."""
        return self._conversation.piling_breakpoint

    @property
    def single_turn(self) -> Span | None:
        """A call by which the request of a growing history is also sent for one turn alone."""
        return self._conversation.find_single_turn()

    @property
    def transient_end(self) -> Span | None:
        """A message at the end of each request of a growing history that the next one does not have."""
        return self._conversation.find_transient_end()

    def places(self, code: str) -> Iterator[Span]:
        """Where it is written what the finding of a rule rests on: the models, and the prompt or the loop around the call."""
        yield from (model.at for model in self.models)
        if code.startswith(_RESTING_ON_PROMPTS):
            yield from (segment.at for segment in self.prompt.segments)
        if code.startswith(_RESTING_ON_LOOPS) and self.fan_out is not None:
            yield self.fan_out.at

    @property
    def program(self) -> Program:
        return self.arguments.program

    @property
    def place(self) -> Place:
        """Where the call stands, in the frame of its path."""
        return self.arguments.place

    @property
    def site(self) -> Expr:
        """The call expression, or the method reference passed to a runner."""
        return self.arguments.site

    @property
    def fields(self) -> Record:
        """The arguments by name, with all values that each can have on this path."""
        return self.arguments.fields

    @property
    def written(self) -> dict[str, Argument]:
        """The arguments that are written at the call itself, by name."""
        return self.arguments.written

    @property
    def splats(self) -> tuple[Argument, ...]:
        """The `**` arguments of the call."""
        return self.arguments.splats

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions around the call, inside out."""
        return self.arguments.functions

    @property
    def is_in_loop(self) -> bool:
        """Whether a loop of its own function stands around the call."""
        return self.arguments.is_in_loop

    def source(self, span: Span) -> str:
        """The source text of a span, in whichever file of the program it lies."""
        return self.arguments.source(span)

    def is_in_function(self, at: Span) -> bool:
        """Whether something is written in the function that makes the call."""
        return self.arguments.is_in_function(at)

    def parameter(self, name: str) -> Parameter | None:
        """A parameter of the function that makes the call, by its name."""
        return self.arguments.parameter(name)

    def values(self, name: str) -> tuple[Value, ...]:
        """What an argument can be; empty where it is not given."""
        return self.arguments.values(name)

    def has(self, name: str) -> bool:
        """Whether an argument is given and is not plainly None."""
        return self.arguments.has(name)

    def finding(
        self,
        code: str,
        name: str,
        message: str,
        *,
        at: Span,
        confidence: Confidence,
        help: str | None = None,
        saving: Saving | None = None,
        fix: Fix | None = None,
        related: tuple[Related, ...] = (),
    ) -> Finding:
        if code.startswith(_OF_PROMPTS):
            confidence = min(confidence, self.certainty)
        return Finding(code, name, message, at, self.span, confidence, help, saving, fix, related)


@dataclass(frozen=True, eq=False)
class CallSite:
    """A place in the source that makes LLM calls, with one request for each call path by which it is reached.

    `is_complete` is false where there may be more call paths than those that were followed.
    """

    span: Span
    find: Callable[[], tuple[tuple[Request, ...], bool]]

    @found_once
    def _found(self) -> tuple[tuple[Request, ...], bool]:
        return self.find()

    @property
    def requests(self) -> tuple[Request, ...]:
        return self._found[0]

    @property
    def is_complete(self) -> bool:
        return self._found[1]

    @property
    def models(self) -> tuple[ModelValue, ...]:
        """The models of all requests."""
        return tuple(dict.fromkeys(model for request in self.requests for model in request.models))

    @property
    def richest(self) -> Request:
        """The request with the longest known start, which stands for all where only one can be shown."""
        return max(self.requests, key=lambda request: request.prompt.known_chars)

    @property
    def fan_out(self) -> FanOut | None:
        """The surest fan-out of a request that nobody waits for."""
        found = [each.fan_out for each in self.requests if each.fan_out is not None and not each.is_interactive]
        return max(found, key=lambda fan_out: (fan_out.confidence, -len(fan_out.chain)), default=None)

    @property
    def is_interactive(self) -> bool:
        """Whether somebody waits, on some path, while nothing is fanned out on others."""
        return self.fan_out is None and any(request.is_interactive for request in self.requests)

    def settle(self) -> CallSite:
        """Find now what is otherwise found once somebody asks for it."""
        for request in self.requests:
            request.settle()
        return self
