"""Whether somebody waits for a function: request handlers, bot callbacks, chat interfaces, tools of agents (`frameworks.py`)."""

from __future__ import annotations

import re

from llmlint.link.calls import frameworks
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.program import Program
from llmlint.scan.expressions import Call, Expr, Name, dotted_name, last_name
from llmlint.scan.facts import Scope

_OF_CLOUD_FUNCTIONS = frozenset({"functions_framework.http", "functions_framework.cloud_event"})
# Words of the documentation of a function in the cloud that a schedule starts.
_SCHEDULED = re.compile(r"(?i)cloud scheduler|\bcron\b|\bschedule[rd]?\b|\b(?:daily|nightly|hourly|weekly)\b")
# So many characters behind its name, a function's documentation has begun.
_DOCUMENTED = 600


def is_handler(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a framework calls this function, or one around it, on behalf of somebody who waits."""
    current: int | None = scope
    while current is not None:
        here = module.scopes[current]
        if here.kind == "function" and _is_handler_function(program, module, here):
            return True
        if here.kind == "class" and any(_is_handler_class(base) for base in here.bases):
            return True
        current = here.parent
    return False


def is_tool(module: ModuleIndex, scope: int) -> bool:
    """Whether a function is declared as a tool of agents: a program may go through its steps by such tools, once in a run."""
    targets = (each.func if isinstance(each, Call) else each for each in module.scopes[scope].decorators)
    return any(last_name(target) in frameworks.TOOLS for target in targets)


def is_scheduled_job(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a function in the cloud (`functions_framework`) is one that a schedule starts, as its documentation says, or that of a file that
    has no other: nobody reads what it returns."""
    current: int | None = scope
    while current is not None:
        here = module.scopes[current]
        if _is_of_cloud(here):
            text = program.source(module.path).text
            documented = _docstring(text[here.start : here.start + 2 * _DOCUMENTED])
            if text.lstrip().startswith('"""') and sum(map(_is_of_cloud, module.scopes)) == 1:
                documented += text.partition('"""')[2].partition('"""')[0]
            return _SCHEDULED.search(documented) is not None
        current = here.parent
    return False


def _is_of_cloud(here: Scope) -> bool:
    return here.kind == "function" and any(dotted_name(each) in _OF_CLOUD_FUNCTIONS for each in here.decorators)


def _docstring(function: str) -> str:
    """The docstring of a function, by its source."""
    body = function[function.find("def ") :]
    _, quotes, rest = body.partition('"""')
    return rest.partition('"""')[0] if quotes and body.find('"""') < _DOCUMENTED else ""


def _is_handler_class(base: Expr) -> bool:
    name = last_name(base) or ""
    return name in frameworks.CLASSES or name.endswith(frameworks.CLASS_ENDINGS)


def _is_handler_function(program: Program, module: ModuleIndex, here: Scope) -> bool:
    if here.name == "lambda_handler" or _takes_event(here) or (here.parent and here.name in frameworks.METHODS):
        return True
    if any(_is_handler_decorator(module, each) for each in here.decorators):
        return True
    for parameter in here.parameters:
        if parameter.annotation is not None and parameter.name in frameworks.PARAMETERS:
            if last_name(parameter.annotation) in frameworks.TYPES:
                return not _is_other_type(program, module, parameter.annotation)
    return False


def _is_handler_decorator(module: ModuleIndex, decorator: Expr) -> bool:
    target = decorator.func if isinstance(decorator, Call) else decorator
    owner, _, tail = (dotted_name(target) or "").rpartition(".")
    if not owner:
        return tail in frameworks.BARE_DECORATORS or (
            tail in frameworks.BARE_ROUTES and module.imports_any(frameworks.BARE_ROUTERS)
        )
    if tail in frameworks.BY_EVENT and isinstance(decorator, Call) and decorator.args:
        return (last_name(decorator.args[0].value) or "").endswith("Event")
    if tail not in frameworks.DECORATORS or owner.rpartition(".")[2] in frameworks.NO_FRAMEWORKS:
        return False
    return tail not in frameworks.COMMANDS or not module.imports_any(frameworks.COMMAND_LINES)


def _is_other_type(program: Program, module: ModuleIndex, annotation: Expr) -> bool:
    """Whether an annotation names a class of the program that has no framework's class of the same kind as its base, or one of an SDK."""
    name = dotted_name(annotation) or ""
    for binding in module.bindings(0, name.split(".")[0]):
        home, member = module, binding.name
        if binding.kind == "import":
            if binding.module.split(".")[0] in frameworks.OTHER_PACKAGES:
                return True
            found = program.find_import(module, binding.module, binding.level)
            if found is None:
                continue
            home, member = found, binding.member or name.rpartition(".")[2]
        for scope_id in (each.scope_id for each in home.bindings(0, member) if each.kind == "class"):
            bases = {last_name(base) for base in home.scopes[scope_id].bases} if scope_id is not None else set()
            return frameworks.TYPES.isdisjoint(bases)
    return False


def _takes_event(here: Scope) -> bool:
    """Whether a function has the parameters of an AWS Lambda handler, whatever its name."""
    names = [parameter.name.lstrip("_") for parameter in here.parameters]
    return here.parent == 0 and names in (["event", "context"], ["event", ""])


def registers(call: Call) -> bool:
    """Whether a call takes a function to call it for somebody who waits: `add_url_rule("/", view_func=home)`."""
    owner, _, tail = (dotted_name(call.func) or "").rpartition(".")
    return tail in frameworks.REGISTRARS or (owner.rpartition(".")[2] == "web" and tail in frameworks.ROUTES_OF_WEB)


def is_app_script(module: ModuleIndex) -> bool:
    """Whether the file is the script of an app framework that runs it for each visitor, or whose window calls its functions."""
    return module.imports_any(frameworks.SCRIPTS)


def asks_in(module: ModuleIndex, scope: int) -> bool:
    """Whether a function reads from its terminal."""
    return any(isinstance(fact.call.func, Name) for fact in module.calls_by_root.get((scope, "input")))
