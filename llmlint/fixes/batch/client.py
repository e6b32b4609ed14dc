"""The client that a fix makes a batching one: `batching(…)` around it where it is made, or `batching(openai)` for the module's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from llmlint.callsite import Request
from llmlint.findings import Confidence, Edit
from llmlint.fixes.batch.imports import behind_imports
from llmlint.fixes.batch.layout import code_of, indented, render
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.declared import is_from
from llmlint.fixes.edits.tree import Tree, dotted, tail_of, tree_of
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.values.values import Record
from llmlint.source import Span

_METHODS = frozenset(
    {"messages.create", "messages.parse", "beta.messages.create", "beta.messages.parse", "chat.completions.create",
     "chat.completions.parse", "beta.chat.completions.parse", "responses.create", "responses.parse",
     "beta.prompt_caching.messages.create", "ChatCompletion.create", "ChatCompletion.acreate"}
)  # fmt: skip
# With these, a request has no place in a batch: the batching client sends it as ever.
_ALONE = frozenset({"extra_headers", "extra_query", "speed", "background"})
# The same for openai<1, where they are arguments of their own.
_ALONE_BEFORE_1 = frozenset({"headers", "engine", "deployment_id", "api_type", "api_base", "api_version"})
# What a file has that is for later versions, too.
_FROM_1 = re.compile(
    r"\bopenai\.(?:(?:Async)?(?:Azure)?OpenAI|chat|responses|__version__|VERSION|version)\b"
    r"|from openai import .*\b(?:Async)?(?:Azure)?OpenAI\b|\bhasattr\(openai\b"
)

# Headers that the client passes on to the batch.
_OF_VERSIONS = frozenset({"anthropic-beta"})
_IS_FOR_LATER: Memo[str, bool] = Memo()
_OWN_HTTP = re.compile(r"\.http_client\s*=")
# Settings of the module `openai` that send its calls to Azure, and an address there.
_SETTINGS_OF_AZURE = (b"openai.api_type", b"openai.azure_endpoint", b"openai.azure_ad_token")
_AZURE_BEFORE_1 = (b"openai.api_type", b"openai.api_version", b"OPENAI_API_TYPE")
_HOST_BEFORE_1 = (b"openai.api_base", b"OPENAI_API_BASE")
_AZURE = re.compile("azure", re.IGNORECASE)
_NOT_SEEN = "the source does not show where the client is made, or it is not a plain one of the vendor's own host"


def check_takes_batching(call: Request) -> None:
    """See to it that a batching client can be put in the place of the client, and sends the call in a batch."""
    if call.method not in _METHODS:
        raise ByHand(f"the batching client does not take `{call.method}`")
    if call.is_streaming:
        raise ByHand("a batch has no streams")
    if is_before_1(call):
        _check_is_before_1(call)
    for name in sorted(_ALONE_BEFORE_1 if is_before_1(call) else _ALONE):
        if name in call.fields.entries and not (name == "extra_headers" and _are_of_versions(call)):
            raise ByHand(f"a request of a batch cannot have `{name}` of its own")
    if ".with_options(" in call.source(call.span) or ".with_streaming_response" in call.source(call.span):
        raise ByHand("the call has options of its own")
    if clients_of(call) and not _has_address_of_azure(call):
        return
    if is_of_azure(call):
        raise ByHand("Azure takes batches only for deployments of a type of their own (Global Batch)")
    if call.is_third_party_host:
        raise ByHand("the client is made for another host than the vendor's")
    raise ByHand(_NOT_SEEN)


def clients_of(call: Request) -> tuple[Span, ...]:
    """Where the clients are made that a fix makes batching ones; for calls of the module `openai` itself, where it is imported."""
    if is_of_module(call):
        imported = _import_of(call) if call.host_certainty is not Confidence.LOW and not is_of_azure(call) else None
        return (imported,) if imported is not None else ()
    return call.made_clients or call.settable_clients


def may_have_other_host(call: Request) -> bool:
    """Whether a user may set another host, which has no batches: the batching client sends it the calls as ever."""
    has_setting = is_before_1(call) and call.program.mentions(_HOST_BEFORE_1, call.place.module)
    return call.may_have_other_host or has_setting or not call.is_own_host or is_of_azure(call)


def is_of_azure(call: Request) -> bool:
    """Whether a request may go to Azure, by the class of its client, an address, or settings of the module."""
    if is_of_module(call):
        return call.program.mentions(_AZURE_BEFORE_1 if is_before_1(call) else _SETTINGS_OF_AZURE, call.place.module)
    return (call.client or "").endswith("AzureOpenAI") or _has_address_of_azure(call)


def _has_address_of_azure(call: Request) -> bool:
    return any(_AZURE.search(call.source(made)) for made in (*call.made_clients, *call.settable_clients))


def is_of_module(call: Request) -> bool:
    return call.client == "openai" or is_before_1(call)


def is_before_1(call: Request) -> bool:
    """Whether a call is one of openai<1, whose functions are of the module itself: `openai.ChatCompletion.create`."""
    return call.api == "openai.legacy"


def is_async(call: Request) -> bool:
    """Whether a call is awaited."""
    return (call.client or "").startswith("Async") or call.method == "ChatCompletion.acreate"


def _check_is_before_1(call: Request) -> None:
    """See to it that a call of openai<1 runs with such a version. A later one has no such function."""
    if is_from(call.program, "openai", (1, 0), call.span.path):
        raise ByHand("the project asks for openai>=1, which has no `openai.ChatCompletion`: `openai migrate` changes such calls")
    path = call.span.path
    if _IS_FOR_LATER.get(call.program, path, lambda: _FROM_1.search(call.program.source(path).text) is not None):
        raise ByHand("the file is for several versions of openai")


def _import_of(call: Request) -> Span | None:
    """The import by which a file names the module whose functions it calls; None where it is not a plain one at the top of the file, or the
    module has an HTTP client of the program's own."""
    tree = tree_of(call.program, call.span.path)
    node = (tree.find(call.span, cst.Call) or tree.find(call.span, cst.Attribute)) if tree is not None else None
    name = (dotted(node.func if isinstance(node, cst.Call) else node) or "").partition(".")[0] if node is not None else ""
    bound = [
        each for each in (tree.module_bindings_of.get(name, ()) if tree is not None else ()) if not isinstance(each, cst.AsName)
    ]
    if tree is None or len(bound) != 1 or not isinstance(bound[0], cst.Import) or _OWN_HTTP.search(tree.source.text):
        return None
    statement = tree.statement_of(bound[0])
    made = Span(call.span.path, *tree.offsets.of(bound[0]))
    return made if statement in tree.module.body and module_imported(tree, made) == name else None


def _are_of_versions(call: Request) -> bool:
    """Whether the headers of a request only name features of the API, which batches know, too."""
    values = call.values("extra_headers")
    return bool(values) and all(
        isinstance(value, Record) and not value.is_open and set(value.entries) <= _OF_VERSIONS for value in values
    )


def is_batching(tree: Tree, made: Span) -> bool:
    """Whether a construction stands in a call of `batching` already, or the module that is imported there is given to one."""
    name = module_imported(tree, made)
    if name is not None:
        return any(isinstance(each, cst.Call) and tree.code(each) == f"batching({name})" for each in tree.nodes)
    node = tree.find(made, cst.Call)
    parent = tree.parents.get(tree.parents[node]) if node is not None else None
    return isinstance(parent, cst.Call) and tail_of(parent.func) == "batching"


def module_imported(tree: Tree, made: Span) -> str | None:
    """What a file calls the module `openai`, where it imports that at a place; None at the place of another piece of code."""
    node = tree.find(made, cst.Import)
    aliases = node.names if node is not None and not isinstance(node.names, cst.ImportStar) else ()
    found = next((each for each in aliases if dotted(each.name) == "openai"), None)
    return (found.evaluated_alias or found.evaluated_name) if found is not None else None


def client_edits(program: Program, made: Span) -> Iterator[Edit]:
    """Puts `batching(…)` around the construction of a client."""
    tree = tree_of(program, made.path)
    if tree is None or is_batching(tree, made):
        return
    node = tree.find(made, cst.Call)
    if node is None:
        return
    _check_is_complete(tree, node)
    code = tree.code(node)
    line = tree.source.text[tree.line_start(made.start) : tree.line_end(made.end)]
    indent, step = tree.indent_at(made.start), tree.style.step
    if "\n" not in code and len(line) + len("batching()") <= tree.width:
        yield tree.edit(made.start, made.start, "batching(")
        yield tree.edit(made.end, made.end, ")")
        return
    if "\n" not in code:
        inner = render(code_of(tree, node), indent + step, step, tree.width, 1)
    else:
        inner = indented(tree, made.start, made.end, indent, indent + step).removeprefix(indent + step)
    comma = "," if "\n" in inner else ""
    yield tree.edit(made.start, made.end, f"batching(\n{indent}{step}{inner}{comma}\n{indent})")


def _check_is_complete(tree: Tree, made: cst.Call) -> None:
    """See to it that nothing is set on the client after it is made, such as its key: the batching one has taken over all that it was made with."""
    parent = tree.parents[made]
    name = dotted(parent.targets[0].target) if isinstance(parent, cst.Assign) else None
    found = tree.attributes_set.get(name) if name else None
    if found is not None:
        raise ByHand(f"`{tree.code(found)}` is set after the client is made, and not for its batches")


def module_edit(tree: Tree, imported: Span, home: str, of_import: Edit) -> Edit:
    """`batching(openai)` behind the imports, for the calls of a module that is imported there. `of_import` imports `batching` from `home`."""
    at = behind_imports(tree, home, imported.start)
    if at is None:
        raise ByHand("the file does not import all that the batching client needs at its beginning")
    text = tree.source.text
    below = "" if not text[at : tree.line_end(at)].strip() else "\n"
    ahead = "" if text[:at].endswith("\n") or (of_import.text and of_import.span.start == at) else "\n"
    return tree.edit(at, at, f"{ahead}\nbatching({module_imported(tree, imported)})\n{below}")
