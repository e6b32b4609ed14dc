"""What a program says of its model besides: prices, records, logs."""

from __future__ import annotations

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Fix
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

ASK = """\
from openai import OpenAI

client = OpenAI()
%s

def ask(text):
    answer = client.chat.completions.create(
        model="gpt-4o-2024-05-13",
        messages=[{"role": "user", "content": text}],
    )
    %s
    return answer


%s
"""


def fixes_of(ahead: str = "", behind: str = "", elsewhere: str = "") -> list[Fix]:
    settings = SettingsResolver(".", {"select": ["LLM204"], "min-confidence": "low"}, True, known=known_rules())
    lint = Run.of_bytes("app.py", (ASK % (ahead, behind, elsewhere)).encode(), settings, known_rules()).lint()
    assert not lint.errors
    return [finding.fix for finding in lint.findings if finding.fix]


@pytest.mark.parametrize(
    "where",
    [
        {"ahead": 'PRICES = {"gpt-4o-2024-05-13-input": 5, "gpt-4o-2024-05-13-output": 15}'},
        {"ahead": 'PRICES = {"gpt-4o-2024-05-13_prompt": 5}'},
        {"ahead": "# gpt-4o-2024-05-13: $5 per million tokens\nPRICE = 5 / 1e6"},
        {"behind": "# $5/M input, $15/M output\n    cost = answer.usage.prompt_tokens * 5 / 1e6"},
        {"ahead": "PRICE_INPUT = 5.00\nPRICE_OUTPUT = 15.00"},
        {"ahead": "class Costs:\n    input_cost_per_1k = 0.005\n    output_cost_per_1k: float = 0.015"},
        {"ahead": "PRICES = {'prompt': 5 / 1_000_000, 'completion': 15 / 1_000_000}"},
        {"ahead": "def cost(usage, input_price=5.0, *, output_price=15.0):\n    return usage.input_tokens * input_price / 1e6"},
        {"behind": "cost = answer.usage.prompt_tokens * 0.000005 + answer.usage.completion_tokens * 0.000015"},
        {"behind": "cost = answer.usage.prompt_tokens / 1_000_000 * 5 + answer.usage.completion_tokens / 1_000_000 * 15"},
    ],
)
def test_prices_of_the_old_model(where: dict[str, str]) -> None:
    [fix] = fixes_of(**where)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "the program has the prices of the old model, too: app.py:" in fix.message


@pytest.mark.parametrize(
    "ahead",
    [
        "PRICE_INPUT = 3.00\nPRICE_OUTPUT = 15.00",  # of another model
        "COST_LIMIT_OUTPUT = 15.00",
        "INPUT_PATH_COUNT = 5",
        "def cut(output, input=5):\n    return output[:input]",
    ],
)
def test_other_numbers(ahead: str) -> None:
    [fix] = fixes_of(ahead)
    assert fix.applicability is Applicability.UNSAFE, fix.message


@pytest.mark.parametrize(
    "record",
    [
        'log_usage("ask", "gpt-4o-2024-05-13", answer.usage)',
        'row = {"model": "gpt-4o-2024-05-13", "answer": answer}',
        'answer.row["model_name"] = "gpt-4o-2024-05-13"',
    ],
)
def test_a_record_beside_the_call_changes_with_it(record: str) -> None:
    [fix] = fixes_of(behind=record)
    assert fix.applicability is Applicability.UNSAFE, fix.message
    assert "with its name in the records beside the call" in fix.message
    assert len({edit.text for edit in fix.edits if "gpt-" in edit.text}) == 1
    assert len([edit for edit in fix.edits if "gpt-" in edit.text]) == 2


def test_a_record_elsewhere_is_named() -> None:
    [fix] = fixes_of(elsewhere='def save(answer):\n    return {"model": "gpt-4o-2024-05-13", "answer": answer}')
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "records or logs name the old model, too: app.py:" in fix.message


def test_the_record_of_another_call_is_left_to_its_own_fix() -> None:
    other = ASK.partition("def ask")[2].partition("%s")[0]
    fixes = fixes_of(elsewhere=f"def other{other}log_usage('gpt-4o-2024-05-13', answer)\n    return answer")
    assert [fix.applicability for fix in fixes] == [Applicability.UNSAFE] * 2
    assert sorted(len([edit for edit in fix.edits if "gpt-" in edit.text]) for fix in fixes) == [1, 2]


@pytest.mark.parametrize(
    "where",
    [
        {"ahead": 'PRICES = {"gpt-4o-2024-05-13-mini": 5, "gpt-6-luna-input": 1}'},
        {"ahead": "# costs $5 a month to host"},
        {"behind": "print('done', answer)"},
        {"elsewhere": 'AGENTS = [{"model": "gpt-4o-2024-05-13", "temperature": 1}]'},
    ],
)
def test_other_things(where: dict[str, str]) -> None:
    [fix] = fixes_of(**where)
    assert fix.applicability is Applicability.UNSAFE, fix.message
