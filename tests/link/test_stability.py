"""How often what the source does not tell changes: clocks, dates, parameters, and what is read once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

IMPORTS = "import datetime, random, time, uuid\nfrom datetime import date\n"
IN_A_FUNCTION = {
    "time of day": ("datetime.datetime.now()", "volatile"),
    "time as text": ("datetime.datetime.now().isoformat()", "volatile"),
    "seconds": ("time.time()", "volatile"),
    "random id": ("uuid.uuid4().hex", "volatile"),
    "dice": ("random.choice(['a', 'b'])", "volatile"),
    "pattern with the time": ("datetime.datetime.now().strftime('%d %B %H:%M')", "volatile"),
    "pattern with a date": ("datetime.datetime.now().strftime('%A, %d %B %Y')", "daily"),
    "date": ("date.today()", "daily"),
    "date by its module": ("datetime.date.today().isoformat()", "daily"),
    "day of a moment": ("datetime.datetime.now().date()", "daily"),
    "year of a moment": ("datetime.datetime.now().year", "daily"),
    "time module with a date": ("time.strftime('%Y-%m-%d')", "daily"),
    "time module with the time": ("time.strftime('%H:%M')", "volatile"),
    "day of a parameter": ("x.strftime('%d %B')", "varying"),
    "parameter": ("x", "varying"),
    "result of something": ("load()", "unknown"),
}


@pytest.mark.parametrize(("code", "stability"), IN_A_FUNCTION.values(), ids=IN_A_FUNCTION)
def test_in_a_function(values_of: Callable[..., object], code: str, stability: str) -> None:
    assert values_of(f"{IMPORTS}def f(x):\n    value = {code}\n    see(f'a {{value}} b')") == f"a <{stability}> b"


@pytest.mark.parametrize(
    ("hole", "stability"),
    [("now", "volatile"), ("now:%H:%M", "volatile"), ("now:%d %B", "daily"), ("x:%d %B", "varying"), ("now!r", "volatile")],
)
def test_pattern_in_an_f_string(values_of: Callable[..., object], hole: str, stability: str) -> None:
    code = f"{IMPORTS}def f(x):\n    now = datetime.datetime.now()\n    see(f'{{{hole}}}')"
    assert values_of(code) == f"<{stability}>"


def test_what_is_read_at_the_import_stays(values_of: Callable[..., object]) -> None:
    assert values_of(f"{IMPORTS}NOW = datetime.datetime.now()\ndef f(): see(f'{{NOW}}')") == "<stable>"


def test_what_a_constructor_keeps_is_not_known_to_change(values_of: Callable[..., object]) -> None:
    code = f"""{IMPORTS}
class A:
    def __init__(self, name):
        self.text = f"{{name}} since {{datetime.datetime.now()}}"
    def f(self):
        see(self.text)
"""
    assert values_of(code) == "<unknown> since <unknown>"


def test_a_loop_at_module_level_reads_the_clock_each_time(values_of: Callable[..., object]) -> None:
    assert values_of(f"{IMPORTS}for x in y:\n    see(f'{{time.time()}}')") == "<volatile>"
