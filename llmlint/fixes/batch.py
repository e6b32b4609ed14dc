"""LLM301 and LLM302: from one call an item to Anthropic's Message Batches API, where the shape of the code leaves no doubt."""

from __future__ import annotations

import libcst as cst

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.apply import apply_edits, check_fixed
from llmlint.fixes.batch_ask import Ask, direct, from_method
from llmlint.fixes.batch_comprehension import comprehension_edits, enclosing_comprehension, gather_edits
from llmlint.fixes.batch_helper import helper_edits
from llmlint.fixes.batch_loop import loop_edits
from llmlint.fixes.batch_pool import map_edits, map_items, submit_edits
from llmlint.fixes.batch_request import read_method
from llmlint.fixes.batch_split import Split
from llmlint.fixes.batch_tree import Tree, dotted, tail_of, tree_of
from llmlint.fixes.batch_wrapper import Wrapper, arguments_by_name, read_wrapper, receiver_of
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut


def batch_fix(call: Request, fan_out: FanOut) -> Fix | None:
    """A fix that sends the calls of a fan-out, at most one function away from the call, as a batch; None where it could change what the program
    does with the answers."""
    program = call.program
    if any("\r" in program.source(path).text.replace("\r\n", "") for path in {call.span.path, fan_out.at.path}):
        # Lines that end in a lone carriage return, which nothing has written for twenty years.
        return None
    tree, loop_tree = tree_of(program, call.span.path), tree_of(program, fan_out.at.path)
    edits = _edits(tree, loop_tree, call, fan_out) if tree is not None and loop_tree is not None else None
    if edits is None or not all(_is_sound(program, path, edits) for path in {edit.span.path for edit in edits}):
        return None
    return Fix(Applicability.UNSAFE, "Send the requests as a batch", tuple(edits))


def _is_sound(program: Program, path: str, edits: list[Edit]) -> bool:
    """Whether a file can be left with the edits: they may overlap, or a comment may stand where the new code has no place for it."""
    text = program.source(path).text
    try:
        return check_fixed(text, apply_edits(text, (edit for edit in edits if edit.span.path == path))) is None
    except ValueError:
        return False


def _edits(home: Tree, tree: Tree, call: Request, fan_out: FanOut) -> list[Edit] | None:
    ask: Ask | None
    found: list[Edit] | None
    if fan_out.kind in ("executor", "map"):
        ask, found = _pooled(home, tree, call, fan_out)
    elif fan_out.kind == "gather" and _is_map(tree, fan_out):
        ask, found = _pooled(home, tree, call, fan_out, is_gathered=True)
    elif fan_out.kind in ("gather", "task-group"):
        ask = _question(home, tree, call, fan_out, is_awaited=True)
        found = gather_edits(tree, ask) if ask is not None else None
    elif fan_out.kind in ("loop", "comprehension"):
        ask = _question(home, tree, call, fan_out)
        if ask is None:
            return None
        in_comprehension = enclosing_comprehension(tree, ask) is not None
        found = comprehension_edits(tree, ask) if in_comprehension else loop_edits(tree, ask, fan_out.at.start)
    else:
        return None
    if ask is None or found is None:
        return None
    function = tree.function_of(ask.node)
    if not ask.is_async and function is not None and function.asynchronous is not None:
        # Waiting for a batch would hold up everything else that the loop of events runs.
        return None
    helper = helper_edits(tree, ask.is_async, ask.node)
    return None if helper is None else [*helper, *found]


def _question(home: Tree, tree: Tree, call: Request, fan_out: FanOut, *, is_awaited: bool | None = None) -> Ask | None:
    """What the loop asks: with the LLM call itself, or with a call of a function around it. `is_awaited`: something else awaits it."""
    if not fan_out.chain:
        return direct(tree, call, is_awaited=is_awaited)
    node = tree.find(fan_out.chain[0].span, cst.Call)
    wrapper = read_wrapper(home, call)
    if node is None or wrapper is None:
        return None
    parent = tree.parents[node]
    answer: cst.BaseExpression = parent if isinstance(parent, cst.Await) and is_awaited is None else node
    if wrapper.call.is_awaited is not (isinstance(answer, cst.Await) or is_awaited is True):
        return None
    receiver, arguments = receiver_of(wrapper, node.func, is_elsewhere=home is not tree), arguments_by_name(wrapper, node.args)
    if receiver is None or arguments is None or _may_be_another(home, tree, call, wrapper, node):
        return None
    return Split(home, tree, tree, wrapper, receiver, arguments, home is not tree or _is_kept(home, call, wrapper)).ask(
        node, answer
    )


def _is_map(tree: Tree, fan_out: FanOut) -> bool:
    """`asyncio.gather(*map(ask, items))`."""
    node = tree.find(fan_out.chain[0].span, cst.Call) if fan_out.chain else None
    return node is not None and dotted(node.func) == "map"


def _pooled(
    home: Tree, tree: Tree, call: Request, fan_out: FanOut, *, is_gathered: bool = False
) -> tuple[Ask | None, list[Edit] | None]:
    """`pool.map` of a function, `pool.submit` of one or of the client's method, and the builtin `map`."""
    method = None if fan_out.chain else read_method(tree, call)
    ask = from_method(tree, method) if method is not None else None
    if ask is not None:
        return ask, submit_edits(tree, ask)
    node = tree.find(fan_out.chain[0].span, cst.Call) if fan_out.chain else None
    wrapper = read_wrapper(home, call)
    if node is None or wrapper is None or wrapper.call.is_awaited is not is_gathered or not node.args:
        return None, None
    receiver = receiver_of(wrapper, node.args[0].value, is_elsewhere=home is not tree)
    is_map = tail_of(node.func) == "map"
    arguments = arguments_by_name(wrapper, node.args[1:])
    if is_map:
        names = [each.name for each in wrapper.parameters][: len(node.args) - 1]
        arguments = {name.value: name for name in names}
    if receiver is None or arguments is None or _may_be_another(home, tree, call, wrapper, node):
        return None, None
    ask = Split(
        home, tree, home if is_map else tree, wrapper, receiver, arguments, home is not tree or _is_kept(home, call, wrapper)
    ).ask(node, node)
    if ask is None or not is_map:
        return ask, submit_edits(tree, ask) if ask is not None and tail_of(node.func) == "submit" else None
    items = map_items(tree, node, list(arguments))
    return ask, map_edits(tree, ask, node, items) if items is not None else None


def _may_be_another(home: Tree, tree: Tree, call: Request, wrapper: Wrapper, node: cst.Call) -> bool:
    """Whether a call of a method may run that of another class: a subclass has its own, or the class at hand only inherits it."""
    owner, name = wrapper.owner, wrapper.name
    if len(home.functions.get(name, [])) != 1 or (home is not tree and name in tree.functions):
        return True
    if owner is None:
        return False
    callee = node.args[0].value if node.args and tail_of(node.func) != name else node.func
    if (dotted(callee) or "").startswith("self.") and tree.enclosing(node, cst.ClassDef) is not owner:
        return True
    program = call.program
    module = program.module(call.span.path)
    others = program.modules_naming(owner.name.value, module) if module is not None else []
    for other in others:
        other.lower_mentions(name)
    return any(scope.kind == "function" and scope.name == name for other in others for scope in other.scopes)


def _is_kept(tree: Tree, call: Request, wrapper: Wrapper) -> bool:
    """Whether others may use a function: the file itself, other files of the program, or anybody who can import its name."""
    name = wrapper.name
    is_method = wrapper.owner is not None
    named = [each for each in tree.nodes if isinstance(each, cst.Name) and each.value == name]
    if len(named) != 2 or is_method:
        # The definition, and the use at hand.
        return True
    if tree.enclosing(wrapper.function, cst.FunctionDef) is not None:
        return False
    program = call.program
    home = program.module(call.span.path)
    if home is None or program.modules_naming(name, home):
        return True
    is_script = '__name__ == "__main__"' in tree.source.text or "__name__ == '__main__'" in tree.source.text
    return not (name.startswith("_") or is_script or bool(tree.source.cells))
