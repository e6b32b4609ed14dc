"""Programs that run in forked processes behave as when they are run by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from metered import MeteredServer
from metered.programs import find_programs
from metered.runner import Runner

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner of the programs forks")


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as runner:
        yield runner


def write(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "code", "out", "err"),
    [
        ("print(__name__, __file__.rsplit('/')[-1])", 0, "__main__ program.py\n", ""),
        ("import sys; sys.exit(3)", 3, "", ""),
        ("raise SystemExit('no')", 1, "", "no\n"),
        ("import atexit; atexit.register(print, 'end'); print('start')", 0, "start\nend\n", ""),
        ("import threading, time; threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()", 0, "late\n", ""),
        ("import os; print(os.environ['WORD'], os.path.basename(os.getcwd()) != '')", 0, "spoken True\n", ""),
    ],
)
def test_a_program_ends_and_prints_as_by_hand(runner: Runner, tmp_path: Path, text: str, code: int, out: str, err: str) -> None:
    outcome = runner.program(write(tmp_path, text), {"WORD": "spoken"})
    assert (outcome.code, outcome.out, outcome.err) == (code, out, err)


def test_an_exception_shows_its_traceback(runner: Runner, tmp_path: Path) -> None:
    outcome = runner.program(write(tmp_path, "1 / 0"), {})
    assert outcome.code == 1
    assert outcome.err.startswith("Traceback")
    assert outcome.err.endswith("ZeroDivisionError: division by zero\n")


def test_neither_the_tests_nor_the_repository_can_be_imported_by_accident(runner: Runner, tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    outcome = runner.program(write(tmp_path, "import sys; print(sys.path)"), {})
    assert f"{root}/tests" not in outcome.out
    assert str(tmp_path) in outcome.out


def test_sleeping_moves_the_clock_of_the_account_and_takes_no_time(runner: Runner, tmp_path: Path) -> None:
    program = "import asyncio, time\ntime.sleep(3600)\nasyncio.run(asyncio.sleep(1800, 'x'))\nprint('rested')"
    with MeteredServer() as server:
        account = server.account("sleeper")
        start = account.clock.now()
        outcome = runner.program(write(tmp_path, program), server.environment("sleeper"))
        assert (outcome.out, outcome.err) == ("rested\n", "")
        assert 5400 <= account.clock.now() - start < 5460


def test_programs_of_different_accounts_do_not_see_each_other(runner: Runner, tmp_path: Path) -> None:
    program = """
import anthropic
text = [{"type": "text", "text": "Be brief. " * 400, "cache_control": {"type": "ephemeral"}}]
message = anthropic.Anthropic().messages.create(
    model="claude-sonnet-5-5", max_tokens=9, system=text, messages=[{"role": "user", "content": "Hi"}]
)
print(message.usage.cache_read_input_tokens)
"""
    path = write(tmp_path, program)
    with MeteredServer() as server, ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda name: runner.program(path, server.environment(name)), "abc"))
        assert [outcome.out for outcome in outcomes] == ["0\n"] * 3
        assert {len(server.account(name).bill.lines) for name in "abc"} == {1}


def test_each_codemod_has_at_least_eight_programs() -> None:
    programs = find_programs()
    codes = {program.code for program in programs}
    assert codes == {f"LLM10{number}" for number in range(1, 9)} | {f"LLM20{number}" for number in range(1, 5)} | {
        "LLM301",
        "LLM302",
    }
    assert all(sum(program.code == code for program in programs) >= 8 for code in codes)
    assert len({program.id for program in programs}) == len(programs)
