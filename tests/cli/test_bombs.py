"""Small files that would take all time or memory: what they make is unknown beyond a bound, and the run goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")

HEAD = "import json, os, string\nimport anthropic, jinja2, yaml\n\nclient = anthropic.Anthropic()\n"
LEVELS = 40


def call(system: str, **others: str) -> str:
    given = ", ".join(f"{name}={value}" for name, value in {"system": system, "messages": "[]", **others}.items())
    return f'client.messages.create(model="claude-haiku-4-5", max_tokens=9, {given})\n'


def doubled(first: str, step: str, used: str = "{last}", **others: str) -> dict[str, str]:
    """A program in which each value is made of the one before, twice."""
    last = f"p{LEVELS}"
    steps = "".join(step.format(old=f"p{number}", new=f"p{number + 1}") + "\n" for number in range(LEVELS))
    given = {name: value.format(last=last) for name, value in others.items()}
    return {"app.py": HEAD + first.format(new="p0") + "\n" + steps + call(used.format(last=last), **given)}


def rendered(code: str, content: str) -> dict[str, str]:
    return {"app.py": HEAD + call(code), "prompt": content}


def diamond(last: str) -> dict[str, str]:
    """Modules in pairs, each of which imports everything from both of the pair before."""
    files = {f"{side}{n}.py": f"from a{n - 1} import *\nfrom b{n - 1} import *\n" for n in range(1, LEVELS) for side in "ab"}
    top = f"from a{LEVELS - 1} import *\nfrom b{LEVELS - 1} import *\n"
    return {**files, "a0.py": 'P = "x"\n', "b0.py": 'P = "x"\n', "app.py": top + HEAD + call(last)}


def aliases(step: str) -> str:
    lines = ["a0: &a0 {x: y}"] + [f"a{n}: &a{n} " + step.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12)]
    return "\n".join([*lines, "text: hello"])


YAML = 'yaml.safe_load(open("prompt").read())["text"]'
JINJA = 'jinja2.Template(open("prompt").read()).render(a="x")'
SHAPES = {
    "f-strings": doubled('{new} = "0123456789"', '{new} = f"{{{old}}}{{{old}}}"'),
    "f-strings with holes": doubled('{new} = f"x{{os.getcwd()}}"', '{new} = f"{{{old}}}{{{old}}}"'),
    "sums": doubled('{new} = "0123456789"', "{new} = {old} + {old}"),
    "augmented sums": {"app.py": HEAD + 'p = "0123456789"\n' + "p += p\n" * LEVELS + call("p")},
    "format": doubled('{new} = "0123456789"', '{new} = "{{a}}{{a}}".format(a={old})'),
    "percent": doubled('{new} = "0123456789"', '{new} = "%s%s" % ({old}, {old})'),
    "join": doubled('{new} = "0123456789"', '{new} = "".join([{old}, {old}])'),
    "replace": doubled('{new} = "aaaa"', '{new} = {old}.replace("a", "aa")'),
    "repetition": doubled('{new} = "aaaa"', "{new} = {old} * 1000"),
    "string functions": doubled('{new} = "aaaa"', "{new} = ({old} + {old}).upper()"),
    "string templates": doubled('{new} = "aaaa"', '{new} = string.Template("$a$a").substitute(a={old})'),
    "tuples": doubled('{new} = ("x", "y")', "{new} = ({old}, {old})"),
    "tuples as text": doubled('{new} = ("x", "y")', "{new} = ({old}, {old})", 'f"{{{last}}}"'),
    "lists": doubled('{new} = ["x", "y"]', "{new} = {old} + {old}", '"".join({last})'),
    "lists in lists": doubled('{new} = ["x", "y"]', "{new} = [*{old}, *{old}]", '"".join({last})'),
    "extended lists": doubled('{new} = ["x", "y"]', "{new} = [*{old}]; {new}.extend({old})", '"".join({last})'),
    "repeated tuples": doubled('{new} = ("x", "y")', "{new} = {old} * 2", '"".join({last})'),
    "dicts": doubled('{new} = {{"a": "x"}}', '{new} = {{"a": {old}, "b": {old}}}', 'f"{{{last}}}"'),
    "messages": doubled('{new} = {{"a": "x"}}', '{new} = {{"a": {old}, "b": {old}}}', "{last}", messages="{last}"),
    "tools": doubled('{new} = {{"a": "x"}}', '{new} = {{"a": {old}, "b": [{old}]}}', '"x"', tools="[{last}]"),
    "branches": doubled('{new} = "aa"', '{new} = {old} + "a" if os.x else {old} + "b"'),
    "functions": doubled('def {new}(): return "0123456789"', "def {new}(): return {old}() + {old}()", "{last}()"),
    "class attributes": doubled('class {new}: x = "a"', "class {new}({old}):\n    x = {old}.x + {old}.x", "{last}.x"),
    "star imports": diamond("P"),
    "star imports of nothing": diamond("ABSENT"),
    "YAML aliases": rendered(YAML, aliases("[{}]")),
    "YAML merges": rendered(YAML, aliases("{{<<: [{}]}}")),
    "YAML nesting": rendered(YAML, "text: hello\nx: " + "[" * 100_000),
    "YAML length": rendered(YAML, "text: hello\n" + "x: [a, b, c]\n" * 70_000),
    "JSON nesting": rendered('json.loads(open("prompt").read())["text"]', "[" * 900_000),
    "Jinja expressions": rendered(JINJA, "{{" * 400_000),
    "Jinja blocks": rendered(JINJA, "{% " * 300_000),
    "Jinja comments": rendered(JINJA, "{# " * 300_000),
    "Jinja spaces": rendered(JINJA, "{{" + " " * 900_000),
    "Jinja fields": rendered(JINJA, "{{ a }}{{ b }}" * 60_000),
    "format fields": rendered('open("prompt").read().format(a="x")', "{a}" * 300_000),
    "percent fields": rendered('open("prompt").read() % ("x",)', "%s" * 400_000),
    "dollar fields": rendered('string.Template(open("prompt").read()).substitute(a="x")', "$b" * 400_000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_bomb_does_not_go_off(tmp_path: Path, shape: str) -> None:
    for name, text in SHAPES[shape].items():
        (tmp_path / name).write_text(text)
    limited = f"ulimit -v 3000000; exec {sys.executable} -m llmlint --no-cache --isolated"
    result = subprocess.run(["bash", "-c", limited], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.stderr == ""
    assert result.returncode in (0, 1)
