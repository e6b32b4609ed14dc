"""A comprehension or `map` becomes `batch_map` of a function and the items; one that awaits, `asyncio.gather` in a batch scope."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.apply import METHODS, applied
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.layout import Code, Group, Raw, blank_lines, code_of, indented, raw, render
from llmlint.fixes.batch.loop import Rewritten, batch_map_of
from llmlint.fixes.edits.by_hand import WITHOUT_END, ByHand, check_leaves_event_loop, has_no_end
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, tail_of
from llmlint.source import Span

_USES_ALL = frozenset(
    {
        "list",
        "tuple",
        "set",
        "dict",
        "sorted",
        "sum",
        "max",
        "min",
        "join",
        "Counter",
        "frozenset",
        "extend",
        "DataFrame",
        "array",
        "print",
    }
)
_UNUSED = "what the generator or map gives may not all be used"
_COMPREHENSIONS = (cst.ListComp, cst.GeneratorExp, cst.SetComp, cst.DictComp)


def comprehension_edits(tree: Tree, at: Span, call: tuple[int, int], calls: int) -> Rewritten:
    """`[ask(row) for row in rows]` → `batch_map(ask, rows)`, and its like for generators, sets and dicts. `call` is where it makes or
    reaches its LLM call, of which an item makes `calls`."""
    node = tree.find(at, cst.BaseComp)  # type: ignore[type-abstract]
    if not isinstance(node, _COMPREHENSIONS):
        raise ByHand("the comprehension is written in a way that is not followed")
    _check_runs_once(tree, node)
    in_thread = _is_awaited(tree, node)
    if any(isinstance(each, (cst.Await, cst.NamedExpr)) for each in own_nodes(node)) or _is_async(node.for_in):
        raise ByHand("the comprehension awaits, or binds names by `:=`")
    element = node.value if isinstance(node, cst.DictComp) else node.elt
    if not tree.offsets.of(node)[0] <= call[0] < tree.offsets.of(element)[1]:
        raise ByHand("the condition of a comprehension makes the call")
    if has_no_end(node.for_in.iter):
        raise ByHand(WITHOUT_END)
    if isinstance(node, cst.GeneratorExp) and not _is_used_up(tree, node):
        raise ByHand(_UNUSED)
    direct = _direct_function(tree, node)
    function, edit = (direct, None) if direct is not None else _defined_function(tree, node)
    if function is None:
        raise ByHand("there is no place for a function of one item ahead of the statement")
    code: Code = batch_map_of(function, _items(tree, node.for_in), calls, in_thread)
    if isinstance(node, (cst.SetComp, cst.DictComp)):
        code = Group("dict(" if isinstance(node, cst.DictComp) else "set(", (("", code),), ")", "")
    edits = [_replaced(tree, node, code), *([edit] if edit is not None else [])]
    return Rewritten(tuple(edits), frozenset({"batch_map"}), needs_asyncio=in_thread)


def gathered_edits(tree: Tree, at: Span) -> Rewritten:
    """`[await ask(row) for row in rows]` → `await asyncio.gather(*(ask(row) for row in rows))`."""
    node = tree.find(at, cst.ListComp)
    statement = tree.statement_of(node) if node is not None else None
    if node is None or statement is None or not isinstance(node.elt, cst.Await):
        raise ByHand("the comprehension does more than to await a call for each item")
    _check_runs_once(tree, node)
    if sum(isinstance(each, cst.Await) for each in own_nodes(node)) > 1 or _is_async(node.for_in):
        raise ByHand("the comprehension awaits several things")
    start, end = tree.offsets.of(node)
    awaited, inner = tree.offsets.of(node.elt), tree.offsets.of(node.elt.expression)
    clauses = tree.source.text[awaited[1] : end].rstrip().removesuffix("]").strip()
    first, last = tree.offsets.of(statement)
    indent, step = tree.indent_at(first), tree.style.step
    generator = Group("*(", (("", raw(tree, *inner)), ("", Raw(" ".join(clauses.split())))), ")", "")
    code = Group("await asyncio.gather(", (("", generator),), ")", "")
    head = indented(tree, first, start, indent, indent + step)
    tail = tree.source.text[end:last]
    text = render(code, indent + step, step, tree.width, len(head) + len(tail))
    edit = tree.edit(first, last, f"with batch_scope():\n{indent}{step}{head}{text}{tail}")
    return Rewritten((edit,), frozenset({"batch_scope"}), needs_asyncio=True)


def map_edits(tree: Tree, at: Span, calls: int) -> Rewritten:
    """`map(ask, rows)` → `batch_map(ask, rows)`, and the same for what a data frame applies, where a column is assigned."""
    node = tree.find(at, cst.Call)
    if node is None or not node.args:
        raise ByHand("the map is called with keywords or `*`")
    _check_runs_once(tree, node)
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in METHODS:
        return _mapped(tree, node, *applied(tree, node), calls)
    if any(each.star or each.keyword for each in node.args):
        raise ByHand("the map is called with keywords or `*`")
    function: Code = code_of(tree, node.args[0].value)
    given = [code_of(tree, each.value) for each in node.args[1:]]
    if (
        dotted(node.func) != "map"
        or not given
        or not _is_used_up(tree, node)
        or any(has_no_end(each.value) for each in node.args[1:])
    ):
        raise ByHand(_UNUSED)
    items = given[0]
    if len(given) > 1:
        parameter = tree.fresh(node, ["item", "each", "pair"])
        function = Raw(f"lambda {parameter}: {tree.code(node.args[0].value)}(*{parameter})")
        items = Group("zip(", tuple(("", each) for each in given), ")")
    return _mapped(tree, node, function, items, calls)


def _is_used_up(tree: Tree, node: cst.BaseExpression) -> bool:
    """Whether all that a generator or `map` gives is used, and nothing that it is made from changes in the meantime."""
    parent = tree.parents[node]
    if isinstance(parent, cst.For) and parent.iter is node:
        body = list(own_nodes(parent.body))
        leaves = any(isinstance(each, (cst.Return, cst.Break, cst.Yield)) for each in body)
        return not leaves and not any(
            isinstance(each, cst.AssignTarget) and isinstance(each.target, (cst.Subscript, cst.Attribute)) for each in body
        )
    outer = tree.parents.get(parent)
    return isinstance(parent, cst.Arg) and isinstance(outer, cst.Call) and tail_of(outer.func) in _USES_ALL


def _mapped(tree: Tree, node: cst.Call, function: Code, items: Code, calls: int) -> Rewritten:
    in_thread = _is_awaited(tree, node)
    code = batch_map_of(function, items, calls, in_thread)
    return Rewritten((_replaced(tree, node, code),), frozenset({"batch_map"}), needs_asyncio=in_thread)


def _check_runs_once(tree: Tree, node: cst.BaseExpression) -> None:
    """See to it that an expression is evaluated once."""
    if any(each is not node for each in tree.loops_around(node)):
        raise ByHand("a loop around the fan-out would wait for a batch in each of its iterations")


def _is_awaited(tree: Tree, node: cst.BaseExpression) -> bool:
    """Whether an expression stands in an async function, whose event loop has to be free while the batch is waited for."""
    if not tree.is_in_async(node):
        return False
    check_leaves_event_loop([node, *own_nodes(node)])
    if isinstance(tree.parents[node], (cst.Attribute, cst.Subscript)):
        raise ByHand("`await` would need brackets around it, as an attribute or an item of the results is taken")
    return True


def _clauses(first: cst.CompFor) -> Iterator[cst.CompFor]:
    clause: cst.CompFor | None = first
    while clause is not None:
        yield clause
        clause = clause.inner_for_in


def _is_async(first: cst.CompFor) -> bool:
    return any(each.asynchronous is not None for each in _clauses(first))


def _names(first: cst.CompFor) -> list[str]:
    """What an item is made of: the targets of all clauses."""
    return [name.value for clause in _clauses(first) for name in bound_names(clause.target)]


def _items(tree: Tree, first: cst.CompFor) -> Code:
    if not first.ifs and first.inner_for_in is None:
        return code_of(tree, first.iter)
    names = _names(first)
    clauses = [Raw(" ".join(_clause_code(tree, clause).split())) for clause in _clauses(first)]
    element = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return Group("(", (("", Raw(element)), *(("", clause) for clause in clauses)), ")", "")


def _clause_code(tree: Tree, clause: cst.CompFor) -> str:
    tests = "".join(f" if {tree.code(each.test)}" for each in clause.ifs)
    return f"for {tree.code(clause.target)} in {tree.code(clause.iter)}{tests}"


def _element(tree: Tree, node: cst.BaseComp) -> Code:
    """What a comprehension makes of each item; of a dict, key and value."""
    if isinstance(node, cst.DictComp):
        return Group("(", (("", code_of(tree, node.key)), ("", code_of(tree, node.value))), ")")
    assert isinstance(node, (cst.ListComp, cst.GeneratorExp, cst.SetComp))
    return code_of(tree, node.elt)


def _direct_function(tree: Tree, node: cst.BaseComp) -> Code | None:
    """A function by its name, or a lambda that fits on a line; None where a function has to be defined."""
    first: cst.CompFor = node.for_in
    names = _names(first)
    element = getattr(node, "elt", None)
    if isinstance(element, cst.Call) and dotted(element.func) is not None and not element.lpar:
        given = [
            each.value.value if isinstance(each.value, cst.Name) and not (each.star or each.keyword) else None
            for each in element.args
        ]
        if given == names:
            function = tree.code(element.func)
            parameter = tree.fresh(node, ["item", "each", "pair"])
            return Raw(function) if len(names) == 1 else Raw(f"lambda {parameter}: {function}(*{parameter})")
    if len(names) != 1:
        return None
    body = _element(tree, node)
    text = render(body, "", tree.style.step, tree.width, 0)
    is_short = "\n" not in text and len(text) <= tree.width // 2
    return Raw(f"lambda {names[0]}: {text}") if is_short else None


def _defined_function(tree: Tree, node: cst.BaseComp) -> tuple[Code | None, Edit | None]:
    """A function of one item, defined ahead of the statement, and its name."""
    statement = next(
        (each for each in tree.ancestors(node) if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement))), None
    )
    if statement is None or not isinstance(tree.parents[statement], (cst.IndentedBlock, cst.Module)):
        return None, None
    if isinstance(statement, (cst.While, cst.FunctionDef, cst.ClassDef)) or tree.function_of(node) is not tree.function_of(
        statement
    ):
        return None, None
    if tree.enclosing(node, cst.Lambda, *_COMPREHENSIONS) is not None:
        return None, None
    names = _names(node.for_in)
    word = next((each for each in reversed(names) if len(each) > 2), "item")
    name = tree.fresh(node, [f"process_{word.strip('_').lower()}", f"process_one_{word.strip('_').lower()}"])
    start = tree.offsets.of(statement)[0]
    indent, step = tree.indent_at(start), tree.style.step
    inner = indent + step
    parameter = names[0] if len(names) == 1 else tree.fresh(node, ["item", "each", "pair"], names)
    lines = [f"{indent}def {name}({parameter}):"]
    if len(names) > 1:
        lines.append(f"{inner}{', '.join(names)} = {parameter}")
    lines.append(f"{inner}return {_returned(tree, _element(tree, node), inner)}")
    above = tree.with_comments(tree.line_start(start))
    gap = "\n" if indent else "\n\n"
    text = blank_lines(tree, start, indent) + "\n".join(lines) + f"\n{gap}"
    return Raw(name or ""), tree.edit(above, above, text)


def _returned(tree: Tree, code: Code, indent: str) -> str:
    """An expression behind `return`: one that goes on in further lines was inside of brackets, and still needs some."""
    step = tree.style.step
    if not isinstance(code, Raw) or "\n" not in code.text or code.text.startswith("("):
        return render(code, indent, step, tree.width, len("return "))
    return f"(\n{indent}{step}{render(code, indent + step, step, tree.width, 0)}\n{indent})"


def _replaced(tree: Tree, node: cst.BaseExpression, code: Code) -> Edit:
    start, end = tree.offsets.of(node)
    if isinstance(node, cst.GeneratorExp) and not node.lpar:
        parent = tree.parents[node]
        start, end = tree.offsets.of(parent) if isinstance(parent, cst.Arg) else (start, end)
    indent = tree.indent_at(start)
    behind = tree.source.text[end : tree.line_end(end)].partition("#")[0].rstrip()
    used = start - tree.line_start(start) - len(indent) + len(behind)
    return tree.edit(start, end, render(code, indent, tree.style.step, tree.width, used))
