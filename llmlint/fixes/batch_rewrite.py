"""The text of a function that is taken apart: its request and what it reads of the answer as functions, and what is left of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_layout import Group, Raw, indented, render
from llmlint.fixes.batch_tree import Tree, dotted, walk
from llmlint.fixes.batch_wrapper import Wrapper, constructor_of, tail_names


def builder_name(wrapper: Wrapper) -> str:
    """The name of the function that makes the request."""
    return f"{wrapper.name}_request"


def reader_name(wrapper: Wrapper) -> str:
    """The name of the function that reads the answer."""
    return f"{wrapper.name}_result"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """`is_kept`: the function must stay, as others may use it."""

    tree: Tree
    wrapper: Wrapper
    is_kept: bool

    def edits(self, asked: Sequence[str], told: Sequence[str], reads_inline: bool) -> list[Edit] | None:
        tree, wrapper = self.tree, self.wrapper
        source = tree.source.text
        indent = tree.indent_at(tree.offsets.of(wrapper.function)[0])
        inner = indent + tree.style.step
        if tree.indent_at(tree.offsets.of(wrapper.head)[0]) != inner:
            return None
        start = tree.with_comments(tree.line_start(tree.offsets.of(wrapper.function)[0]))
        end = tree.line_end(tree.offsets.of(wrapper.function)[1])
        gap = "\n" if indent else "\n\n"
        functions = [self._builder(asked, inner)]
        if not reads_inline:
            reader = self._reader(told, inner, end)
            if reader is None:
                return None
            functions.append(reader)
        # Comments on what the caller now does itself, and a docstring that says more than a line, stay with the function.
        is_kept = self.is_kept or (reads_inline and self._has_comments_behind(end)) or self._is_documented()
        if not is_kept:
            header = source[start : tree.line_start(tree.offsets.of(wrapper.function)[0])]
            text = header.replace("\r\n", "\n") + f"\n{gap}".join(functions)
            return [*self._without_limit(), tree.edit(start, end, text)]
        edits = [tree.edit(start, start, "".join(f"{function}\n{gap}" for function in functions))]
        first = self._first_line()
        at = tree.line_start(tree.offsets.of(wrapper.head)[0])
        call = f"{tree.code(wrapper.call.node.func)}(**{self._own_call(builder_name(wrapper), asked)})"
        kept = self._constructor_text()
        if reads_inline:
            if kept != source[first:at]:
                edits.append(tree.edit(first, at, kept))
            edits.append(tree.edit(*tree.offsets.of(wrapper.call.node), call))
            return edits
        name = wrapper.answer_name or "message"
        returns = any(isinstance(each, cst.Return) for part in (wrapper.statement, *wrapper.after) for each in walk(part))
        own = self._own_call(reader_name(wrapper), told, name)
        limit, deep = "", inner
        if wrapper.limit is not None:
            header = source[at : tree.next_line(tree.offsets.of(wrapper.limit.items[0].item)[1])].replace("\r\n", "\n")
            limit, deep = header, inner + tree.style.step
        asks = f"{deep}{name} = {'await ' if wrapper.call.is_awaited else ''}{call}"
        edits.append(tree.edit(first, end, f"{kept}{limit}{asks}\n{inner}{'return ' if returns else ''}{own}"))
        return edits

    def _without_limit(self) -> Iterator[Edit]:
        """Takes away a semaphore that only the function has used."""
        tree, limit, source = self.tree, self.wrapper.limit, self.tree.source.text
        name = dotted(limit.items[0].item) if limit is not None else None
        uses = [each for each in tree.names(tree.module) if each.value == name]
        statement = tree.statement_of(uses[0]) if len(uses) == 2 else None
        if statement is not None and isinstance(statement.body[0], cst.Assign) and not tree.has_comment(statement):
            start, end = (tree.line_start(tree.offsets.of(statement)[0]), tree.next_line(tree.offsets.of(statement)[1]))
            if source[:start].rstrip(" \t\r\n").endswith(":"):
                # No empty line at the start of a block.
                end += len(source[end:]) - len(source[end:].lstrip("\r\n"))
            yield tree.edit(start, end, "")

    def _first_line(self) -> int:
        """Where the body starts, behind the docstring."""
        tree, wrapper = self.tree, self.wrapper
        if wrapper.docstring is not None:
            return tree.next_line(tree.offsets.of(wrapper.docstring)[1])
        first = wrapper.function.body.body[0]
        start = tree.line_start(tree.offsets.of(first)[0])
        for _ in getattr(first, "leading_lines", ()):
            start = tree.line_start(start - 1)
        return start

    def _builder(self, asked: Sequence[str], inner: str) -> str:
        tree, wrapper = self.tree, self.wrapper
        at = tree.line_start(tree.offsets.of(wrapper.head)[0])
        before = tree.source.text[self._first_line() : at].replace("\r\n", "\n")
        before = before.replace(self._constructor_text(), "", 1) if self._constructor_text() else before
        step, width = tree.style.step, tree.width
        request = wrapper.call.request
        lines = [self._signature(builder_name(wrapper), asked, inner, "dict")]
        if before.strip():
            lines.append(before.strip("\n"))
        lines.append(f"{inner}return {render(request, inner, step, width, len('return '))}")
        return "\n".join(lines)

    def _constructor_text(self) -> str:
        found, tree = constructor_of(self.wrapper), self.tree
        if found is None:
            return ""
        start, end = tree.offsets.of(found[0])
        return tree.source.text[tree.line_start(start) : tree.next_line(end)].replace("\r\n", "\n")

    def _reader(self, told: Sequence[str], inner: str, end: int) -> str | None:
        tree, wrapper = self.tree, self.wrapper
        source = tree.source.text
        message = wrapper.answer_name or "message"
        if wrapper.answer_name is None and "message" in tail_names(tree, wrapper):
            return None
        first, stop = tree.offsets.of(wrapper.statement)
        if wrapper.answer_name is not None:
            if not wrapper.after:
                return None
            body = self._dedented(tree.next_line(stop), end, inner)
        else:
            start, last = tree.offsets.of(wrapper.call.answer)
            if "\n" in source[last:stop]:
                return None
            body = f"{inner}{source[first:start]}{message}{source[last : tree.next_line(stop)]}"
            body += self._dedented(tree.next_line(stop), end, inner)
        returns = wrapper.function.returns
        annotation = tree.code(returns.annotation) if returns is not None else ""
        header = self._signature(reader_name(wrapper), told, inner, annotation, message)
        return f"{header}\n{body}".replace("\r\n", "\n").rstrip("\n")

    def _dedented(self, start: int, end: int, inner: str) -> str:
        """The lines behind the call in the indentation of the function's own block: those under a semaphore come out of it."""
        tree, limit = self.tree, self.wrapper.limit
        if limit is None or start >= end:
            return tree.source.text[start:end]
        border = min(tree.next_line(tree.offsets.of(limit)[1]), end)
        inside = indented(tree, start, border, inner + tree.style.step, inner) if start < border else ""
        return inside + tree.source.text[border:end]

    def _signature(self, name: str, names: Sequence[str], inner: str, returns: str, first: str = "") -> str:
        items = (["self"] if self.wrapper.owner is not None else []) + ([first] if first else [])
        keyword_only = self.wrapper.function.params.kwonly_params
        for each in self.wrapper.parameters:
            if each.name.value in names:
                if each in keyword_only and "*" not in items:
                    items.append("*")
                items.append(self._parameter(each))
        indent = inner.removesuffix(self.tree.style.step)
        arrow = f" -> {returns}" if returns and self.wrapper.function.returns is not None else ""
        code = Group(f"def {name}(", tuple(("", Raw(item)) for item in items), f"){arrow}:")
        return indent + render(code, indent, self.tree.style.step, self.tree.width, 0)

    def _parameter(self, each: cst.Param) -> str:
        annotation = f": {self.tree.code(each.annotation.annotation)}" if each.annotation is not None else ""
        equals = " = " if annotation else "="
        return each.name.value + annotation + (f"{equals}{self.tree.code(each.default)}" if each.default is not None else "")

    def _own_call(self, name: str, names: Iterable[str], first: str = "") -> str:
        """A call of one of the new functions by the wrapper itself, with its own parameters."""
        keyword_only = {each.name.value for each in self.wrapper.function.params.kwonly_params}
        items = [first] if first else []
        items += [f"{each}={each}" if each in keyword_only else each for each in names]
        return f"{'self.' if self.wrapper.owner is not None else ''}{name}({', '.join(items)})"

    def _is_documented(self) -> bool:
        return self.wrapper.docstring is not None and "\n" in self.tree.code(self.wrapper.docstring)

    def _has_comments_behind(self, end: int) -> bool:
        """Whether what the caller now does itself has comments: only the function can keep them."""
        first = self.tree.offsets.of(self.wrapper.call.node)[1]
        return "#" in self.tree.source.text[first:end]
