"""From a call of `messages.create` to what a batch takes: the client, and the arguments as a dict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch_layout import Code, Group, Raw, code_of, raw
from llmlint.fixes.batch_tree import Tree, dotted, tail_of, walk
from llmlint.link.values.values import Literal

# What `params` of a batch request may hold (`types/message_create_params.py`, anthropic 2.12.0, and the sampling parameters of 1.x and
# before). Not here: `speed` (no fast mode in a batch), `diagnostics`, and options of the HTTP call (`timeout`, `extra_headers` …).
_TAKEN = frozenset(
    {"model", "max_tokens", "messages", "system", "tools", "tool_choice", "metadata", "stop_sequences", "temperature", "top_p", "top_k",
     "thinking", "output_config", "cache_control", "inference_geo", "service_tier", "stream"}
)  # fmt: skip
# What leaves an argument of a method out is no value of a dict.
_LEFT_OUT = re.compile(r"\b(?:NOT_GIVEN|NotGiven|omit|Omit)\b")
_PLATFORMS = re.compile(r"Bedrock|Vertex|Foundry")
_CONSTRUCTORS = frozenset({"Anthropic", "AsyncAnthropic"})


@dataclass(frozen=True, slots=True)
class DirectCall:
    """A call of `messages.create`: its node, the `await` around it if there is one, the client and the request as code."""

    node: cst.Call
    answer: cst.BaseExpression
    client: cst.BaseExpression
    request: Code

    @property
    def is_awaited(self) -> bool:
        return isinstance(self.answer, cst.Await)


def read_call(tree: Tree, call: Request) -> DirectCall | None:
    """The call as a batch request; None where a batch does not take all of it, or where it is not all written there."""
    node = tree.find(call.span, cst.Call)
    if node is None or not takes(call) or not _has_batches(tree, call) or _LEFT_OUT.search(tree.source.text):
        return None
    client = client_of(node.func)
    request = request_of(tree, node)
    if client is None or request is None:
        return None
    parent = tree.parents[node]
    return DirectCall(node, parent if isinstance(parent, cst.Await) else node, client, request)


def read_method(tree: Tree, call: Request) -> tuple[cst.Call, cst.BaseExpression, Code] | None:
    """`pool.submit(client.messages.create, model=…)`: the call of the runner, the client, and the request."""
    method = tree.find(call.span, cst.Attribute)
    if method is None or not _fields_are_taken(call) or call.method != "messages.create" or not _has_batches(tree, call):
        return None
    argument = tree.parents[method]
    runner = tree.parents.get(argument)
    client = client_of(method)
    if not isinstance(runner, cst.Call) or client is None or runner.args[0] is not argument:
        return None
    request = request_of(tree, runner, runner.args[1:])
    return None if request is None else (runner, client, request)


def takes(call: Request) -> bool:
    """Whether a batch takes this request as it is."""
    return call.method == "messages.create" and not call.fields.is_open and _fields_are_taken(call)


def _fields_are_taken(call: Request) -> bool:
    fields = call.fields.entries
    if not fields.keys() <= _TAKEN or "messages" not in fields:
        return False
    literals = {name: [value.value for value in fields[name].values if isinstance(value, Literal)] for name in fields}
    if "stream" in fields and set(literals["stream"]) != {False}:
        return False
    return 0 not in literals.get("max_tokens", [])


def _has_batches(tree: Tree, call: Request) -> bool:
    """Whether the client is one of Anthropic's own API, or an unknown one, in a file that knows of no platform without batches."""
    if call.api != "anthropic.messages" or call.is_third_party_host:
        return False
    if _PLATFORMS.search(tree.source.text):
        return False
    if call.client is not None:
        return call.client.rpartition(".")[2] in _CONSTRUCTORS | {"Client", "AsyncClient", "anthropic"}
    return re.search(r"\banthropic\b", tree.source.text) is not None


def client_of(func: cst.BaseExpression) -> cst.BaseExpression | None:
    """`client` of `client.messages.create`: a chain of names, or a client made in place."""
    if not (isinstance(func, cst.Attribute) and isinstance(func.value, cst.Attribute)):
        return None
    if (func.value.attr.value, func.attr.value) != ("messages", "create"):
        return None
    client = func.value.value
    if isinstance(client, cst.Call):
        return client if is_constructor(client) else None
    path = dotted(client)
    return client if path is not None and not path.endswith(("beta", "with_raw_response", "with_streaming_response")) else None


def is_constructor(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and tail_of(node.func) in _CONSTRUCTORS and dotted(node.func) is not None


def request_of(tree: Tree, node: cst.Call, given: Sequence[cst.Arg] | None = None) -> Code | None:
    """The keyword arguments of a call as a dict display; the value itself where `**value` is all there is."""
    arguments = list(node.args if given is None else given)
    if not arguments or any(isinstance(each, (cst.NamedExpr, cst.Await, cst.Yield)) for arg in arguments for each in walk(arg)):
        return None
    if any(arg.star != "**" and arg.keyword is None for arg in arguments):
        return None
    if len(arguments) == 1 and arguments[0].star:
        return code_of(tree, arguments[0].value)
    if given is None and _is_one_a_line(tree, node):
        kept = _kept_layout(tree, node)
        if tree.has_comment(node) or max(map(len, kept.text.split("\n"))) <= tree.width:
            return kept
    quoted = tree.style.string
    items = [("**" if arg.star else f"{quoted(_key(arg))}: ", code_of(tree, arg.value)) for arg in arguments]
    return Group("{", tuple(items), "}")


def _key(argument: cst.Arg) -> str:
    return argument.keyword.value if argument.keyword is not None else ""


def _is_one_a_line(tree: Tree, node: cst.Call) -> bool:
    """Whether each argument starts a line, as in calls laid out by a formatter with a trailing comma."""
    text = tree.source.text
    starts = [tree.offsets.of(argument)[0] for argument in node.args]
    return not node.lpar and all(not text[tree.line_start(start) : start].strip() for start in starts)


def _kept_layout(tree: Tree, node: cst.Call) -> Raw:
    """The arguments as they are laid out, comments and all, with keys for keywords and braces for the brackets of the call."""
    start, end = tree.offsets.of(node)
    parts: list[str] = []
    position = text_start = tree.offsets.of(node.func)[1]
    whole = raw(tree, text_start, end)
    for argument in node.args:
        first = tree.offsets.of(argument)[0]
        parts.append(tree.source.text[position:first])
        position = first
        if argument.keyword is not None:
            parts.append(f"{tree.style.string(argument.keyword.value)}: ")
            position = tree.offsets.of(argument.value)[0]
    parts.append(tree.source.text[position:end])
    text = "".join(parts).replace("\r\n", "\n")
    return Raw("{" + text[text.index("(") + 1 : -1] + "}", tree.indent_at(start), whole.fixed)


def plain_paths(nodes: Iterable[cst.CSTNode]) -> frozenset[str]:
    """Paths that stand where only text or a number can: the model, a limit, a hole of an f-string."""
    found: set[str] = set()
    for node in nodes:
        for each in walk(node):
            value: cst.CSTNode | None = None
            if isinstance(each, cst.FormattedStringExpression):
                value = each.expression
            elif (
                isinstance(each, cst.Arg)
                and each.keyword is not None
                and each.keyword.value in ("model", "max_tokens", "temperature")
            ):
                value = each.value
            path = dotted(value) if value is not None else None
            if path is not None:
                found.add(path)
    return frozenset(found)
