"""Twice as much code takes twice as much work: no function of llmlint is called much more often than the file has grown.

`benchmarks/growth.py` measures the time of larger files; the number of calls is the same on every machine.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run

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
    rules = known_rules()
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


def gathered(size: int) -> str:
    head = HEAD.replace("Anthropic()", "AsyncAnthropic()") + "import asyncio\n"
    return head + "".join(
        f"async def run{n}(items):\n    return await asyncio.gather(*[{CALL} for item in items])\n" for n in range(5 * size)
    )


@pytest.mark.parametrize("shape", [blocks, holes, messages, gathered])
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


def loops_of_one_function(size: int) -> str:
    loop = f"    for item in items:\n        reply = {CALL}\n        out.append(reply.content[0].text)\n"
    return f"def run(items):\n    out = []\n{loop * size}    return out\n"


def calls_of_one_loop(size: int) -> str:
    body = "".join(f"        r{n} = {CALL}\n        print(r{n}.content[0].text)\n" for n in range(size))
    return f"def run(items):\n    for item in items:\n{body}"


def calls_of_a_function_in_a_loop(size: int) -> str:
    body = "".join(f"    a{n} = {CALL}\n    if a{n}:\n        b{n} = {CALL}\n" for n in range(size))
    return f"def ask(item):\n{body}    return a0\nfor line in open('lines.txt'):\n    print(ask(line))\n"


def calls_of_one_model(size: int) -> str:
    asked = CALL.replace('"claude-opus-4-8"', "MODEL")
    return 'MODEL = "claude-opus-4-8"\n' + "".join(f"def ask{n}(item):\n    return {asked}\n" for n in range(size))


def commands(size: int) -> str:
    branches = "".join(f"    if name == 'c{n}':\n        return {CALL.replace('item', f'item + {n}')}\n" for n in range(size))
    return f"def run(name, item):\n{branches}"


@pytest.mark.parametrize(
    ("shape", "size", "module", "most"),
    [
        # What a loop binds and reads was looked for in all of its function for each loop, and for each call of a loop.
        (loops_of_one_function, 16, "batch/flow", 40_000),
        (calls_of_one_loop, 12, "batch/names", 2_000),
        (calls_of_one_loop, 12, "batch/state", 2_000),
        # Each node was compared with each call of an item, once for each of them.
        (calls_of_a_function_in_a_loop, 8, "batch/calls", 10_000),
        # The parameters of each call were fitted once for each other call with the same model.
        (calls_of_one_model, 40, "model/parameters", 500),
        (calls_of_one_model, 40, "escalation", 500),
        # For each call, the flow of values through the loop was found for each call ahead of it.
        (calls_of_one_loop, 12, "flow/dependence", 100),
        (calls_of_one_loop, 12, "flow/asking", 80),
        (calls_of_one_loop, 12, "flow/chains", 80),
        # Each call went through all other calls and blocks for what may hold it back, and for what waits for it.
        (calls_of_one_loop, 12, "repeats/limits", 80),
        (calls_of_one_loop, 12, "calls/awaiting", 200),
        # Each test was searched for each name of each call behind it.
        (commands, 40, "expressions", 10_000),
    ],
)
def test_what_is_asked_for_each_call_of_many_is_found_once(
    shape: Callable[[int], str], size: int, module: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = calls_of(HEAD + shape(size), tmp_path / "a", monkeypatch)
    looked = {function: count for function, count in counts.items() if f"{module}.py" in function[0]}
    assert looked
    assert max(looked.values()) < most, looked
