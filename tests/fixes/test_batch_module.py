"""Where the module with the batching client goes: a place that every file of a fix can import from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmlint.config import SettingsResolver
from llmlint.engine import Run
from llmlint.fixes.batch_module import BatchModule, batch_module, template

CALL = "import anthropic\nanthropic.Anthropic().messages.create()\n"


def found(folder: Path, files: dict[str, str], paths: list[str], setting: str = "llm_batches") -> BatchModule | None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run = Run.of_paths(["."], SettingsResolver(".", {}, True, known={}), {})
    for path in paths:
        assert run.program.module(path) is not None
    return batch_module(run.program, paths, setting)


def check(module: BatchModule | None, place: str, **names: str) -> None:
    assert module is not None
    assert [each.path for each in module.new_files] == [place]
    assert module.new_files[0].text == template()
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
    files = {"run.py": CALL, "llm_batches.py": "def batching(client):\n    return client\n"}
    assert found(here, files, ["run.py"]) == BatchModule({"run.py": "llm_batches"}, ())


def test_a_module_of_that_name_with_something_else_is_left_alone(here: Path) -> None:
    assert found(here, {"run.py": CALL, "llm_batches.py": "x = 1\n"}, ["run.py"]) is None
    assert not (here / "llm_batches.py").read_text().startswith("def")


@pytest.mark.parametrize("folder", ["shop/llm", "src/shop/llm"])
def test_a_name_with_dots_stands_as_it_is(here: Path, folder: str) -> None:
    files = {"scripts/run.py": CALL, f"{folder}/texts.py": ""}
    check(found(here, files, ["scripts/run.py"], "shop.llm.batches"), f"{folder}/batches.py", run="shop.llm.batches")


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
