"""Where the module with the batching client goes: a place that every file of a fix can import from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llmlint.config.settings import SettingsResolver
from llmlint.fixes.batch.module import BatchModule, batch_module
from llmlint.fixes.batch.parts import assembled, written
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import Fixed, fix, write_changes

MAP = frozenset({"anthropic", "map"})
CALL = "import anthropic\nanthropic.Anthropic().messages.create()\n"


def found(
    folder: Path, files: dict[str, str], paths: list[str], setting: str = "llm_batches", parts: frozenset[str] = MAP
) -> BatchModule | None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run = Run.of_paths(["."], SettingsResolver(".", {}, True, known={}), {})
    for path in paths:
        assert run.program.module(path) is not None
    return batch_module(run.program, paths, setting, parts)


def check(module: BatchModule | None, place: str, **names: str) -> None:
    assert module is not None
    assert [each.path for each in module.new_files] == [place]
    assert module.new_files[0].text == assembled(MAP)
    assert list(module.names.values()) == list(names.values())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_beside_a_script(here: Path) -> None:
    check(found(here, {"scripts/run.py": CALL}, ["scripts/run.py"]), "scripts/llm_batches.py", run="llm_batches")


def test_in_the_package_that_a_script_imports(here: Path) -> None:
    files = {"scripts/run.py": "from shop.texts import TEXTS\n" + CALL, "shop/__init__.py": "", "shop/texts.py": "TEXTS = []\n"}
    check(found(here, files, ["scripts/run.py"]), "shop/llm_batches.py", run="shop.llm_batches")


def test_beside_the_module_that_a_script_imports(here: Path) -> None:
    files = {"scripts/run.py": "from texts import TEXTS\n" + CALL, "scripts/texts.py": "TEXTS = []\n"}
    check(found(here, files, ["scripts/run.py"]), "scripts/llm_batches.py", run="llm_batches")


def test_at_the_top_of_a_package(here: Path) -> None:
    files = {"src/shop/__init__.py": "", "src/shop/llm/__init__.py": "", "src/shop/llm/ask.py": CALL}
    check(found(here, files, ["src/shop/llm/ask.py"]), "src/shop/llm_batches.py", ask="shop.llm_batches")


@pytest.mark.parametrize(
    "end",
    ['if __name__ == "__main__":\n    main()\n', "for text in texts:\n    print(text)\n", "def main():\n    pass\n\n\nmain()\n"],
)
def test_beside_a_script_in_the_folder_of_a_package(here: Path, end: str) -> None:
    """Nobody imports it, and it imports nothing of the package."""
    files = {"examples/__init__.py": "", "examples/one/__init__.py": "", "examples/one/run.py": CALL + end}
    check(found(here, files, ["examples/one/run.py"]), "examples/one/llm_batches.py", run="llm_batches")


SCRIPT = CALL + 'if __name__ == "__main__":\n    main()\n'


@pytest.mark.parametrize("settings", [{"setup.py": ""}, {"pyproject.toml": "[build-system]\nrequires = []\n"}])
def test_at_the_top_of_an_installed_package_for_a_script_that_others_import(here: Path, settings: dict[str, str]) -> None:
    files = {"shop/__init__.py": "", "shop/run.py": SCRIPT, "shop/other.py": "from shop.run import main\n", **settings}
    check(found(here, files, ["shop/run.py"]), "shop/llm_batches.py", run="shop.llm_batches")


@pytest.mark.parametrize("settings", [{"setup.py": ""}, {"pyproject.toml": "[tool.poetry]\n\n[build-system]\nrequires = []\n"}])
def test_not_beside_a_package_that_is_installed(here: Path, settings: dict[str, str]) -> None:
    """The package is installed without what lies beside it."""
    files = {"shop/__init__.py": "", "shop/ask.py": "from shop.texts import T\n" + CALL, "shop/texts.py": "", "run.py": CALL}
    check(found(here, files, ["shop/ask.py", "run.py"]), "llm_batches.py", run="llm_batches", ask="llm_batches")
    assert found(here, settings, ["shop/ask.py", "run.py"]) is None
    check(found(here, settings, ["shop/ask.py"]), "shop/llm_batches.py", ask="shop.llm_batches")


@pytest.mark.parametrize("package", [{"shop/__init__.py": ""}, {}, {"pyproject.toml": "[project]\nname = 'shop'\n"}])
def test_none_for_a_script_that_others_import_as_part_of_a_package(here: Path, package: dict[str, str]) -> None:
    """Run by its path, it finds what lies beside it by its name alone."""
    files = {"shop/run.py": SCRIPT, "other.py": "from shop.run import TEXTS\n" + CALL, **package}
    with pytest.raises(ByHand, match="and it runs by itself"):
        found(here, files, ["shop/run.py"])
    check(found(here, files, ["other.py"]), "shop/llm_batches.py", other="shop.llm_batches")


def test_beside_what_a_script_imports_that_others_import(here: Path) -> None:
    """It finds its package, so that it finds the module, too."""
    files = {
        "shop/run.py": "from shop.texts import T\n" + SCRIPT,
        "shop/texts.py": "",
        "other.py": "from shop.run import TEXTS\n",
    }
    check(found(here, files, ["shop/run.py"]), "shop/llm_batches.py", run="shop.llm_batches")


def test_none_for_a_script_of_a_package_that_only_tests_import(here: Path) -> None:
    script = CALL + 'if __name__ == "__main__":\n    main()\n'
    test = "from shop.run import main\n\ndef test_main():\n    main()\n"
    with pytest.raises(ByHand, match="runs by itself"):
        found(here, {"shop/__init__.py": "", "shop/run.py": script, "tests/test_run.py": test}, ["shop/run.py"])


def test_beside_a_notebook_that_imports_from_a_folder(here: Path) -> None:
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": ["from data.texts import TEXTS\n", CALL],
    }
    files = {
        "guide.ipynb": json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        "data/texts.py": "TEXTS = []\n",
    }
    check(found(here, files, ["guide.ipynb"]), "llm_batches.py", guide="llm_batches")


SCORER = {
    "run.py": "import sys\nsys.path.insert(0, 'src')\nfrom src.scoring.scorer import Scorer\n" + CALL,
    "again.py": "import sys\nsys.path.insert(0, 'src')\nfrom scoring.scorer import Scorer\n" + CALL,
    "src/__init__.py": "",
    "src/config/__init__.py": "",
    "src/config/limits.py": "MOST = 9\n",
    "src/scoring/__init__.py": "",
    "src/scoring/scorer.py": "from config.limits import MOST\n" + CALL,
}


def test_none_where_files_know_a_place_by_two_names(here: Path) -> None:
    assert found(here, SCORER, ["run.py", "src/scoring/scorer.py"]) is None


def test_at_the_place_that_files_know_by_one_name(here: Path) -> None:
    module = found(here, SCORER, ["again.py", "src/scoring/scorer.py"])
    check(module, "src/llm_batches.py", again="llm_batches", scorer="llm_batches")


def test_none_where_a_client_is_batching_by_another_name(here: Path) -> None:
    ask = (
        "from config.limits import MOST\nfrom llm_batches import batching\nimport anthropic\n\n"
        "client = batching(anthropic.Anthropic())\n\n\ndef ask(text):\n    messages = [{'role': 'user', 'content': text}]\n"
        "    return client.messages.create(model='claude-haiku-5-5', max_tokens=MOST, messages=messages)\n"
    )
    loop = "import sys\nsys.path.insert(0, 'src')\nfrom src.scoring.scorer import ask\nfor line in open('a.txt'):\n    print(ask(line))\n"
    files = {**SCORER, "src/scoring/scorer.py": ask, "src/llm_batches.py": assembled(MAP), "run.py": loop}
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    known = known_rules()
    run = Run.of_paths(["."], SettingsResolver(".", {"select": ["LLM301"]}, True, known=known), known)
    [finding] = run.lint().findings
    assert finding.fix is None
    assert "no place for a module" in finding.help


def test_by_dots_where_the_file_imports_by_dots(here: Path) -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/llm/__init__.py": "",
        "src/shop/llm/ask.py": "from .texts import TEXTS\n" + CALL,
        "src/shop/llm/texts.py": "TEXTS = []\n",
    }
    check(found(here, files, ["src/shop/llm/ask.py"]), "src/shop/llm_batches.py", ask="..llm_batches")


def test_in_a_package_without_init(here: Path) -> None:
    files = {"app/llm/ask.py": "from app.texts import TEXTS\n" + CALL, "app/texts.py": "TEXTS = []\n"}
    check(found(here, files, ["app/llm/ask.py"]), "app/llm_batches.py", ask="app.llm_batches")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from lib.ask import ask", "lib.llm_batches"),
        ("import lib.ask", "lib.llm_batches"),
        ("from lib import other, ask", "lib.llm_batches"),
    ],
)
def test_as_others_import_the_file(here: Path, line: str, name: str) -> None:
    files = {"lib/ask.py": CALL, "main.py": f"{line}\n"}
    check(found(here, files, ["lib/ask.py"]), "lib/llm_batches.py", ask=name)


def test_as_a_neighbour_imports_the_file_by_a_dot(here: Path) -> None:
    files = {"lib/ask.py": CALL, "lib/use.py": "from .ask import ask\n"}
    check(found(here, files, ["lib/ask.py"]), "lib/llm_batches.py", ask=".llm_batches")


ON_PATH = "import sys\nsys.path.insert(0, 'src/llm')\n"


@pytest.mark.parametrize(
    "users",
    [
        {"src/llm/__init__.py": "from .ask import ask\n", "scripts/run.py": ON_PATH + "from ask import ask\n"},
        {"src/main.py": "from src.llm.ask import ask\n", "scripts/run.py": ON_PATH + "import ask\n"},
        {"src/main.py": "from llm.ask import ask\n", "src/llm/run.py": "from ask import ask\n"},
    ],
)
def test_no_place_for_a_file_of_a_package_that_others_import_by_its_name_alone(here: Path, users: dict[str, str]) -> None:
    files = {"src/__init__.py": "", "src/llm/__init__.py": "", "src/llm/ask.py": CALL}
    with pytest.raises(ByHand, match="by its name alone"):
        found(here, files | users, ["src/llm/ask.py"])
    # What the file itself imports is found whatever its own name is.
    files = {"src/config.py": "A = 1\n", "src/llm/ask.py": "from src.config import A\n" + CALL}
    check(found(here, files, ["src/llm/ask.py"]), "src/llm_batches.py", ask="src.llm_batches")


@pytest.mark.parametrize(
    ("users", "place", "name"),
    [
        # All of them by its name alone.
        ({"scripts/run.py": ON_PATH + "from ask import ask\n"}, "src/llm/llm_batches.py", "llm_batches"),
        ({"src/llm/run.py": "from ask import ask\n"}, "src/llm/llm_batches.py", "llm_batches"),
        # Another module of that name.
        ({"scripts/run.py": ON_PATH + "from ask import ask\n", "scripts/ask.py": ""}, "src/llm_batches.py", "src.llm_batches"),
        ({"scripts/run.py": "from ask import ask\n"}, "src/llm_batches.py", "src.llm_batches"),
        ({"src/llm/run.py": "from .texts import T\nimport ask\n"}, "src/llm_batches.py", "src.llm_batches"),
        # By two names of packages.
        ({"run.py": "import src.llm.ask\n", "src/run.py": "import llm.ask\n"}, "src/llm/llm_batches.py", ".llm_batches"),
        # By the dots of a package, which is not in `src`.
        (
            {"src/llm/__init__.py": "from .ask import ask\n", "src/run.py": "import llm.ask\n"},
            "src/llm/llm_batches.py",
            ".llm_batches",
        ),
    ],
)
def test_by_the_names_that_others_have_for_a_file_of_a_package(here: Path, users: dict[str, str], place: str, name: str) -> None:
    files = {"src/__init__.py": "", "src/llm/__init__.py": "", "src/llm/ask.py": CALL}
    check(found(here, files | users, ["src/llm/ask.py"]), place, ask=name)


def test_one_place_for_all_files_of_a_fix(here: Path) -> None:
    files = {
        "main.py": "from shop.clients import client\n",
        "shop/__init__.py": "",
        "shop/clients.py": CALL,
        "shop/jobs/__init__.py": "",
        "shop/jobs/tags.py": "from ..clients import client\n",
    }
    module = found(here, files, ["shop/jobs/tags.py", "main.py", "shop/clients.py"])
    check(module, "shop/llm_batches.py", main="shop.llm_batches", clients="shop.llm_batches", tags="..llm_batches")


LOOP = """import anthropic


def ask(client, text):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": text}])


def main(texts):
    client = anthropic.Anthropic()
    for text in texts:
        print(ask(client, text))


if __name__ == "__main__":
    main(open("texts").readlines())
"""


def modules_of_fixes(files: dict[str, str]) -> dict[str, str]:
    """The lines by which files import the module, by path, once all is fixed."""
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    fixed = fix_all(".")
    assert len(fixed.created) == 1, "one module a project"
    lines = {path: after.source.text.splitlines() for path, (_, after) in fixed.changed.items()}
    return {path: next(line for line in each if "llm_batches" in line).split()[1] for path, each in lines.items()} | {
        "": next(iter(fixed.created))
    }


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (  # One imports a package of both, the other one its own.
            {
                "datagen/__init__.py": "",
                "datagen/repair.py": "from utils.config import MODEL\n" + LOOP + "\n\ndef f():\n    from datagen.judge import main\n",
                "datagen/judge.py": "from utils.config import MODEL\n" + LOOP,
                "utils/__init__.py": "",
                "utils/config.py": "MODEL = 'x'\n",
            },
            {"": "datagen/llm_batches.py", "datagen/repair.py": "datagen.llm_batches", "datagen/judge.py": "datagen.llm_batches"},
        ),
        (  # Two packages with a third one.
            {
                "tags/__init__.py": "",
                "tags/run.py": "from shared.config import MODEL\n" + LOOP,
                "scores/__init__.py": "",
                "scores/run.py": "from shared.config import MODEL\n" + LOOP,
                "shared/__init__.py": "",
                "shared/config.py": "MODEL = 'x'\n",
            },
            {"": "shared/llm_batches.py", "tags/run.py": "shared.llm_batches", "scores/run.py": "shared.llm_batches"},
        ),
        (  # Two packages that share nothing but their folder.
            {
                "tags/__init__.py": "",
                "tags/run.py": "from tags.texts import T\n" + LOOP,
                "tags/texts.py": "T = 1\n",
                "scores/__init__.py": "",
                "scores/run.py": "from .texts import T\n" + LOOP,
                "scores/texts.py": "T = 1\n",
            },
            {"": "llm_batches.py", "tags/run.py": "llm_batches", "scores/run.py": "llm_batches"},
        ),
        (  # Folders without an `__init__.py`, and a script beside them.
            {
                "main.py": "from lib.texts import T\n" + LOOP,
                "lib/texts.py": "T = 1\n",
                "lib/tags.py": "from lib.texts import T\n" + LOOP,
                "jobs/scores.py": "from lib.texts import T\n" + LOOP,
            },
            {"": "lib/llm_batches.py", "main.py": "lib.llm_batches", "lib/tags.py": "lib.llm_batches", "jobs/scores.py": "lib.llm_batches"},
        ),
    ],
)  # fmt: skip
def test_one_module_for_all_fixes_of_a_project(here: Path, files: dict[str, str], names: dict[str, str]) -> None:
    assert modules_of_fixes(files) == names


def test_one_module_for_clients_in_two_folders_that_scripts_import(here: Path) -> None:
    ask = "def ask(text):\n    return client.messages.create(model='claude-haiku-5-5', max_tokens=9, messages=[{'role': 'user', 'content': text}])\n"
    client = f"import anthropic\n\nclient = anthropic.Anthropic()\n\n\n{ask}"
    loop = "from {0}.ask import ask\n\nfor text in open('texts'):\n    print(ask(text))\n"
    found = modules_of_fixes(
        {"a.py": loop.format("tools"), "tools/ask.py": client, "b.py": loop.format("src"), "src/ask.py": client}
    )
    assert set(found.values()) == {"llm_batches", "llm_batches.py"}


def test_no_place_for_files_that_share_none(here: Path) -> None:
    files = {"one/a.py": CALL, "two/b.py": CALL}
    assert found(here, files, ["one/a.py", "two/b.py"]) is None


def test_above_a_folder_without_init_that_imports_from_above_it(here: Path) -> None:
    files = {
        "evals/common.py": "from . import types\n" + CALL,
        "evals/types.py": "",
        "evals/clients/chat.py": "from ..types import Answer\n" + CALL,
        "evals/clients/__main__.py": "",
    }
    module = found(here, files, ["evals/common.py", "evals/clients/chat.py"])
    check(module, "evals/llm_batches.py", chat="..llm_batches", common=".llm_batches")


def test_what_is_there_is_used(here: Path) -> None:
    text = (
        "def batching(client):\n    return client\n\n\ndef batch_map(function, items):\n    return list(map(function, items))\n"
    )
    assert found(here, {"run.py": CALL, "llm_batches.py": text}, ["run.py"]) == BatchModule({"run.py": "llm_batches"}, ())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_there_gets_the_parts_that_it_lacks(here: Path, end: str) -> None:
    text = assembled(MAP).replace("\n", end)
    (here / "llm_batches.py").write_bytes(text.encode())
    assert found(here, {"run.py": CALL}, ["run.py"]) == BatchModule({"run.py": "llm_batches"}, ())
    module = found(here, {}, ["run.py"], parts=frozenset({"anthropic", "scope"}))
    assert module is not None
    [edit] = module.edits
    assert (edit.span.path, edit.span.start, edit.span.end) == ("llm_batches.py", 0, len(text))
    assert edit.text == assembled(MAP | {"scope"})


@pytest.mark.parametrize(
    ("old", "new"), [("POLL_SECONDS = 30.0", "POLL_SECONDS = 5.0"), ("import json\n", "import json  # mine\n")]
)
def test_what_somebody_has_edited_is_not_written_over(here: Path, old: str, new: str) -> None:
    text = assembled(MAP)
    edited = text.replace(old, new, 1)
    assert edited != text
    files = {"run.py": CALL, "llm_batches.py": edited}
    assert found(here, files, ["run.py"]) == BatchModule({"run.py": "llm_batches"}, ()), "it has all that is needed"
    with pytest.raises(ByHand, match=r"somebody has edited llm_batches.py, which lacks `batch_scope`"):
        found(here, files, ["run.py"], parts=frozenset({"anthropic", "scope"}))
    with pytest.raises(ByHand, match=r"which lacks `openai`"):
        found(here, files, ["run.py"], parts=frozenset({"openai", "map"}))


def test_a_module_says_what_it_is_made_of() -> None:
    for parts in (MAP, frozenset({"openai", "scope"})):
        module = written(assembled(parts))
        assert module is not None
        assert (module.parts, module.is_edited) == (parts, False)
    assert written("def batching(client):\n    return client\n") is None


def test_a_module_of_that_name_with_something_else_is_left_alone(here: Path) -> None:
    assert found(here, {"run.py": CALL, "llm_batches.py": "x = 1\n"}, ["run.py"]) is None
    assert not (here / "llm_batches.py").read_text().startswith("def")


@pytest.mark.parametrize("folder", ["shop/llm", "src/shop/llm"])
def test_a_name_with_dots_stands_as_it_is(here: Path, folder: str) -> None:
    files = {"scripts/run.py": CALL, f"{folder}/texts.py": ""}
    check(found(here, files, ["scripts/run.py"], "shop.llm.batches"), f"{folder}/batches.py", run="shop.llm.batches")


@pytest.mark.parametrize("setting", ["anthropic", "openai", "json", "types", "pandas"])
def test_none_that_python_would_find_in_place_of_another(here: Path, setting: str) -> None:
    assert found(here, {"run.py": "import pandas\n" + CALL}, ["run.py"], setting) is None
    files = {"shop/__init__.py": "", "shop/a.py": "import pandas\n" + CALL, "run.py": "import shop.a\n"}
    module = found(here, files, ["shop/a.py"], setting)
    assert module is None or set(module.names.values()) <= {f".{setting}", f"shop.{setting}"}


def test_a_name_with_dots_needs_its_folder(here: Path) -> None:
    assert found(here, {"scripts/run.py": CALL}, ["scripts/run.py"], "shop.llm.batches") is None


def test_nothing_is_created_above_the_root(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("shop/__init__.py", "shop/inner/__init__.py", "shop/inner/pyproject.toml"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).touch()
    monkeypatch.chdir(here / "shop" / "inner")
    module = found(here / "shop" / "inner", {"ask.py": CALL}, ["ask.py"])
    assert module is None or all(not each.path.startswith("..") for each in module.new_files)


def test_the_name_is_one_that_python_can_import(here: Path) -> None:
    """Each layout run for real, from where its author runs it."""
    files = {
        "pkg/__init__.py": "",
        "pkg/llm/__init__.py": "",
        "pkg/llm/ask.py": "from .. import config\n",
        "pkg/config.py": "",
        "tools/run.py": "import helpers\n",
        "tools/helpers.py": "",
    }
    for path, arguments in {"pkg/llm/ask.py": ["-m", "pkg.llm.ask"], "tools/run.py": ["tools/run.py"]}.items():
        module = found(here, files, [path])
        assert module is not None
        for new in module.new_files:
            Path(new.path).write_text(new.text)
        with Path(path).open("a") as file:
            file.write(f"from {module.names[path]} import batching\nprint(batching.__name__)\n")
        ran = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60)
        assert ran.stdout == "batching\n", ran.stderr


SERIAL = """\
import anthropic

client = anthropic.Anthropic()


def ask(text):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": text}])


def ask_all(path):
    return [ask(line) for line in open(path)]
"""
SIDE_BY_SIDE = """\
import asyncio

import openai

client = openai.AsyncOpenAI()


async def ask(text):
    return await client.responses.create(model="gpt-6-luna", input=text)


async def ask_all(path):
    return await asyncio.gather(*[ask(line) for line in open(path)])
"""


def fix_all(*paths: str) -> Fixed:
    known = known_rules()
    run = Run.of_paths(paths, SettingsResolver(".", {"select": ["LLM301", "LLM302"]}, True, known=known), known)
    fixed, errors = write_changes(fix(run, run.lint(), unsafe=True))
    assert not errors
    return fixed


def parts_there() -> frozenset[str]:
    module = written(Path("llm_batches.py").read_text())
    assert module is not None
    assert not module.is_edited
    return module.parts


def test_fixes_of_one_run_need_different_parts(here: Path) -> None:
    Path("serial.py").write_text(SERIAL)
    Path("side_by_side.py").write_text(SIDE_BY_SIDE)
    fixed = fix_all(".")
    assert (fixed.fixed, list(fixed.created), list(fixed.changed)) == (2, ["llm_batches.py"], ["serial.py", "side_by_side.py"])
    assert parts_there() >= {"anthropic", "openai", "map", "scope"}
    assert not fix_all(".").changed


def test_a_later_fix_adds_its_part(here: Path) -> None:
    Path("serial.py").write_text(SERIAL)
    fix_all(".")
    assert parts_there() & {"map", "scope"} == {"map"}
    Path("side_by_side.py").write_text(SIDE_BY_SIDE)
    fixed = fix_all(".")
    assert (fixed.fixed, list(fixed.created), list(fixed.changed)) == (1, [], ["llm_batches.py", "side_by_side.py"])
    assert parts_there() >= {"anthropic", "openai", "map", "scope"}


def test_a_later_fix_leaves_an_edited_module_alone(here: Path) -> None:
    Path("serial.py").write_text(SERIAL)
    fix_all(".")
    text = Path("llm_batches.py").read_text().replace("30.0", "5.0")
    Path("llm_batches.py").write_text(text)
    Path("side_by_side.py").write_text(
        SERIAL.replace("Anthropic", "AsyncAnthropic")
        .replace("def ", "async def ")
        .replace("return client", "return await client")
        .replace("[ask", "[await ask")
        .replace("import anthropic", "import anthropic, asyncio")
    )
    fixed = fix_all(".")
    assert (fixed.fixed, Path("llm_batches.py").read_text()) == (0, text)
    assert "somebody has edited llm_batches.py" in (fixed.lint.findings[0].help or "")


@pytest.mark.parametrize("most", [100, 2])
def test_calls_of_an_item_count_in_a_large_project(here: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Where more files have calls than are looked at for each item, those count that the file of the loop imports."""
    monkeypatch.setattr("llmlint.providers.below._MOST_FILES", most)
    Path("lib").mkdir()
    Path("lib/__init__.py").write_text("")
    for name in ("one", "two"):
        Path(f"lib/{name}.py").write_text(SERIAL)
    Path("lib/asking.py").write_text(
        "import anthropic\n\nclient = anthropic.Anthropic()\n\n\ndef ask(text):\n"
        '    message = [{"role": "user", "content": text}]\n'
        '    return client.messages.create(model="claude-haiku-5-5", max_tokens=99, messages=message).content[0].text\n'
    )
    loop = 'with open("lines.txt") as lines, open("out.txt", "w") as out:\n    for line in lines:\n        out.write(ask(ask(line)))\n'
    Path("run.py").write_text(f"from lib.asking import ask\n\n{loop}")
    fix_all("run.py", "lib")
    assert "calls=2" in Path("run.py").read_text()
