"""Whether somebody sits at the terminal and waits for a run: a question behind it, or one on the command line whose answer is printed."""

from __future__ import annotations

import re

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.uses import Use
from llmlint.link.names.effects import LEAVES
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.values.values import Function
from llmlint.request_data import FanOut
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.source import Span

# What programs call the options that they have parsed.
_PARSED = frozenset({"args", "arguments", "ns", "opt", "options", "opts", "parsed"})
_ASKS = frozenset(
    {"input", "raw_input", "Prompt.ask", "Confirm.ask", "IntPrompt.ask", "console.input", "click.prompt", "click.confirm", "typer.prompt",
     "typer.confirm", "inquirer.prompt", "questionary.select", "questionary.text", "questionary.confirm", "questionary.checkbox"}
)  # fmt: skip
# What makes items of a typed line.
_TAKES_APART = frozenset(
    {"split", "splitlines", "strip", "lower", "upper", "title", "replace", "list", "set", "sorted", "enumerate", "int", "len"}
)
PRINTS = frozenset({"print", "pprint", "pp", "echo", "secho", "display", "print_json"})
# What somebody calls a question that is put to the program on its command line.
_QUESTION = re.compile(r"(?i)^(?:user_|research_|search_)?(?:query|question|prompt|topic|message|goal|task|request|claim)$")
# What a response says of files, which is printed where the answer itself is written elsewhere.
_PLACES = re.compile(r"(?i)path|file|folder|director")
_DEEPEST = 2

# By function: each of its calls asks for them.
_QUESTIONS: Memo[int, tuple[CallFact, ...]] = Memo()
_HAS: Memo[tuple[int, int], bool] = Memo(holds_anywhere=True)
_ASKING: Memo[None, dict[str, set[tuple[str, int]]]] = Memo()


def asks_behind(evaluator: Evaluator, module: ModuleIndex, scope: int, block: int, order: int) -> bool:
    """Whether a function asks somebody at its terminal behind a place in it, and does something with the answer: a menu of what the run has made.
    `input("Press Enter to exit")` asks nothing."""
    questions = _QUESTIONS.get(module, scope, lambda: _questions(evaluator, module, scope))
    return any(fact.order > order and _may_follow(module, block, order, fact) for fact in questions)


def types_items(module: ModuleIndex, scope: int, fan_out: FanOut | None, block: int) -> bool:
    """Whether the items of a fan-out around a block are what somebody has typed at the terminal: `for topic in input("Topics: ").split(",")`. What is
    typed may be the name of a file as well, whose rows are many."""
    loop = next((each for each in module.loops(block) if fan_out is not None and each.start == fan_out.at.start), None)
    if loop is None or loop.head is None:
        return False
    return _is_typed(module, loop.head, Point(scope, loop.parent or 0, loop.first), _DEEPEST)


def _is_typed(module: ModuleIndex, value: ex.Expr, at: Point, depth: int) -> bool:
    nodes = list(ex.walk(value))
    calls = {ex.dotted_name(node.func) or ex.last_name(node.func) or "" for node in nodes if isinstance(node, ex.Call)}
    if any(name not in _ASKS and name.rpartition(".")[2] not in _TAKES_APART for name in calls):
        return False
    if calls & _ASKS:
        return True
    names = {node.id for node in nodes if isinstance(node, ex.Name)} if depth else set()
    bound = (each for name in names for each in module.reaching(name, at) if each.kind == "assign" and each.value is not None)
    return any(
        each.value is not None and _is_typed(module, each.value, Point(each.scope, each.block, each.order), depth - 1)
        for each in bound
    )


def _questions(evaluator: Evaluator, module: ModuleIndex, scope: int) -> tuple[CallFact, ...]:
    facts = module.calls_by_scope.get(scope)
    return tuple(fact for fact in facts if _asks(evaluator, module, fact, _DEEPEST))


def _asks(evaluator: Evaluator, module: ModuleIndex, fact: CallFact, depth: int) -> bool:
    """Whether a call is such a question, or one of a function of the same file that asks it."""
    func = fact.call.func
    if (ex.dotted_name(func) or "") in _ASKS:
        return not _is_discarded(evaluator, module, fact)
    if not depth:
        return False
    if depth == _DEEPEST and _asks_elsewhere(evaluator, module, fact):
        return True
    if isinstance(func, ex.Name):
        scopes = {each.scope_id for each in module.bindings(0, func.id) if each.kind == "def"}
    elif isinstance(func, ex.Attribute) and isinstance(func.value, ex.Name) and func.value.id in ("self", "cls"):
        owner = module.enclosing_class(fact.scope)
        members = module.members[owner.id].get(func.attr, ()) if owner is not None else ()
        scopes = {each.scope_id for each in members if each.kind == "def"}
    else:
        return False
    return any(_has_question(evaluator, module, scope, depth - 1) for scope in scopes if scope is not None)


def _has_question(evaluator: Evaluator, module: ModuleIndex, scope: int, depth: int) -> bool:
    """The same of the calls of a function; where functions call many others, each is reached on many paths."""
    facts = module.calls_by_scope.get(scope)
    return _HAS.get(module, (scope, depth), lambda: any(_asks(evaluator, module, fact, depth) for fact in facts))


def _asks_elsewhere(evaluator: Evaluator, module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call is one of a function or method of another file that asks somebody itself."""
    asking = _ASKING.get(module, None, lambda: _asking_functions(evaluator, module))
    found = asking.get(ex.last_name(fact.call.func) or "")
    if not found:
        return False
    values = evaluator.evaluate(fact.call.func, evaluator.place(module, fact.scope, fact.block, fact.order))
    return any(isinstance(value, Function) and (value.module.path, value.scope) in found for value in values)


def _asking_functions(evaluator: Evaluator, module: ModuleIndex) -> dict[str, set[tuple[str, int]]]:
    """The functions of other files that ask somebody, by name."""
    found: dict[str, set[tuple[str, int]]] = {}
    for other in evaluator.program.modules_with(b"input(", module):
        if other is module:
            continue
        other.lower_mentions("input")
        for fact in other.calls_by_tail.get("input"):
            if other.scopes[fact.scope].kind == "function" and _asks(evaluator, other, fact, 0):
                found.setdefault(other.scopes[fact.scope].name, set()).add((other.path, fact.scope))
    return found


def _is_discarded(evaluator: Evaluator, module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call is a statement of its own."""
    scope = module.scopes[fact.scope]
    text = evaluator.program.code(Span(module.path, scope.start, scope.end))
    before = text[: fact.call.start - scope.start].rpartition("\n")[2].strip()
    behind = text[fact.call.end - scope.start :].partition("\n")[0].strip()
    return not before and (not behind or behind.startswith("#"))


def _may_follow(module: ModuleIndex, block: int, order: int, fact: CallFact) -> bool:
    """Whether a call may run behind a place: not in another branch, nor where the place's own branch leaves the function, nor after a failure."""
    around = list(module.block_path(block))
    inside = {here.id for here in around}
    groups = {here.group for here in around if here.kind in ("if", "else", "case", "except")}
    for here in module.block_path(fact.block):
        if here.id not in inside and (here.kind == "except" or here.group in groups):
            return False
    leaves = (leave for leave in module.exits_by_scope.get(fact.scope) if leave.kind in LEAVES and leave.block in inside)
    return not any(order < leave.order < fact.order for leave in leaves)


def answers_question(use: Use) -> bool:
    """Whether a program passes a question of its user to a function, and prints what it returns: `print(agent.research(args.query))`."""
    module, fact = use.module, use.fact
    if use.argument is not None or module.loops(fact.block):
        return False
    given = [node for argument in fact.call.args for node in ex.walk(argument.value)]
    return any(_is_question(module, fact, node) for node in given) and _is_printed(module, fact)


def _is_question(module: ModuleIndex, fact: CallFact, node: ex.Expr) -> bool:
    if isinstance(node, ex.Attribute):
        return _QUESTION.match(node.attr) is not None and _is_option(node)
    if not isinstance(node, ex.Name) or not _QUESTION.match(node.id):
        return False
    if module.parameter(fact.scope, node.id) is not None:
        return True
    values = [each.value for each in module.bindings(fact.scope, node.id) if each.value is not None and each.scope == fact.scope]
    return any(_is_of_user(inner) for value in values for inner in ex.walk(value))


def _is_of_user(node: ex.Expr) -> bool:
    if isinstance(node, ex.Attribute):
        return ex.dotted_name(node) == "sys.argv" or _is_option(node)
    return isinstance(node, ex.Call) and ex.dotted_name(node.func) in _ASKS


def _is_option(node: ex.Attribute) -> bool:
    """Whether an attribute is an option that was parsed from the command line: `args.question`."""
    return ex.last_name(node.value) in _PARSED


def _is_printed(module: ModuleIndex, fact: CallFact) -> bool:
    """Whether what a call returns is printed by the same function."""
    names: set[str] = set()
    for binding in module.bindings_by_scope.get(fact.scope):
        if binding.value is not None and any(node is fact.call for node in ex.walk(binding.value)):
            names.add(binding.name)
    for each in module.calls_by_scope.get(fact.scope):
        if ex.last_name(each.call.func) not in PRINTS:
            continue
        for argument in each.call.args:
            if any(node is fact.call for node in ex.walk(argument.value)) or _shows(argument.value, names):
                return True
    return False


def _shows(expression: ex.Expr, names: set[str]) -> bool:
    """Whether an expression holds what one of some names stands for, and not only where that was written to, or how long it is."""
    if isinstance(expression, ex.Call) and ex.dotted_name(expression.func) == "len":
        return False
    if isinstance(expression, ex.Attribute) and _PLACES.search(expression.attr):
        return False
    if isinstance(expression, ex.Name):
        return expression.id in names
    return any(_shows(child, names) for child in expression.children())
