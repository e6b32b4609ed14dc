"""A string expression cut into paragraphs, and put together again from some of them in another order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import libcst as cst

from llmlint.fixes.edits.split_text import leaves_of, plain_text
from llmlint.scan.libcst_parse import parse_in_brackets
from llmlint.scan.positions import Offsets, offsets_of

_ESCAPE = re.compile(r"\\(?:\r\n|[\s\S])|\r\n|[\s\S]")


@dataclass(frozen=True, slots=True)
class Atom:
    """A character of a string literal, or a hole: `value` is the character as it is sent (`` for an escaped line end), or None for a
    hole. `start` and `end` are offsets in the code, `leaf` the index of the literal or other operand that it belongs to."""

    value: str | None
    start: int
    end: int
    leaf: int
    is_changing: bool = False


@dataclass(slots=True)
class Paragraph:
    """Atoms up to a border, without the border's own. `border` is how many line ends follow; 0 behind the last one."""

    atoms: list[Atom] = field(default_factory=list)
    border: int = 0

    @property
    def is_changing(self) -> bool:
        return any(atom.is_changing for atom in self.atoms)

    @property
    def text(self) -> str:
        """What is known of it, with a `…` for each hole."""
        return "".join("…" if atom.value is None else atom.value for atom in self.atoms)


class Prompt:
    """The text of a prompt as it stands in the source: literals, f-strings and sums of them."""

    def __init__(self, code: str, changing: Sequence[int]) -> None:
        """`changing` are the offsets of expressions that change from call to call. Raises ValueError for code of another form."""
        parsed = parse_in_brackets(code)
        if parsed is None:
            raise ValueError("no expression")
        self._module, expression = parsed
        self._offsets: Offsets = offsets_of(self._module)
        self._leaves = leaves_of(expression)
        self._changing = {offset + 1 for offset in changing}
        self.is_sum = not all(isinstance(leaf, (cst.SimpleString, cst.FormattedString)) for leaf in self._leaves)
        self._check_between()
        self.atoms = [atom for index in range(len(self._leaves)) for atom in self._atoms_of(index)]
        if sum(atom.is_changing for atom in self.atoms) < len(self._changing):
            raise ValueError("a part that changes is out of sight")

    def _check_between(self) -> None:
        ends = [self._offsets.of(leaf) for leaf in self._leaves]
        code = self._module.code
        around = [code[: ends[0][0]], *(code[one[1] : other[0]] for one, other in pairwise(ends)), code[ends[-1][1] :]]
        if any("#" in between for between in around):
            raise ValueError("comments would have to move")
        self.is_sum = self.is_sum or any("+" in between for between in around)

    def _atoms_of(self, index: int) -> Iterator[Atom]:
        leaf = self._leaves[index]
        start, end = self._offsets.of(leaf)
        if isinstance(leaf, cst.SimpleString):
            if "b" in leaf.prefix or "r" in leaf.prefix:
                raise ValueError("a byte or raw string")
            opening = len(leaf.prefix) + len(leaf.quote)
            start += self._opened(leaf)
            yield from self._characters(leaf.raw_value, start + opening, index)
        elif isinstance(leaf, cst.FormattedString):
            if "r" in leaf.start.lower():
                raise ValueError("a raw string")
            position = start + self._opened(leaf) + len(leaf.start)
            for part in leaf.parts:
                code = self._module.code_for_node(part)
                if isinstance(part, cst.FormattedStringText):
                    yield from self._characters(code, position, index, is_formatted=True)
                else:
                    changes = any(position <= offset < position + len(code) for offset in self._changing)
                    yield Atom(None, position, position + len(code), index, changes)
                position += len(code)
        else:
            changes = any(start <= offset < end for offset in self._changing)
            yield Atom(None, start, end, index, changes)

    def _opened(self, leaf: cst.BaseExpression) -> int:
        return sum(len(self._module.code_for_node(bracket)) for bracket in leaf.lpar)

    @staticmethod
    def _characters(raw: str, start: int, leaf: int, *, is_formatted: bool = False) -> Iterator[Atom]:
        for found in _ESCAPE.finditer(raw):
            token = found.group()
            if token in ("\n", "\r", "\r\n", "\\n"):
                value = "\n"
            elif token[0] == "\\" and token[1:2] in ("\n", "\r"):
                value = ""
            else:
                value = token if len(token) == 1 else "\\"
            yield Atom(value, start + found.start(), start + found.end(), leaf)

    def paragraphs(self, least: int = 2) -> list[Paragraph]:
        """The paragraphs between borders of `least` line ends or more; white space may stand in a border."""
        found = [Paragraph()]
        waiting: list[Atom] = []
        ends = 0
        for atom in self.atoms:
            if atom.value is not None and atom.value.strip() == "" and (atom.value == "\n" or waiting):
                waiting.append(atom)
                ends += atom.value == "\n"
                continue
            if waiting:
                is_border = ends >= least and bool(found[-1].text.strip())
                if is_border:
                    # The indentation of the next line is its own.
                    last = max(index for index, each in enumerate(waiting) if each.value == "\n")
                    found[-1].border = ends
                    found.append(Paragraph(waiting[last + 1 :]))
                else:
                    found[-1].atoms += waiting
                waiting, ends = [], 0
            found[-1].atoms.append(atom)
        found[-1].atoms += waiting
        return found

    def code(self, paragraphs: Sequence[Paragraph], layout: str, *, leading: int = 0) -> str:
        """Code of the paragraphs one after the other, behind `leading` line ends.

        `layout` is the line end with the indentation for literals of which each stands on its own line.
        """
        operands: list[str] = []
        grouped = self._pieces(paragraphs, leading)
        for leaf, pieces in grouped:
            operands.append(self._operand(leaf, pieces, may_be_bare=self.is_sum or len(grouped) == 1))
        if len(operands) == 1:
            return operands[0]
        if self.is_sum or not layout:
            return (" + " if self.is_sum else " ").join(operands)
        return f"({layout}    {f'{layout}    '.join(operands)}{layout})"

    def _pieces(self, paragraphs: Sequence[Paragraph], leading: int) -> list[tuple[int, list[Atom | str]]]:
        """The literals and operands in order, with their atoms and the line ends that come between."""
        grouped: list[tuple[int, list[Atom | str]]] = []
        breaks = leading
        for paragraph in paragraphs:
            atoms = [atom for atom in paragraph.atoms if not (breaks and atom.value == "")]
            for atom in atoms:
                is_text = isinstance(self._leaves[atom.leaf], (cst.SimpleString, cst.FormattedString))
                if not grouped or grouped[-1][0] != atom.leaf:
                    if breaks and not is_text:
                        grouped.append((-1, ["\\n" * breaks]))
                        breaks = 0
                    grouped.append((atom.leaf, []))
                if breaks:
                    grouped[-1][1].append("\\n" * breaks)
                    breaks = 0
                grouped[-1][1].append(atom)
            breaks = paragraph.border
        return grouped

    def _operand(self, index: int, pieces: Sequence[Atom | str], *, may_be_bare: bool) -> str:
        if index < 0:
            return f'"{pieces[0]}"'
        leaf = self._leaves[index]
        code = self._module.code
        if not isinstance(leaf, (cst.SimpleString, cst.FormattedString)):
            start, end = self._offsets.of(leaf)
            return code[start:end]
        opening = leaf.start if isinstance(leaf, cst.FormattedString) else leaf.prefix + leaf.quote
        closing: str = leaf.end if isinstance(leaf, cst.FormattedString) else leaf.quote
        if (
            may_be_bare
            and isinstance(leaf, cst.FormattedString)
            and len(pieces) == 1
            and isinstance(pieces[0], Atom)
            and pieces[0].value is None
        ):
            alone = self._expression_at(leaf, pieces[0])
            if alone is not None:
                return alone
        bodies = [piece if isinstance(piece, str) else code[piece.start : piece.end] for piece in pieces]
        if len(closing) == 3:
            raw = "".join(bodies)
            if "\n" not in raw and "\r" not in raw and closing[0] not in raw:
                # It is one line now.
                opening, closing = opening[:-2], closing[0]
            else:
                newline = "\r\n" if "\r\n" in code else "\n"
                is_break = [index > 0 and isinstance(piece, str) for index, piece in enumerate(pieces)]
                bodies = [body.replace("\\n", newline) if own else body for body, own in zip(bodies, is_break, strict=True)]
        raw = "".join(bodies)
        if isinstance(leaf, cst.FormattedString) and not any(isinstance(each, Atom) and each.value is None for each in pieces):
            return plain_text(opening, raw, closing)
        return opening + raw + closing

    def _expression_at(self, leaf: cst.FormattedString, atom: Atom) -> str | None:
        """The code of a hole that is nothing but a name."""
        for part in leaf.parts:
            if isinstance(part, cst.FormattedStringExpression) and part.conversion is None and part.format_spec is None:
                start, end = self._offsets.of(part.expression)
                if atom.start <= start < end <= atom.end and isinstance(part.expression, (cst.Name, cst.Attribute)):
                    return self._module.code[start:end] if part.equal is None else None
        return None


def joined(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Paragraphs that now follow each other, with a border between any two, and none behind the last."""
    found = [Paragraph(each.atoms, each.border or 2) for each in paragraphs]
    found[-1].border = 0
    return found
