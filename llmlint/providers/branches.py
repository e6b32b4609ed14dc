"""The parts of LangChain's chains: prompts, and what runs side by side: the branches of `RunnableParallel(answer=prompt | llm)`, and of a dict."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.values.values import Object, Record, Unknown, Value
from llmlint.scan.expressions import Call, Expr, Operation, last_name
from llmlint.sdks.shape import Sdk


def piped(chain: Operation) -> Iterator[Expr]:
    """What a chain of pipes consists of, in order."""
    for operand in chain.operands:
        if isinstance(operand, Operation) and operand.operator == chain.operator:
            yield from piped(operand)
        else:
            yield operand


def branches_of(evaluator: Evaluator, value: Value, sdk: Sdk, *, is_in_chain: bool) -> Iterator[Value]:
    """The values that run side by side in a value; nothing where it is no such thing. A dict is one only in a chain."""
    if isinstance(value, Record) and is_in_chain:
        yield from (each for entry in value.entries.values() for each in entry.values)
        return
    call = value.call if isinstance(value, Object) else value.expression if isinstance(value, Unknown) else None
    place = value.place if isinstance(value, (Object, Unknown)) else None
    if isinstance(call, Call) and place is not None and last_name(call.func) in sdk.parallels:
        for argument in call.args:
            for each in evaluator.evaluate(argument.value, place):
                if isinstance(each, Record):
                    yield from branches_of(evaluator, each, sdk, is_in_chain=True)
                else:
                    yield each


def is_prompt_template(value: Value) -> bool:
    name = value.of if isinstance(value, Object) and isinstance(value.of, str) else ""
    return name.startswith("langchain") and "Prompt" in name
