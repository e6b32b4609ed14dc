"""Taking a function apart for a batch: its request becomes a function of its own, and so does what it does with the answer where that
is more than one short expression. The function stays where others may use it, and is then made of the two."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_ask import Ask
from llmlint.fixes.batch_before import may_be_moved
from llmlint.fixes.batch_effects import Effects, effects_of, local_names, roots
from llmlint.fixes.batch_imports import replace_import
from llmlint.fixes.batch_layout import Code, Group, code_of, render
from llmlint.fixes.batch_request import plain_paths
from llmlint.fixes.batch_rewrite import Rewrite, builder_name, reader_name
from llmlint.fixes.batch_tree import Tree, dotted, walk
from llmlint.fixes.batch_wrapper import Wrapper, constructor_of, tail_names

_LONGEST_INLINE = 60


@dataclass(frozen=True, slots=True)
class Split:
    """One wrapper, and one call of it, in the file `caller`: `receiver` (`self.`) and `arguments` are those of the call, and `given` is the
    file that the arguments are written in (a call of `map` is given none: they are the names of the parameters)."""

    tree: Tree
    caller: Tree
    given: Tree
    wrapper: Wrapper
    receiver: str
    arguments: Mapping[str, cst.BaseExpression]
    is_kept: bool

    def ask(self, node: cst.Call, answer: cst.BaseExpression) -> Ask | None:
        """The question that `node`, the call of the wrapper, asks; `answer` is what stands for the wrapper's result."""
        tree, wrapper = self.tree, self.wrapper
        values = [argument.value for argument in wrapper.call.node.args]
        early = effects_of(tree, [*self._before, *values])
        late = effects_of(tree, [wrapper.statement, *wrapper.after], wrapper.call.answer)
        client = self._client()
        if client is None or late.sleeps or not may_be_moved(tree, self._before, early):
            return None
        local = local_names(wrapper.function)
        if roots(early.bound | early.changed) - local:
            return None
        tail = tail_names(tree, wrapper)
        asked, told = self._used(tree.name_set([*self._before, *values])), self._used(tail)
        if tail & self._bound_before or not self._may_drop_or_repeat(asked, told):
            return None
        request = self._request(asked)
        result = self._inline(node, told) if "self" not in tail else None
        reads_inline = result is not None
        if result is None:
            result = self._reader_call(told)
        edits: list[Edit] | None
        if self._existing() is not None:
            edits = [] if reads_inline else None
        else:
            edits = Rewrite(tree, wrapper, self.is_kept).edits(asked, told, reads_inline)
        if request is None or edits is None:
            return None
        if self.caller is not tree:
            imported = self._imports(reads_inline, client, node)
            if imported is None:
                return None
            edits += imported
        asking = effects_of(self.given, self.arguments.values())
        asking.add(_seen_from_outside(early, local))
        return Ask(
            node,
            answer,
            client,
            frozenset(re.findall(r"[A-Za-z_]\w*", client)),
            wrapper.call.is_awaited,
            request,
            result,
            result("message") == "message",
            asking,
            _seen_from_outside(late, local),
            plain_paths(wrapper.call.node.args),
            tuple(self.arguments[name] for name in told if name in self.arguments),
            tuple(edits),
        )

    # What is used where

    @property
    def _before(self) -> list[cst.BaseStatement]:
        """The statements ahead of the call, without one that only makes the client."""
        made = constructor_of(self.wrapper)
        return [each for each in self.wrapper.before if made is None or each is not made[0]]

    @property
    def _bound_before(self) -> set[str]:
        return roots(effects_of(self.tree, self.wrapper.before).bound)

    def _used(self, names: set[str]) -> list[str]:
        return [each.name.value for each in self.wrapper.parameters if each.name.value in names]

    def _may_drop_or_repeat(self, asked: Sequence[str], told: Sequence[str]) -> bool:
        """Whether each argument that is not evaluated exactly once afterwards is a plain one."""
        client = self.wrapper.call.client
        once = {name for name in {*asked, *told} if not (name in asked and name in told)} - self.tree.name_set([client])
        return all(name in once or _is_plain(value) for name, value in self.arguments.items())

    def _client(self) -> str | None:
        """The client in terms of the caller."""
        client, tree = self.wrapper.call.client, self.tree
        found = constructor_of(self.wrapper)
        made = found[1] if found is not None else client
        if isinstance(made, cst.Call):
            is_local = bool(tree.name_set([made]) & local_names(self.wrapper.function))
            return None if is_local or self.caller is not tree else tree.code(made)
        root, dot, rest = tree.code(client).partition(".")
        if root == "self" and self.wrapper.owner is not None:
            return self.receiver + rest
        if root in {each.name.value for each in self.wrapper.parameters}:
            given = self.arguments.get(root)
            return f"{self.given.code(given)}{dot}{rest}" if given is not None and dotted(given) is not None else None
        return None if root in self._bound_before else self._prefix + tree.code(client)

    @property
    def _prefix(self) -> str:
        """What the other file's names need in front of them where its module is imported as a whole: `grader.`."""
        return self.receiver if self.wrapper.owner is None else ""

    def _imports(self, reads_inline: bool, client: str, node: cst.Call) -> list[Edit] | None:
        """The edits that import what another file now has, in place of the function or beside it; None where that cannot be done."""
        root = client.split(".")[0]
        is_global = any(name == root for name, _ in self.tree.module_bindings)
        if self.receiver:
            # Nothing is imported by its own name: the client has to come with the object, or through the module.
            return None if is_global and not client.startswith(self.receiver) else []
        wanted = [] if self._existing() is not None else [self._builder_name]
        if not reads_inline:
            wanted.append(self._reader_name)
        names = {each for value in self.arguments.values() for each in self.given.name_set([value])}
        if root not in names and is_global:
            if root.startswith("_"):
                return None
            wanted.append(root)
        return replace_import(self.caller, self.wrapper.name, wanted, node) if self._existing() is None else None

    # The request

    def _existing(self) -> Code | None:
        """The request, where a function of the file makes it already: `create(**rate_request(essay))`."""
        arguments = self.wrapper.call.node.args
        value = arguments[0].value
        if self.wrapper.before or len(arguments) != 1 or not arguments[0].star or not isinstance(value, cst.Call):
            return None
        parameters = {each.name.value for each in self.wrapper.parameters}
        items: list[tuple[str, Code]] = []
        for argument in value.args:
            name = dotted(argument.value)
            if argument.star or name not in parameters or name not in self.arguments:
                return None
            prefix = f"{argument.keyword.value}=" if argument.keyword is not None else ""
            items.append((prefix, code_of(self.given, self.arguments[name])))
        if self.caller is not self.tree:
            return None
        function = self.tree.code(value.func)
        if function.startswith("self.") and self.wrapper.owner is not None:
            function = self.receiver + function.removeprefix("self.")
        return Group(f"{function}(", tuple(items), ")")

    def _request(self, asked: Sequence[str]) -> Code | None:
        existing = self._existing()
        if existing is not None:
            return existing
        if re.search(rf"\b(?:{self._builder_name}|{self._reader_name})\b", self.tree.source.text + self.caller.source.text):
            return None
        return Group(f"{self.receiver}{self._builder_name}(", tuple(self._passed(asked)), ")")

    @property
    def _builder_name(self) -> str:
        return builder_name(self.wrapper)

    @property
    def _reader_name(self) -> str:
        return reader_name(self.wrapper)

    def _passed(self, names: Sequence[str]) -> list[tuple[str, Code]]:
        """Arguments of the call at hand for some of the parameters, by keyword behind one that is left to its default."""
        items: list[tuple[str, Code]] = []
        keyword_only = {each.name.value for each in self.wrapper.function.params.kwonly_params}
        is_positional = True
        for name in names:
            if name not in self.arguments:
                is_positional = False
            else:
                parent = self.given.parents[self.arguments[name]]
                is_positional &= not (isinstance(parent, cst.Arg) and parent.keyword is not None)
                prefix = "" if is_positional and name not in keyword_only else f"{name}="
                items.append((prefix, code_of(self.given, self.arguments[name])))
        return items

    def _reader_call(self, told: Sequence[str]) -> Callable[[str], str]:
        step, width = self.tree.style.step, 10_000
        rest = "".join(f", {prefix}{render(code, '', step, width, 0)}" for prefix, code in self._passed(told))
        return lambda message: f"{self.receiver}{self._reader_name}({message}{rest})"

    def _inline(self, node: cst.Call, told: Sequence[str]) -> Callable[[str], str] | None:
        """What the function gives, as a short expression of the message and of what the caller has for the parameters in it."""
        wrapper, tree = self.wrapper, self.tree
        value = self._result_value()
        given = {name: dotted(self.arguments[name]) if name in self.arguments else None for name in told}
        if value is None or None in given.values():
            return None
        asked = set(tree.names(wrapper.call.answer))
        names = [name for name in tree.names(value) if name not in asked and name.value != wrapper.answer_name]
        free = {name.value for name in names} - set(told)
        caller = self.caller.function_of(node)
        if free & (local_names(wrapper.function) | (local_names(caller) if caller is not None else set())):
            return None
        if self.caller is not tree and free - set(dir(builtins)):
            return None
        for inner in walk(value):
            # Names that a comprehension binds could be those of the caller.
            if isinstance(inner, (cst.Lambda, cst.BaseComp)) and tree.name_set([inner]) & {*told, wrapper.answer_name}:
                return None
        start = tree.offsets.of(value)[0]
        holes: list[tuple[cst.CSTNode, str | None]] = [(name, given[name.value]) for name in names if name.value in told]
        if wrapper.after and wrapper.answer_name is not None:
            holes += [(name, None) for name in tree.names(value) if name.value == wrapper.answer_name]
        else:
            holes.append((wrapper.call.answer, None))
        spans = sorted((*tree.offsets.of(hole), text) for hole, text in holes)
        code = tree.code(value)

        def result(message: str) -> str:
            text = code
            for first, end, other in reversed(spans):
                text = text[: first - start] + (message if other is None else other) + text[end - start :]
            return text

        is_short = len(result("")) <= _LONGEST_INLINE and "\n" not in result("")
        return result if is_short else None

    def _result_value(self) -> cst.BaseExpression | None:
        """What the function returns, where it does nothing else with the answer."""
        wrapper = self.wrapper
        last = wrapper.after[-1] if wrapper.after else wrapper.statement
        small = last.body[0] if isinstance(last, cst.SimpleStatementLine) and len(last.body) == 1 else None
        if not isinstance(small, cst.Return) or len(wrapper.after) > 1:
            return None
        made = wrapper.statement.body[0]
        if not wrapper.after or wrapper.answer_name is not None:
            return small.value
        # `text = <answer>.content[0].text`, `return text`
        if not isinstance(made, cst.Assign) or len(made.targets) != 1 or not isinstance(small.value, cst.Name):
            return None
        return made.value if dotted(made.targets[0].target) == small.value.value else None


def _seen_from_outside(effects: Effects, local: set[str]) -> Effects:
    def outer(paths: set[str]) -> set[str]:
        return {path for path in paths if path.split(".")[0] not in local or path.startswith("self.")}

    return Effects(
        outer(effects.reads),
        outer(effects.bound),
        outer(effects.changed),
        outer(effects.touched),
        effects.is_outside,
        effects.sleeps,
        effects.is_unknown,
    )


def _is_plain(value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.Subscript):
        return _is_plain(value.value) and all(
            isinstance(each.slice, cst.Index) and _is_plain(each.slice.value) for each in value.slice
        )
    return dotted(value) is not None or isinstance(value, (cst.SimpleString, cst.BaseNumber))
