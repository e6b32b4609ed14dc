"""Evaluation that knows who calls a function, and what calls do to their arguments."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls import argument_effects, callers, decorated
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.values.evaluate import ValueEvaluator
from llmlint.link.values.evaluation import Given
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, Function
from llmlint.scan.facts import CallFact, Parameter

_EVALUATORS: Memo[None, Evaluator] = Memo()


def evaluator_of(program: Program) -> Evaluator:
    """The evaluator of a program, made when it is first asked for."""
    return _EVALUATORS.get(program, None, lambda: Evaluator(program))


class Evaluator(ValueEvaluator):
    """Evaluates expressions of one program, with what its own calls pass to its functions."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.callers = callers.Callers(self)

    def subclasses_with(self, base: Class, member: str) -> tuple[Class, ...]:
        return self.callers.subclasses_with(base, member)

    def arguments_given(self, module: ModuleIndex, scope: int, parameter: Parameter) -> Given:
        return callers.arguments_given(self, self.callers, module, scope, parameter)

    def decorated_by(self, module: ModuleIndex, scope: int) -> Iterator[Class | Function]:
        return decorated.decorated_by(self, module, scope)

    def is_harmless(self, fact: CallFact, name: str, place: Place) -> bool:
        return argument_effects.is_harmless(self, fact, name, place)
