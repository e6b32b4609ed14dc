"""Which parameter of a function takes which argument of a call. All that matches arguments with parameters does so here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from llmlint.link.values.values import Class, Function, Object
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Parameter, Scope

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

# Methods that Python passes the class to, without a decorator that says so.
_OF_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})

Length = Callable[[ex.Argument], "int | None"]


class Bound(NamedTuple):
    """An argument and the parameter that takes it: `*args` and `**kwargs` take what is left over.

    `parameter` is None where the source does not tell it, or where the call fails. `item`: which item of a `*spread` of known length it is.
    """

    argument: ex.Argument
    parameter: Parameter | None
    item: int | None = None

    @property
    def name(self) -> str | None:
        """The parameter's name, if it takes this argument and no others."""
        is_single = self.parameter is not None and self.parameter.kind not in ("*", "**")
        return self.parameter.name if self.parameter is not None and is_single else None


def receiver_parameter(function: Function) -> Parameter | None:
    """The parameter that takes the object or class that a function is bound to; None for functions, static methods, and methods that are
    called on their class: `Desk.ask(desk, question)`."""
    scope = function.module.scopes[function.scope]
    if not isinstance(function.receiver, (Object, Class)) or not scope.parameters:
        return None
    decorators = {(ex.dotted_name(each) or "").rpartition(".")[2] for each in scope.decorators}
    if "staticmethod" in decorators:
        return None
    is_of_class = "classmethod" in decorators or scope.name in _OF_CLASS
    return scope.parameters[0] if isinstance(function.receiver, Object) or is_of_class else None


def bind(function: Function, given: Sequence[ex.Argument], length: Length | None = None) -> Iterator[Bound]:
    """The arguments of a call in order, each with the parameter of a function that takes it.

    `given` is what the call passes behind what an earlier `partial` did. `length` says how many items a `*spread` has, where that is known.
    """
    parameters = function.module.scopes[function.scope].parameters
    taken = receiver_parameter(function)
    return bind_to(parameters if taken is None else parameters[1:], given, length)


def bind_to(parameters: Sequence[Parameter], given: Sequence[ex.Argument], length: Length | None = None) -> Iterator[Bound]:
    """The same for parameters that no function of the program has. A receiver is not among them."""
    positional = [each for each in parameters if each.kind in ("positional-only", "positional")]
    named = {each.name: each for each in parameters if each.kind in ("positional", "keyword")}
    rest = next((each for each in parameters if each.kind == "*"), None)
    others = next((each for each in parameters if each.kind == "**"), None)
    is_counted = True

    def take() -> Parameter | None:
        return (positional.pop(0) if positional else rest) if is_counted else None

    for argument in given:
        if argument.keyword is not None:
            yield Bound(argument, named.get(argument.keyword, others))
        elif argument.star == "**":
            yield Bound(argument, None)
        elif argument.star == "*":
            count = length(argument) if length is not None else None
            if count is None:
                # What follows may go to any of the parameters behind.
                is_counted = False
                yield Bound(argument, None)
            for item in range(count or 0):
                yield Bound(argument, take(), item)
        else:
            yield Bound(argument, take())


def may_take(method: Scope, given: Sequence[ex.Argument]) -> bool:
    """Whether a call of some object's method may be one of this method: each argument has a parameter, and each parameter a value.
    What decorators do to a signature is not known."""
    decorators = {(ex.dotted_name(each) or "").rpartition(".")[2] for each in method.decorators}
    if decorators - {"staticmethod", "classmethod"}:
        return True
    parameters = method.parameters if "staticmethod" in decorators else method.parameters[1:]
    bound = list(bind_to(parameters, given))
    if any(each.parameter is None for each in bound if each.argument.keyword is not None):
        return False
    if any(each.argument.star for each in bound):
        return True
    taken = {each.name for each in bound}
    required = (each.name for each in parameters if each.default is None and each.kind not in ("*", "**"))
    return taken.issuperset(required) and all(each.parameter is not None for each in bound)


def parameter_of(function: Function, call: ex.Call, index: int) -> str | None:
    """The parameter of a function that takes one of a call's arguments; None where that is `*` or `**`."""
    argument = call.args[index]
    return next((bound.name for bound in bind(function, call.args) if bound.argument is argument), None)


@lru_cache(maxsize=64)
def signature(names: tuple[str, ...]) -> tuple[Parameter, ...]:
    """The parameters of a function outside the program: the names of the first, and any other by keyword."""
    return (
        *(Parameter(name, "positional", None, None, 0, 0) for name in names),
        Parameter("", "**", None, None, 0, 0),
    )


def as_called(evaluator: Evaluation, function: ex.Expr, place: Place, target: Function) -> Function:
    """A function of the program as an expression names it: with the object or class that it is bound to there.

    Where the expression does not lead to it, a method is taken to be called on some object of its class.
    """
    for value in evaluator.evaluate(function, place):
        if isinstance(value, Function) and value.module is target.module and value.scope == target.scope:
            return value
    parent = target.module.scopes[target.scope].parent
    is_method = parent is not None and target.module.scopes[parent].kind == "class"
    receiver = Object(Class(target.module, parent), None, None) if is_method and parent is not None else None
    return Function(target.module, target.scope, receiver)
