"""Names from other files of the project, by every way to import them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from llmlint.link.program.disk import Disk
from llmlint.link.program.import_names import import_names_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES = {
    "from a module": ("from b import x\nsee(x)", {"b": "x = 'a'"}),
    "under another name": ("from b import x as y\nsee(y)", {"b": "x = 'a'"}),
    "through the module": ("import b\nsee(b.x)", {"b": "x = 'a'"}),
    "through the module under another name": ("import b as c\nsee(c.x)", {"b": "x = 'a'"}),
    "from a package": ("from p.b import x\nsee(x)", {"p__b": "x = 'a'"}),
    "through a package": ("import p.b\nsee(p.b.x)", {"p__b": "x = 'a'", "p____init__": ""}),
    "a module from a package": ("from p import b\nsee(b.x)", {"p__b": "x = 'a'"}),
    "re-exported by the package": ("from p import x\nsee(x)", {"p____init__": "from .b import x", "p__b": "x = 'a'"}),
    "re-exported under another name": ("from p import y\nsee(y)", {"p____init__": "from .b import x as y", "p__b": "x = 'a'"}),
    "everything": ("from b import *\nsee(x)", {"b": "x = 'a'"}),
    "everything, twice": ("from b import *\nsee(x)", {"b": "from c import *", "c": "x = 'a'"}),
    "below src": ("from p.b import x\nsee(x)", {"src__p__b": "x = 'a'"}),
    "bound anew": ("import b\ny = b.x\nsee(y)", {"b": "x = 'a'"}),
    "made from another": ("from b import y\nsee(y)", {"b": "from c import x\ny = x + ''", "c": "x = 'a'"}),
    "a class attribute": ("from b import A\nsee(A.x)", {"b": "class A:\n    x = 'a'"}),
    "a function": ("from b import f\nsee(f('a'))", {"b": "def f(y): return y"}),
    "an instance": ("from b import c\nsee(c.x)", {"b": "class A:\n    def __init__(self, x): self.x = x\nc = A('a')"}),
    "an inherited attribute": ("from b import A\nclass B(A): pass\nsee(B().x)", {"b": "class A:\n    x = 'a'"}),
    "inside a function": ("def f():\n    from b import x\n    see(x)", {"b": "x = 'a'"}),
    "in a cycle": ("import b\nx = 'a'\nsee(b.y)", {"b": "import main\ny = main.x"}),
}


@pytest.mark.parametrize(("code", "others"), CASES.values(), ids=CASES.keys())
def test_a_name_of_another_file_is_followed(code: str, others: dict[str, str], values_of: Callable[..., object]) -> None:
    assert values_of(code, **others) == "a"


@pytest.mark.parametrize(
    ("code", "others", "expected"),
    [
        pytest.param("from b import x\nsee(x)", {}, "external b.x", id="not of the project"),
        pytest.param(
            "import anthropic\nsee(anthropic.x)",
            {"anthropic": "x = 'a'"},
            "external anthropic.x",
            id="an SDK's name stays the SDK's",
        ),
        pytest.param("from b import x\nsee(x)", {"b": "from main import x"}, "<unknown>", id="a cycle that leads nowhere"),
        pytest.param("from b import *\nsee(x)", {"b": "from main import *"}, "<unknown>", id="a cycle of stars"),
        pytest.param("from b import y\nsee(y)", {"b": "x = 'a'"}, "<unknown>", id="a name that the module does not have"),
        pytest.param(
            "from agents import Runner\nsee(Runner)",
            {"agents____init__": "x = 'a'"},
            "external agents.Runner",
            id="an SDK whose name a package of the program has",
        ),
        pytest.param(
            "from agents import Runner\nsee(Runner)",
            {"agents____init__": "from .own import *", "agents__own": "x = 'a'"},
            "<unknown>",
            id="a package of the program that may have the name from elsewhere",
        ),
        pytest.param(
            "from agents import Runner\nsee(Runner)",
            {"agents____init__": "def __getattr__(name): return make(name)"},
            "<unknown>",
            id="a package of the program that makes its names",
        ),
    ],
)
def test_what_cannot_be_followed_is_said_to_be_unknown(
    code: str, others: dict[str, str], expected: str, values_of: Callable[..., object]
) -> None:
    assert values_of(code, **others) == expected


def test_a_root_that_is_a_package_is_imported_by_its_own_name(tmp_path: Path, values_of: Callable[..., object]) -> None:
    code = f"from {tmp_path.name}.b import x\nsee(x)"
    assert values_of(code, b="x = 'a'") == "a"


def test_relative_imports(link: Callable[..., object], values_of: Callable[..., object]) -> None:
    from_same = {"p____init__": "", "p__a": "from .b import x\ny = x", "p__b": "x = 'a'"}
    assert values_of("from p.a import y\nsee(y)", **from_same) == "a"
    from_above = {"p__q__a": "from ..b import x as y", "p__b": "x = 'a'"}
    assert values_of("from p.q.a import y\nsee(y)", **from_above) == "a"
    module = {"p__a": "from . import b\ny = b.x", "p__b": "x = 'a'"}
    assert values_of("from p.a import y\nsee(y)", **module) == "a"


def test_a_name_is_not_that_of_an_sdk_where_an_outer_package_of_the_program_has_it(values_of: Callable[..., object]) -> None:
    files = {
        "app____init__": "",
        "app__job": "from agents import Runner",
        "app__agents____init__": "x = 'a'",
        "agents____init__": "class Runner: pass",
    }
    assert values_of("from app.job import Runner\nsee(Runner)", **files) == "<unknown>"


def test_what_one_file_of_a_folder_finds_elsewhere_another_may_find_beside_it(link: Callable[..., Any]) -> None:
    linked = link("", c="", b="")
    program, c = linked.program, linked.module("c.py")
    assert program.find_import(c, "c", 0) is None
    assert program.find_import(linked.module("b.py"), "c", 0) is c
    assert program.find_import(c, "json", 0) is None
    assert program.find_import(linked.module("b.py"), "json", 0) is None
    assert program.find_import(linked.module("b.py"), "json", 1) is None


@pytest.mark.parametrize("name", [b"caf\xe9.py", b"caf\xe9/ask.py"])
def test_the_name_of_a_module_may_be_no_text(tmp_path: Path, name: bytes) -> None:
    """Names of files are bytes: those that are no UTF-8 are searched as they are, and no import can mean them."""
    data = "import sys\nsys.path.append('caf')\nimport ask\nfrom caf\xe9 import ask\n".encode()
    (tmp_path / "ask.py").write_bytes(b"")
    found = import_names_in(Disk(), str(tmp_path / "run.py"), data, os.path.join(tmp_path, os.fsdecode(name)))
    assert found == set()
