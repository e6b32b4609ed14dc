"""Whether somebody follows a run while it goes on: a function sends what it has done, or does next, to a web socket."""

from __future__ import annotations

from llmlint.link.calls.frameworks import SOCKET_FUNCTIONS, SOCKET_METHODS, SOCKET_MODULES, SOCKET_NAMES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact

# By function: each of its calls asks for it.
_FOLLOWED: Memo[int, bool] = Memo(holds_anywhere=True)


def is_followed(module: ModuleIndex, scope: int) -> bool:
    """Whether a function tells somebody at a web socket of its progress."""
    return _FOLLOWED.get(module, scope, lambda: any(_tells(module, fact) for fact in module.calls_by_scope.get(scope)))


def _tells(module: ModuleIndex, fact: CallFact) -> bool:
    func = fact.call.func
    if isinstance(func, ex.Attribute):
        return func.attr in SOCKET_METHODS and SOCKET_NAMES.match(ex.last_name(func.value) or "") is not None
    if not isinstance(func, ex.Name) or not SOCKET_FUNCTIONS.match(func.id):
        return False
    imports = (each for scope in (fact.scope, 0) for each in module.bindings(scope, func.id) if each.kind == "import")
    return any(SOCKET_MODULES.search(each.module) for each in imports)
