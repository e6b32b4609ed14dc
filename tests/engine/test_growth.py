"""Twice as much code takes twice as much work: no function of llmlint is called much more often than the file has grown.

`benchmarks/growth.py` measures the time of larger files; the number of calls is the same on every machine.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path

import pytest

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.rules.registry import all_rules

SIZE = 5
# Functions that are called less often than this are not looked at.
FLOOR = 600
HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"
CALL = 'client.messages.create(model="claude-opus-4-8", max_tokens=100, messages=[{"role": "user", "content": item}])'
LOOP = f"""def runN(items):
    out = []
    for item in items:
        reply = {CALL}
        out.append(reply.content[0].text)
    return out
"""
BLOCK = f"""{LOOP}
def comprehendN(items):
    return [{CALL} for item in items]

def askN(item):
    return {CALL}

def ask_allN(items):
    return [askN(item) for item in items]

class AskerN:
    def run(self, item):
        if item == N:
            return {CALL}

tableN = {{"run": runN}}
"""


def calls_of(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int, str], int]:
    """How often each function of llmlint is called for a file."""
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "a.py").write_text(text)
    rules = all_rules()
    run = Run.of_paths(["."], SettingsResolver(".", {}, True, known=rules), rules)
    profile = cProfile.Profile()
    lint = profile.runcall(run.lint)
    assert lint.findings
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    # Searching all nodes of a file for one of a kind calls nothing else.
    return {each: counts[1] for each, counts in stats.items() if "llmlint" in each[0] or "isinstance" in each[2]}


def blocks(size: int) -> str:
    return "".join(BLOCK.replace("N", str(n)) for n in range(size))


def holes(size: int) -> str:
    return f"""text = f"{" ".join(f"{{a{n}}}" for n in range(40 * size))}"\n{CALL}\n{CALL.replace("item", "text")}\n"""


def messages(size: int) -> str:
    given = ", ".join(f'{{"role": "user", "content": f"hi {n} {{item}}"}}' for n in range(40 * size))
    return f"def ask(item):\n    return {CALL.partition('messages=')[0]}messages=[{given}])\n"


def turns(size: int) -> str:
    asked = CALL.replace('[{"role": "user", "content": item}]', "history").replace("opus-4-8", "opus-4-1")
    return "history = []\n" + "".join(
        f'history.append({{"role": "user", "content": "q{n}"}})\nr{n} = {asked}\nif len(r{n}.content) == {n}:\n    print(r{n})\n'
        for n in range(size)
    )


@pytest.mark.parametrize("shape", [blocks, holes, messages])
def test_work_grows_as_the_file_does(shape: Callable[[int], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def calls(size: int) -> dict[tuple[str, int, str], int]:
        return calls_of(HEAD + shape(size), tmp_path / str(size), monkeypatch)

    less, more = calls(SIZE), calls(2 * SIZE)
    grown = {
        function: (less.get(function, 0), count)
        for function, count in more.items()
        if count > max(2.4 * less.get(function, 0), FLOOR)
    }
    assert not grown


def test_calls_in_one_function_are_not_compared_with_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = calls_of(HEAD + turns(20), tmp_path / "a", monkeypatch)
    of_escalation = {function: count for function, count in counts.items() if "escalation.py" in function[0]}
    assert of_escalation
    assert max(of_escalation.values()) < 3_000, of_escalation


def test_functions_that_pass_a_list_to_many_others_are_followed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = CALL.replace('[{"role": "user", "content": item}]', "item").replace("opus-4-8", "opus-4-1")
    passing = "".join(f"    f{n % 4}(item)\n" for n in range(10))
    turns = f"""{passing}    while True:
        item.append({{"role": "user", "content": input()}})
        reply = {asked}
        item.append({{"role": "assistant", "content": reply.content}})
"""
    text = "".join(f"def f{n}(item):\n{turns}" for n in range(4))
    counts = calls_of(HEAD + text, tmp_path / "a", monkeypatch)
    for name, most in (("helper_additions", 10_000), ("windows", 1_000), ("terminal", 3_000)):
        followed = {function: count for function, count in counts.items() if f"{name}.py" in function[0]}
        assert followed
        assert max(followed.values()) < most, followed
