"""What a file says of a model besides its name at the call: changed along where it only says which model it is, else named in the fix's title."""

from __future__ import annotations

import textwrap

import pytest

from llmlint.catalog import Catalog
from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Fix
from llmlint.fixes.apply import apply_edits
from llmlint.fixes.model.forms import mentions
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

HEAD = """\
from openai import OpenAI

client = OpenAI()


"""
ASK = """\
def ask(text):
    answer = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": text}],
    )
    return answer.choices[0].message.content


"""
OTHER = """\
def summary(text):
    answer = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": f"Sum up: {text}"}],
    )
    return answer.choices[0].message.content


"""


def fixes_of(text: str, path: str = "app.py") -> list[Fix]:
    settings = SettingsResolver(".", {"select": ["LLM204"], "min-confidence": "low"}, True, known=known_rules())
    lint = Run.of_bytes(path, text.encode(), settings, known_rules()).lint()
    assert not lint.errors
    return [finding.fix for finding in lint.findings if finding.fix]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# Ask GPT-4o\n", "# Ask GPT-6 Luna\n"),
        ("# 12. Ask gpt-4o\n", "# 12. Ask gpt-6-luna\n"),
        ("def label():\n    print('Answers of GPT-4o:')\n", "def label():\n    print('Answers of GPT-6 Luna:')\n"),
        ("def label(log, x):\n    log.info(f'GPT-4o says {x}')\n", "def label(log, x):\n    log.info(f'GPT-6 Luna says {x}')\n"),
        (
            "def fail():\n    raise ValueError('GPT-4o gave nothing')\n",
            "def fail():\n    raise ValueError('GPT-6 Luna gave nothing')\n",
        ),
        ("class Desk:\n    '''Answers by GPT-4o.'''\n", "class Desk:\n    '''Answers by GPT-6 Luna.'''\n"),
        ("p.add_argument('-n', help='texts for GPT-4o')\n", "p.add_argument('-n', help='texts for GPT-6 Luna')\n"),
    ],
)
def test_a_text_that_only_says_which_model_it_is(before: str, after: str) -> None:
    text = f"{HEAD}{before}\n\n{ASK}"
    [fix] = fixes_of(text)
    assert fix.applicability is Applicability.UNSAFE, fix.message
    assert "with its name in the texts of app.py:" in fix.message
    assert after in apply_edits(text, fix.edits)


@pytest.mark.parametrize(
    "said",
    [
        "# GPT-4o is better than others",
        "# GPT-4o was tested for this",
        "# GPT-4o takes 128k tokens",
        "# Ask GPT-4o, the newest model",
        "# GPT-4o or gpt-4o-mini",
        "# Checked by judge.py with GPT-4o",
        "RULES = 'You are GPT-4o, a careful clerk'",
        "def count_tokens(text, model='gpt-4o'):\n    return len(text)",
        "size = count_tokens(RULES, 'gpt-4o')",
        "gpt4o_answers = []",
        "gpt_4o = object()",
    ],
)
def test_what_may_mean_more_is_named(said: str) -> None:
    text = f"{HEAD}{said}\n\n\n{ASK}"
    [fix] = fixes_of(text)
    assert fix.applicability is Applicability.UNSAFE, fix.message
    assert "app.py:6 names the old model, too" in fix.message
    assert said in apply_edits(text, fix.edits)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (HEAD + ASK.replace("def ask", "def ask_gpt4o"), "`ask_gpt4o` (app.py:6)"),
        (HEAD + "class Gpt4oDesk:\n" + textwrap.indent(ASK, "    "), "`Gpt4oDesk` (app.py:6)"),
        (f"{HEAD}OUT = 'results/gpt-4o/answers.json'\n\n\n{ASK}", "`results/gpt-4o/answers.json` (app.py:6)"),
        (f"{HEAD}filename = 'gpt_4o'\n\n\n{ASK}", "`gpt_4o` (app.py:6)"),
        (f"{HEAD}def out():\n    return os.path.join('results', 'gpt4o')\n\n\n{ASK}", "`gpt4o` (app.py:7)"),
        (HEAD + 'GPT_4O = "gpt-4o"\n\n\n' + ASK.replace('"gpt-4o"', "GPT_4O"), "`GPT_4O` (app.py:6)"),
        (HEAD + 'MODELS = {"gpt4o": "gpt-4o"}\n\n\n' + ASK.replace('"gpt-4o"', 'MODELS["gpt4o"]'), "`gpt4o` (app.py:6)"),
    ],
)
def test_what_is_named_after_the_model(text: str, key: str) -> None:
    [fix] = fixes_of(text)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert f"; named after the old model: {key}" in fix.message


def test_a_file_that_is_named_after_the_model() -> None:
    [fix] = fixes_of(HEAD + ASK, "run_gpt4o.py")
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert fix.message.endswith("; named after the old model: the file run_gpt4o.py")


def test_a_text_that_may_be_about_another_call() -> None:
    """Each fix changes what is in its own function, and names what is in none."""
    ask = ASK.replace("    return", '    print("GPT-4o said:", answer)\n    return')
    first, second = fixes_of(f'"""Answers by GPT-4o."""\n{HEAD}{ask}{OTHER}')
    assert "with its name in the texts of app.py:12" in first.message
    assert "app.py:1 names the old model, too" in first.message
    assert "app.py:12" not in second.message
    assert "app.py:1 names the old model, too" in second.message


def test_the_history_of_a_file_stays() -> None:
    text = f'"""Answers by GPT-4o.\n\nCHANGES 1.2: answers\nare made by GPT-4o\n"""\n{HEAD}{ASK}'
    [fix] = fixes_of(text)
    assert "with its name in the texts of app.py:1; app.py:4 names the old model, too" in fix.message
    assert "are made by GPT-4o" in apply_edits(text, fix.edits)


def test_the_comment_above_one_of_two_calls() -> None:
    text = HEAD + ASK.replace("    answer =", "    # GPT-4o answers\n    answer =") + OTHER
    first, second = fixes_of(text)
    assert "with its name in the texts of app.py:7" in first.message
    assert "names the old model" not in second.message


@pytest.mark.parametrize(
    "said",
    [
        '# model="gpt-4o",',
        "# ask_gpt4o(texts)",
        '# "gpt-4o": 2,',
        "# gpt-4o-mini",
        "# GPT",
        "x = gpt4o(3)",
        "# gpt-4o-audio-preview",
    ],
)
def test_what_says_nothing_of_the_model(said: str) -> None:
    [fix] = fixes_of(f"{HEAD}{said}\n\n\n{ASK}")
    assert fix.message == 'Use `gpt-6-luna`, with `reasoning_effort="none"`'


@pytest.mark.parametrize(
    ("old", "new", "text", "expected"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-5-5", "Claude Sonnet 4.5", "Claude Sonnet 5.5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-5-5", "Claude 4.5 Sonnet", "Claude Sonnet 5.5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-5-5", "by sonnet 4.5", "by sonnet 5.5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-5-5", "claude-sonnet-4-5 there", "claude-sonnet-5-5 there"),
        (
            "claude-sonnet-4-20250514",
            "claude-sonnet-5-5",
            "Claude Sonnet 4 and Claude Sonnet 4.5",
            "Claude Sonnet 5.5 and Claude Sonnet 4.5",
        ),
        ("claude-opus-4-8", "claude-sonnet-5-5", "Claude Opus 4.8", "Claude Sonnet 5.5"),
        ("gpt-4-turbo", "gpt-6.1-sol", "GPT-4 Turbo, gpt-4-turbo", "GPT-6.1 Sol, gpt-6.1-sol"),
        ("gpt-4", "gpt-6.1-sol", "GPT-4, GPT-4o, GPT-4.1, gpt-4-turbo", "GPT-6.1 Sol, GPT-4o, GPT-4.1, gpt-4-turbo"),
        ("gpt-3.5-turbo", "gpt-6-luna", "gpt-3.5 or GPT-3.5", "gpt-6-luna or GPT-6 Luna"),
        (
            "gemini-2.5-flash",
            "gemini-3.8-flash",
            "Gemini 2.5 Flash-Lite, Gemini 2.5 Flash",
            "Gemini 2.5 Flash-Lite, Gemini 3.8 Flash",
        ),
        ("o3-mini", "gpt-6-luna", "o3-mini, o3", "gpt-6-luna, o3"),
    ],
)
def test_forms_of_names(old: str, new: str, text: str, expected: str) -> None:
    catalog = Catalog.bundled()
    reference, target = catalog.find(old), catalog.get(new)
    assert reference is not None
    assert target is not None
    for each in sorted(mentions(text, reference.model, target, old, new), reverse=True):
        assert each.new is not None
        text = text[: each.start] + each.new + text[each.end :]
    assert text == expected


@pytest.mark.parametrize(
    ("table", "is_shown_only"),
    [
        ("encoding = tiktoken.encoding_for_model(MODEL)", True),
        (
            "def count(text, model=MODEL):\n    return len(tiktoken.encoding_for_model(model).encode(text))\n\n\nn = count('x', MODEL)",
            True,
        ),
        ("def cost(n):\n    return litellm.cost_per_token(model=MODEL, prompt_tokens=n)", True),
        (
            "try:\n    encoding = tiktoken.encoding_for_model(MODEL)\nexcept KeyError:\n    encoding = tiktoken.get_encoding('o200k_base')",
            False,
        ),
        ("encoding = tiktoken.encoding_for_model(EMBEDDINGS)", False),
        ("encoding = tiktoken.encoding_for_model('gpt-4o')", False),
    ],
)
def test_libraries_that_look_the_name_up(table: str, is_shown_only: bool) -> None:
    [fix] = fixes_of(f'{HEAD}MODEL = "gpt-4o"\n{table}\n\n\n' + ASK.replace('"gpt-4o"', "MODEL"))
    assert fix.applicability is (Applicability.DISPLAY_ONLY if is_shown_only else Applicability.UNSAFE), fix.message
    assert ("; a library that looks the name up may not know the new one: app.py:" in fix.message) is is_shown_only


def test_two_tiers_that_become_one() -> None:
    small = OTHER.replace('"gpt-4o"', '"gpt-4o-mini"')
    first, second = fixes_of(HEAD + ASK + small)
    assert "; `gpt-4o-mini` (app.py:16), of another tier, is the same model then" in first.message
    assert "; `gpt-4o` (app.py:8), of another tier, is the same model then" in second.message
    assert {first.applicability, second.applicability} == {Applicability.UNSAFE}


def test_a_loose_name_where_a_file_has_several_models_of_the_line() -> None:
    other = OTHER.replace('"gpt-4o"', '"gpt-4"')
    first, second = fixes_of(f"{HEAD}# GPT-4 answers\n{ASK}# GPT-4 sums up\n{other}")
    assert "app.py:6 names the old model, too" in first.message
    assert "GPT-4 answers" in apply_edits(f"{HEAD}# GPT-4 answers\n{ASK}# GPT-4 sums up\n{other}", first.edits)
    assert "app.py:6" not in second.message


def test_two_calls_of_one_tier() -> None:
    """Nor are other constants of the program named, which have findings of their own where a call uses them."""
    constants = 'FIRST_MODEL = "gpt-4o"\nREQUEST = dict(model="gpt-4o")\n\n\n'
    assert not any("the old model" in fix.message for fix in fixes_of(HEAD + constants + ASK))
    assert not any("another tier" in fix.message for fix in fixes_of(HEAD + ASK + OTHER.replace('"gpt-4o"', '"gpt-4.1"')))


@pytest.mark.parametrize(
    "said",
    [
        "Extract the fields of an invoice.\n\nBackends:\n\n- Claude, for long ones\n\n- GPT-4o",
        "Compare two ways to ask.\n\nThe answers of gpt-4o come first.",
        "GPT-4o vs. the rules by hand.\n\nThe answers of GPT-4o are in the table.",
    ],
)
def test_a_comparison_is_not_half_renamed(said: str) -> None:
    """Also where the other half stands in another paragraph of the docstring."""
    text = f'"""{said}\n"""\n\n{HEAD}{ASK}'
    for fix in fixes_of(text):
        fixed = apply_edits(text, fix.edits)
        assert said in fixed
        assert "name" in fix.message


@pytest.mark.parametrize("comment", ["96.3% accuracy (about $0.01 a page)", "best F1 so far", "0.9 recall", "1.2 s per page"])
def test_what_was_measured_with_the_old_model(comment: str) -> None:
    text = f'{HEAD}MODEL = "gpt-4o"  # {comment}\n\n\n{ASK}'.replace('model="gpt-4o"', "model=MODEL")
    [fix] = fixes_of(text)
    assert fix.applicability is Applicability.DISPLAY_ONLY
    assert "the comment in line 6 tells what was measured with the old model" in fix.message


@pytest.mark.parametrize(("limit", "is_short"), [(5, True), (100, True), (800, False)])
def test_a_short_answer_of_a_model_that_always_reasons(limit: int, is_short: bool) -> None:
    text = f"{HEAD}{ASK}".replace("gpt-4o", "gpt-4-turbo").replace("messages=", f"max_tokens={limit}, messages=")
    [fix] = fixes_of(text)
    assert (fix.applicability is Applicability.DISPLAY_ONLY) is is_short
    assert ("it may cost more" in fix.message) is is_short
