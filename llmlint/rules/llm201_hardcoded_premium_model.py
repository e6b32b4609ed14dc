"""hardcoded-premium-model (LLM201)

## What it does
Finds calls whose model is fixed in the source and belongs to its vendor's premium tier: Claude Opus, Fable and Mythos, and OpenAI's most
expensive lines. Which models these are is in the catalogue, not in the rule. The model may be a literal, a constant, a default of a
parameter, of an environment variable or of a command-line option, an attribute, or an item of a dict. Not reported where the program
or its user picks among several tiers (branches, a table by task, an enumeration, a list of models, choices of an option), nor in tests.
Confidence is medium for conversations and for calls with tools, which need more of a model.

## Why it costs
A model of the next tier does most tasks as well for a fraction of the price; the message says how large the fraction is. A name in
the source is rarely looked at again when cheaper models appear.

## Example
```python
client.messages.create(model="claude-opus-4-8", max_tokens=20, messages=messages)
```

## Use instead
```python
client.messages.create(model="claude-sonnet-5-5", max_tokens=20, messages=messages)
```

## Fix safety
Unsafe: another model gives other answers, which only an evaluation can judge. The fix changes the name where it is written (a constant, a
default, a dict, another file of the project), and keeps its spelling: a Bedrock id stays a Bedrock id. Its title lists all that it does.

- Thinking: a model that thinks or reasons unless told not to is told not to where the old one did not: `thinking={"type": "between_tools"}` for
  Sonnet 5.5, `{"type": "disabled"}` for Haiku 5.5, `reasoning_effort="none"` or `reasoning={"effort": "none"}` for GPT-6. Opus 5.5 always thinks, and
  GPT-6.1 Sol always reasons (then at low effort): the title says so, and a lower limit of the answer than the vendor's guide leaves for that (4,096
  and 25,000 tokens, with source in the catalogue) rises by it, where it is a number at the call; else the fix is shown only.
  An SDK that the project pins to a version without these arguments gets them in `extra_body`.
- Parameters: a thinking budget becomes adaptive thinking, `max_tokens` of a GPT chat becomes `max_completion_tokens`, and sampling parameters that
  are constants go, but stay where the new model takes them (GPT-6 while it does not reason).
- Answers: where they may begin with a thinking block, `answer.content[0].text` becomes the text of the first block that has one.
- Records: the model's name in a record or log in the function of the call changes too
  (`{"model": "…"}`, `log_usage("…", cost)`).
- Other texts: comments, docstrings and printed texts that surely only say which model the call uses change along (`# Ask GPT-4o`). The title
  names places that say more of it, or may be about another call: a comparison, a prompt, a default of `count_tokens`, a record in another file. It
  names models of another tier in the same files, too, that are the same model then.

All calls that have the name from there, also through functions of other files, are changed together. The fix is shown only, with the
reason, where that cannot be done in place: new or removed parameters at a call that may have another model, which may refuse them (a caller
passes the name to a function for any model, or another one that is not known), or whose host can be configured (where the name is only the
default of an environment variable, an option or a setting, the title says so); parameters that a caller passes, or that a comment explains,
a prefilled response, a forced tool (instructor's `response_model` too), function tools in Chat Completions for a model that takes them in
the Responses API only, an answer that other code reads by place or block by block without a look at the type (`blocks[0].text`,
`data["content"][0]`), a name that the program or its tests look up (a key of a table, a list of choices, a comparison, an assertion, a dict
that a test compares an answer with), a host that may not have the new model (a proxy, an address that is not known, a deployment of Azure),
a test of a part of the name on the way to the call that comes out otherwise for the new one (`model.startswith("gpt-5")`), a name that a
call to another host has too, prices of the old model (a key that begins with its name, a comment), a comment beside the name that
says what was measured with it ("96 % accuracy"), an answer of at most 100 tokens by a model that always reasons, records in other functions, what is
named after the old model (the file, the function around the call, a constant, a path such as `results/gpt4o`, the key of an item or a
member of an enumeration by which answers may be kept, `"GPT 3.5"`), a name that other notebooks get by `%store`, a library that looks the
name up and may not know the new one (`tiktoken.encoding_for_model(MODEL)` outside of a `try`), and arguments that are not in sight.

## Limitations
llmlint does not know whether the task needs the model. Where it does, say so in place: `# llmlint: ignore[LLM201] planning needs it`. Models
that are read from files, databases or the command line without a default are not seen. Where prompt, answer format and limits say that the
task is simple, LLM202 reports the call in place of this rule. Rows of a batch have no fix, as what reads their answers may be another program.

## References
- [Models and prices](https://platform.claude.com/docs/en/about-claude/models/overview); each price in the catalogue carries its date
- [Migration to Sonnet 5.5](https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide) and
  [Haiku 5.5](https://platform.claude.com/docs/en/models/haiku-5-5/migration-guide): refused parameters, copies of October 2026
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.model.name import advice, replace_model
from llmlint.request_data import ModelValue
from llmlint.rules.premium import confidence_in, premium_values, times
from llmlint.rules.probes import only_probes
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.savings import model_saving
from llmlint.rules.task_evidence import simple_task


@rule("LLM201", "hardcoded-premium-model", applicability=Applicability.UNSAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    catalog = context.catalog
    values = list(premium_values(call, catalog))
    if values and context.runs("LLM202") and simple_task(call) is not None:
        # LLM202 reports them, or is silent because somebody is comparing models.
        return
    if values and only_probes(call):
        return
    for value, reference in values:
        cheaper = catalog.next_tier(reference.model)
        fix = replace_model(call, value, reference, cheaper) if cheaper else None
        yield call.finding(
            "LLM201",
            "hardcoded-premium-model",
            _message(value, reference.model, cheaper, catalog),
            at=value.at,
            confidence=_confidence(call, value, catalog),
            help=f"if the task allows it, use `{cheaper.id}`{advice(call, value, reference, cheaper)}"
            if cheaper and fix is None
            else None,
            saving=model_saving(call, reference.model, cheaper, catalog) if cheaper else None,
            fix=fix,
        )


def _confidence(call: Request, value: ModelValue, catalog: Catalog) -> Confidence:
    """An agent that picks tools, and somebody's partner in a conversation, need more of a model than a request with one answer."""
    is_agent = call.has("tools") or call.sends_growing_history
    return min(confidence_in(call, value, catalog), Confidence.MEDIUM if is_agent else Confidence.HIGH)


def _message(value: ModelValue, model: Model, cheaper: Model | None, catalog: Catalog) -> str:
    start = f"`{value.spelling}` is a premium-tier model"
    ratio = catalog.price_ratio(model, cheaper) if cheaper is not None else None
    if cheaper is None or ratio is None:
        return start
    return (
        f"{start}: the same text costs {times(ratio)} times what it does on {cheaper.id}, the current {cheaper.tier}-tier model"
    )
