"""Which function of the table a library call goes to."""

from __future__ import annotations

from typing import Any

import pytest

from llmlint.link.values.known import file_contents, rendering, settings, standard
from llmlint.link.values.known.table import find

FOUND = [
    ("os.environ.get", standard.environment),
    ("settings.os.environ.get", standard.environment),
    ("dotenv.getenv", standard.environment),
    ("textwrap.dedent", standard.dedent),
    ("mine.dedent", None),
    ("typing.cast", standard.cast),
    ("tomllib.load", file_contents.toml),
    ("pathlib.Path", file_contents.path),
    ("jinja2.Template", rendering.template),
    ("string.Template().substitute", rendering.render),
    ("jinja2.Environment().get_template().render", rendering.render),
    ("pydantic.Field", settings.field),
    ("typer.Option", settings.option),
    ("openai.OpenAI", None),
]


@pytest.mark.parametrize(("name", "function"), FOUND)
def test_a_call_goes_to_the_function_for_the_longest_name_that_is_known(name: str, function: Any) -> None:
    assert find(name) is function
