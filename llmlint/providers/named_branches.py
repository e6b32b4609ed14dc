"""Whose host the tests around a call name: `client = client_of(provider)`, `if provider == "deepseek": client.chat.completions.create(…)`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.values import guards
from llmlint.link.values.place import Place
from llmlint.scan import expressions as ex

# Names of what says who answers a request.
_SUBJECT = re.compile(r"(?i)provider|vendor|backend|platform|llm|client|engine|(?:^|_)api(?:$|_)")
_OWN = re.compile(r"(?i)openai|anthropic|azure|gpt|claude")
_OTHERS = re.compile(
    r"(?i)^(?:zhipu|bigmodel|qwen|dashscope|tongyi|ali(?:yun|baba)|deepseek|groq|mistral|ollama|together|fireworks|openrouter|moonshot|kimi|"
    r"x\.?ai$|grok|perplexity|cohere|google|gemini|vertex|bedrock|hugging_?face|local$|vllm|lm_?studio|llama|nvidia|cerebras|sambanova|silicon_?flow|"
    r"minimax|doubao|volc|hunyuan|ernie|qianfan|baidu|stepfun|deepinfra|replicate|novita|hyperbolic)"
)


def names_another_vendor(place: Place) -> bool:
    """Whether the tests around a place let it be reached only for vendors other than OpenAI and Anthropic."""
    tested = set(_tested(place))
    return any(_OTHERS.search(each) for each in tested) and not any(_OWN.search(each) for each in tested)


def _tested(place: Place) -> Iterator[str]:
    """The strings that a name of a vendor has been equal to, or is one of."""
    for test in guards.tests_before(place.module, place.point) if place.point.block else ():
        for node in ex.walk(test.expression) if test.holds else ():
            if isinstance(node, ex.Operation) and node.operator in ("==", "in") and _is_of_vendor(node.operands[0]):
                parts = (inner for operand in node.operands for inner in ex.walk(operand))
                yield from (each.value for each in parts if isinstance(each, ex.Constant) and isinstance(each.value, str))


def _is_of_vendor(subject: ex.Expr) -> bool:
    if isinstance(subject, ex.Call) and isinstance(subject.func, ex.Attribute):
        return _is_of_vendor(subject.func.value)  # `provider.lower()`
    name = ex.last_name(subject)
    return name is not None and _SUBJECT.search(name) is not None
