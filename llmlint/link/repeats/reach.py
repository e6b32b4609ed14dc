"""What leads to a function, however far up: somebody who waits, a live process, a script or command.

Call paths end after some calls, and are bounded in number. This goes up function by function without arguments, and also takes calls of a method
whose object is not known, so that it finds more of those who wait; it knows less of what they pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from llmlint.link.calls import frameworks, interactive
from llmlint.link.calls.call_paths import CallPath, Hop
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.uses import Use
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.repeats import kept_functions, live, pace, terminal
from llmlint.request_data import FanOut
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Mention, Scope

_MOST_FUNCTIONS = 100
# Bytes of a file that passes an agent, a bot or a server a list of functions.
_LISTED = tuple(f"{name}=[".encode() for name in sorted(frameworks.LISTS))
# What programs hold that offer tools to a model.
_TOOLS = (b"tools=", b"tool_calls", b"tool_use", b'"function"', b"input_schema")
# Bytes of a file that makes tools with their descriptions as objects, and what their functions are passed as.
_TOOL_OBJECTS = (b"Tool(",)
_HANDLERS = frozenset({"handler", "func", "function", "fn", "callable", "coroutine", "execute", "implementation"})
# A window that shows how far a thread is, and what a function tells it by.
_WINDOWS = (b"QThread", b"QRunnable", b"pyqtSignal", b"import tkinter", b"from tkinter", b"customtkinter")
_PROGRESS = frozenset({"progress_callback", "progress_cb", "on_progress", "progress_handler", "progress_fn"})
# Names of methods that search for somebody.
_SEARCHES = ("search", "retrieve", "query", "asearch", "aretrieve", "aquery", "get_relevant", "aget_relevant")


def serves(program: Program, module: ModuleIndex) -> bool:
    """Whether a file of the program serves somebody, so that what nobody calls in sight may be called for them."""
    return program.mentions(frameworks.TRACES, module)


@dataclass(frozen=True, slots=True)
class Reach:
    """`waits`: a request handler, a bot, an app or a live loop may lead to the function. `starts`: a script, a notebook or a command does."""

    waits: bool
    starts: bool


_REACHES: Memo[tuple[str, int], Reach] = Memo()


def reach_of(evaluator: Evaluator, module: ModuleIndex, scope: int) -> Reach:
    """What leads to a function; remembered."""
    return _REACHES.get(evaluator.program, (module.path, scope), lambda: _find(evaluator, module, scope))


def _find(evaluator: Evaluator, module: ModuleIndex, scope: int) -> Reach:
    waits, starts = False, False
    pending = [(*_function(module, scope), True)]
    seen = {(module.path, scope): True}
    while pending and len(seen) <= _MOST_FUNCTIONS:
        here, at, is_sure = pending.pop(0)
        if (
            interactive.is_app_script(here)
            or interactive.is_handler(evaluator.program, here, at)
            or live.is_scheduled_soon(here, at)
            or _tells_window(evaluator.program, here, at)
        ):
            waits = True
            continue
        uses = evaluator.callers.uses_or_calls_by_name(here, at) if at else ()
        if at == 0 or (not uses and pace.is_command(here, at)):
            # What may only have the same name starts nothing for sure.
            starts = starts or is_sure
        elif any(each(evaluator.program, here, here.scopes[at]) for each in (_is_listed, _is_tool, _is_of_tool_object)):
            waits = True
        for use in (*uses, *(kept_functions.uses(evaluator, here, at) if at else ())):
            if _is_awaited(evaluator, use) or _is_for_search(here, at, use):
                waits = True
                continue
            caller = _function(use.module, use.fact.scope)
            key, is_certain = (caller[0].path, caller[1]), is_sure and use.is_certain
            if key not in seen or (is_certain and not seen[key]):
                seen[key] = is_certain
                pending.append((*caller, is_certain))
    return Reach(waits, starts)


def _is_awaited(evaluator: Evaluator, use: Use) -> bool:
    module, fact = use.module, use.fact
    if use.argument is not None and (
        interactive.registers(fact.call) or live.is_started_soon_again(module, fact) or _adds_handler(fact.call)
    ):
        return True
    if terminal.answers_question(use) or terminal.asks_behind(evaluator, module, fact.scope, fact.block, fact.order):
        return True
    return any(live.is_live(evaluator, module, fact.scope, loop, fact.call) for loop in module.loops(fact.block))


def _adds_handler(call: ex.Call) -> bool:
    """`client.socket_mode_request_listeners.append(answer)`."""
    if not isinstance(call.func, ex.Attribute) or call.func.attr not in ("append", "add"):
        return False
    return (ex.last_name(call.func.value) or "").lower().endswith(frameworks.LIST_ENDINGS)


def _is_listed(program: Program, module: ModuleIndex, function: Scope) -> bool:
    """Whether an agent or a server is passed a list with a function: `Agent(tools=[look_up])`."""
    owner = module.scopes[function.parent or 0]
    of_class = owner.name if owner.kind == "class" else None
    if not program.mentions(_LISTED, module):
        return False
    others = (module, *program.modules_naming(function.name, module, of_class))
    for other in others:
        other.lower_mentions(function.name, Mention.HANDED)
    calls = (fact.call for other in others for fact in other.named_facts.calls)
    arguments = (argument for call in calls for argument in call.args if argument.keyword in frameworks.LISTS)
    lists = (argument.value for argument in arguments if isinstance(argument.value, ex.Sequence))
    return any(ex.last_name(item) == function.name for each in lists for item in each.items)


def _is_tool(program: Program, module: ModuleIndex, function: Scope) -> bool:
    """Whether a dict maps the name of a tool that a model is offered to a function: `{"read_pdf": read_pdf}` and `"name": "read_pdf"`."""
    if function.parent or not program.mentions(_TOOLS, module):
        return False
    for other in (module, *program.modules_naming(function.name, module, None)):
        other.lower_mentions(function.name)
        displays: list[ex.Expr | None] = [value for _, value in other.displays_with(function.name)]
        displays += [leave.value for leave in other.named_facts.exits if leave.kind == "return"]
        for display in displays:
            for key, value in display.items if isinstance(display, ex.Mapping) else ():
                is_function = ex.last_name(value) == function.name
                if is_function and isinstance(key, ex.Constant) and isinstance(key.value, str):
                    names = (f'"name": "{key.value}"', f"'name': '{key.value}'", f'name="{key.value}"')
                    if program.mentions([name.encode() for name in names], module):
                        return True
    return False


def _is_of_tool_object(program: Program, module: ModuleIndex, function: Scope) -> bool:
    """Whether an object with a description that a model reads has a function: `Tool(name="weigh", description="…", handler=self._weigh)`."""
    if not program.mentions(_TOOL_OBJECTS, module):
        return False
    owner = module.scopes[function.parent or 0]
    of_class = owner.name if owner.kind == "class" else None
    for other in (module, *program.modules_naming(function.name, module, of_class)):
        other.lower_mentions(function.name, Mention.HANDED)
        for fact in other.named_facts.calls:
            if (ex.last_name(fact.call.func) or "").endswith("Tool") and fact.call.value("description") is not None:
                if any(each.keyword in _HANDLERS and ex.last_name(each.value) == function.name for each in fact.call.args):
                    return True
    return False


def _tells_window(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a function tells how far it is to whom called it, and a file with windows calls it: `progress_callback("Summing up", 50)`."""
    function = module.scopes[scope]
    told = [each.name for each in function.parameters if each.name in _PROGRESS]
    if not told or not program.mentions(_WINDOWS, module):
        return False
    owner = module.scopes[function.parent or 0]
    others = program.modules_naming(function.name, module, owner.name if owner.kind == "class" else None)
    callers = [fact for each in others if interactive.is_app_script(each) for fact in each.calls_by_tail.get(function.name)]
    return any(argument.keyword in told for fact in callers for argument in fact.call.args)


def _is_for_search(module: ModuleIndex, scope: int, use: Use) -> bool:
    """Whether a function that ranks what was found is called by the one that searches, whose caller waits for it."""
    owner = module.scopes[module.scopes[scope].parent or 0]
    names = (module.scopes[scope].name, owner.name if owner.kind == "class" else "")
    caller = use.module.scopes[use.fact.scope].name.strip("_")
    return any("rerank" in name.lower() for name in names) and caller.startswith(_SEARCHES)


def _function(module: ModuleIndex, scope: int) -> tuple[ModuleIndex, int]:
    while module.scopes[scope].kind == "class":
        scope = module.scopes[scope].parent or 0
    return module, scope


def reach_of_fan_out(evaluator: Evaluator, path: CallPath, fan_out: FanOut) -> Reach:
    """What leads to a fan-out that is on a call path: to the function around it, or, where that is passed what it repeats, to the start of
    the path, as others may pass it something else."""
    module, scope = path.module, path.scope
    is_passed, is_inside, waits = False, False, False
    for hop in (None, *path.hops):
        if hop is not None:
            module, scope = _function(hop.use.module, hop.use.fact.scope)
            is_passed = is_passed or _is_of_parameter(hop)
            waits = waits or (is_inside and _is_awaited(evaluator, hop.use))
        here = module.scopes[scope]
        if module.path == fan_out.at.path and here.start <= fan_out.at.start < here.end:
            if not is_passed:
                return reach_of(evaluator, module, scope)
            is_inside = True
    found = reach_of(evaluator, module, scope)
    return Reach(found.waits or waits, found.starts)


def _is_of_parameter(hop: Hop) -> bool:
    """Whether a call is one of what its function is passed: `def each(function, items): return [function(item) for item in items]`."""
    function = hop.use.function
    return isinstance(function, ex.Name) and hop.use.module.parameter(hop.use.fact.scope, function.id) is not None
