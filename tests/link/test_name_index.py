"""Which files may mean a method, a function or a base by a name, told from their bytes."""

from __future__ import annotations

import textwrap

import pytest

from llmlint.link.program.name_index import Mentions


def index(**files: str) -> Mentions:
    data = {f"{name}.py": textwrap.dedent(text).encode() for name, text in files.items()}
    return Mentions(sorted(data), data.__getitem__)


HOME = "class Home(Base):\n    def ask(self):\n        pass\n"
OWN = "    def ask(self):\n        pass\n    def run(self):\n        return self.ask(1), super().ask(2)\n"


@pytest.mark.parametrize(
    ("other", "is_meant"),
    [
        (f"class Other:\n{OWN}", False),
        (f"class Other(Base):\n{OWN}", False),
        (f"class Other(Home):\n{OWN}", True),
        (f"from home import Home as Parent\nclass Other(Parent):\n{OWN}", True),
        (f"class Other(Middle):\n{OWN}", True),
        (f"class Base(ABC):\n{OWN}", True),
        (f"@dataclass\nclass Root(Generic[T]):\n{OWN}", True),
        ("class Other:\n    def run(self):\n        self.ask(1)\n", True),
        (f"class Other:\n{OWN}        home.ask(3)\n", True),
        (f"class Other:\n{OWN}        self.home.ask(3)\n", True),
        (f"class Other:\n{OWN}        myself.ask(3)\n", True),
        (f"class Other:\n{OWN}        self.ask_all(3)\n", False),
        (f"class Other:\n{OWN}        make().ask(3)\n", True),
        ("x = 1\n", False),
    ],
)
def test_what_is_called_on_self_is_a_method_of_the_class_or_of_its_kin(other: str, is_meant: bool) -> None:
    found = index(base="class Base(Root):\n    pass\n", home=HOME, middle="class Middle(Home):\n    pass\n", other=other)
    assert list(found.using_method("ask", "Home")) == ["other.py"] * is_meant


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("class Sub(Home):\n    pass\n", True),
        ("class Sub(\n    home.Home,\n    Mixin,\n):\n    pass\n", True),
        ("from home import Home as Parent\nclass Sub(Parent):\n    pass\n", True),
        ("from home import (\n    Other,\n    Home as Parent,\n)\nclass Sub(Parent[int]):\n    pass\n", True),
        ("class Home:\n    pass\n", False),
        ("class Sub:\n    home: Home\n", False),
        ("@dataclass\nclass Sub:\n    def f(self, home=Home):\n        pass\n", False),
    ],
)
def test_files_with_a_class_that_derives_from_another(text: str, is_found: bool) -> None:
    assert index(other=text).deriving("Home") == ["other.py"] * is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("from home import ask\n", True),
        ("from home import (  # (sic)\n    tell,\n    ask,\n)\n", True),
        ("from .home import ask as question\n", True),
        ("from home import tell, \\\n    ask\n", True),
        ("import home\nhome.ask(1)\n", True),
        ("import pack.home as h\nrun(h.ask)\n", True),
        ("from pack import (\n    home,\n)\nhome.ask(1)\n", True),
        ("from . import helpers\nhelpers.ask(1)\n", True),
        ("from home import *\nask(1)\n", True),
        ("from elsewhere import ask\n", False),
        ("import home\nask = 1\n", False),
    ],
)
def test_files_that_may_import_a_name(text: str, is_found: bool) -> None:
    assert index(other=text).importing("ask", ("home", "pack")) == ["other.py"] * is_found
