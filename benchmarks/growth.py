"""How the time of a run grows with the size of one file, for shapes of code that may grow worse than the file does.

    python benchmarks/growth.py                      # all shapes, 256 to 16,384
    python benchmarks/growth.py loops calls          # these
    python benchmarks/growth.py --most 2048 --limit 60

Each shape is a function from a size to the text of a file. It is checked at doubling sizes, each in a process of its own, without a cache. The
largest ratio of the processor time at one size to that at half of it is printed, of times above a floor beside which starting up counts. Where a
ratio is above the goal, both times are measured again, and the least ones count: other processes take the caches of the processor away. A shape
stops at the first size that takes longer than the limit.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable

HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"
MESSAGES = '[{"role": "user", "content": "hi"}]'
CALL = f'client.messages.create(model="claude-opus-4-8", max_tokens=100, messages={MESSAGES})'
FLOOR = 0.5
"""Seconds beyond an empty run from which on a time counts."""
GOAL = 2.3

Shape = Callable[[int], str]
_SHAPES: dict[str, Shape] = {}


def shape(make: Shape) -> Shape:
    _SHAPES[make.__name__] = make
    return make


def lines(form: str, count: int) -> str:
    """A line for each number below `count`, with the number in place of `N` and the next one in place of `M`."""
    return "".join(form.replace("N", str(n)).replace("M", str(n + 1)) + "\n" for n in range(count))


def create(messages: str = MESSAGES, more: str = "") -> str:
    return f'client.messages.create(model="claude-opus-4-8", max_tokens=100, messages={messages}{more})\n'


@shape
def calls(n: int) -> str:
    return HEAD + lines(CALL.replace("hi", "hi N"), n)


@shape
def calls_of_one_constant(n: int) -> str:
    return HEAD + 'MODEL = "claude-opus-4-8"\n' + (CALL.replace('"claude-opus-4-8"', "MODEL") + "\n") * n


@shape
def calls_in_functions(n: int) -> str:
    return HEAD + lines(f"def fN(a):\n    return {CALL.replace(chr(34) + 'hi' + chr(34), 'a')}\n", n)


@shape
def messages(n: int) -> str:
    return HEAD + create("[" + lines('{"role": "user", "content": f"hi N {x}"},', n) + "]")


@shape
def messages_appended(n: int) -> str:
    return HEAD + "m = []\n" + lines('m.append({"role": "user", "content": "hi N"})', n) + create("m")


@shape
def messages_added(n: int) -> str:
    return HEAD + "m = []\n" + lines('m += [{"role": "user", "content": "hi N"}]', n) + create("m")


@shape
def messages_concatenated(n: int) -> str:
    return HEAD + "m = []\n" + lines('m = m + [{"role": "user", "content": "hi N"}]', n) + create("m")


@shape
def tools(n: int) -> str:
    tool = '{"name": "tN", "description": "does N", "input_schema": {"type": "object", "properties": {}}},'
    return HEAD + create(more=", tools=[" + lines(tool, n) + "]")


@shape
def tools_by_name(n: int) -> str:
    tool = 'tN = {"name": "tN", "description": "does N", "input_schema": {"type": "object", "properties": {}}}'
    return HEAD + lines(tool, n) + create(more=", tools=[" + ", ".join(f"t{i}" for i in range(n)) + "]")


@shape
def properties_of_a_tool(n: int) -> str:
    properties = lines('"pN": {"type": "string", "description": "does N"},', n)
    tool = f'{{"name": "t", "description": "d", "input_schema": {{"type": "object", "properties": {{{properties}}}}}}}'
    return HEAD + create(more=f", tools=[{tool}]")


@shape
def bindings_of_one_name(n: int) -> str:
    return HEAD + lines('x = "text N"', n) + create(more=", system=x")


@shape
def bindings_in_branches(n: int) -> str:
    return HEAD + lines('if c == N:\n    x = "text N"', n) + create(more=", system=x")


@shape
def bindings_in_a_chain(n: int) -> str:
    return HEAD + "x0 = input()\n" + lines("xM = xN", n) + create(more=f", system=x{n}")


@shape
def text_grown(n: int) -> str:
    return HEAD + 'x = ""\n' + lines('x += "text N"', n) + create(more=", system=x")


@shape
def text_doubled(n: int) -> str:
    return HEAD + "x0 = input()\n" + lines('xM = f"{xN}{xN}"', n) + create(more=f", system=x{n}")


@shape
def dicts_doubled(n: int) -> str:
    return HEAD + "x0 = input()\n" + lines('xM = {"a": xN, "b": xN}', n) + create(more=f", system=str(x{n})")


@shape
def keys_stored(n: int) -> str:
    return HEAD + "d = {}\n" + lines('d["kN"] = "text N"', n) + create(more=', system=d["k0"]')


@shape
def attributes_stored(n: int) -> str:
    return HEAD + "class A:\n  pass\na = A()\n" + lines('a.kN = "text N"', n) + create(more=", system=a.k0")


@shape
def branches(n: int) -> str:
    # Python compiles about 1,000 in one statement.
    return HEAD + ("if c: x = 1\n" + lines("elif c == N: x = N", min(n, 256))) * max(1, n // 256) + create()


@shape
def calls_in_branches(n: int) -> str:
    return HEAD + lines(f"if c == N:\n    {CALL}", n)


@shape
def classes(n: int) -> str:
    return HEAD + lines(f"class AN:\n    def run(self, a):\n        return {CALL.replace(chr(34) + 'hi' + chr(34), 'a')}\n", n)


@shape
def subclasses(n: int) -> str:
    method = f"    def run(self, a):\n        return {CALL}\n"
    return HEAD + f"class A0:\n{method}" + lines("class AM(AN):\n    pass", n) + f"A{n}().run(1)\n"


@shape
def classes_of_one_base(n: int) -> str:
    call = CALL.replace('"hi"', "self.prompt()")
    return (
        HEAD
        + f"class A:\n    def run(self):\n        return {call}\n"
        + lines('class BN(A):\n    def prompt(self):\n        return "N"', n)
    )


@shape
def wrappers(n: int) -> str:
    first = CALL.replace('"hi"', "a")
    return HEAD + f"def w0(a):\n    return {first}\n" + lines("def wM(a):\n    return wN(a)", n) + f'w{n}("hi")\n'


@shape
def callers_of_a_wrapper(n: int) -> str:
    return HEAD + f"def w(a):\n    return {CALL.replace(chr(34) + 'hi' + chr(34), 'a')}\n" + lines('w("hi N")', n)


@shape
def functions_that_call_a_wrapper(n: int) -> str:
    wrapper = f"def w(a):\n    return {CALL.replace(chr(34) + 'hi' + chr(34), 'a')}\n"
    return HEAD + wrapper + lines('def fN(b):\n    return w(b + "hi N")', n)


def layers(width: int, count: int) -> str:
    """Layers of helpers, each of which calls all of the next layer; a loop calls the first ones and the model."""
    text = HEAD
    for layer in range(count):
        for number in range(width):
            body = " + ".join(f"h{layer + 1}_{other}(a)" for other in range(width)) if layer + 1 < count else f"a + {number}"
            text += f"def h{layer}_{number}(a):\n    return {body}\n"
    called = CALL.replace('"hi"', "h0_0(item)")
    return text + f"def run(items):\n    out = []\n    for item in items:\n        out.append({called})\n    return out\n"


@shape
def layers_of_helpers(n: int) -> str:
    width = max(2, round(n ** (1 / 3)))
    return layers(width, width)


@shape
def call_graph(n: int) -> str:
    """Functions that call ten others each, with an LLM call in each of them."""
    text = HEAD
    for number in range(n // 16):
        body = "".join(f"    f{(number * 7 + other * 13 + 1) % max(n // 16, 1)}(a)\n" for other in range(10))
        text += f"def f{number}(a):\n{body}    return {CALL.replace(chr(34) + 'hi' + chr(34), 'a')}\n"
    return text


LOOP = """def run{n}(items):
    out = []
    for item in items:
        reply = client.messages.create(model="claude-opus-4-8", max_tokens=100, messages=[{{"role": "user", "content": item}}])
        out.append(reply.content[0].text)
    return out
"""


@shape
def loops(n: int) -> str:
    return HEAD + "".join(LOOP.format(n=i) for i in range(n))


@shape
def loops_in_one_function(n: int) -> str:
    body = LOOP.format(n=0).split("\n", 2)[2].rsplit("    return", 1)[0]
    return HEAD + "def run(items):\n    out = []\n" + body * n + "    return out\n"


@shape
def calls_in_a_loop(n: int) -> str:
    call = CALL.replace('"hi"', "item")
    return (
        HEAD + "def run(items):\n    for item in items:\n" + lines(f"        rN = {call}\n        print(rN.content[0].text)", n)
    )


@shape
def statements_in_a_loop(n: int) -> str:
    return HEAD + "def run(items):\n    for item in items:\n" + lines("        xN = item.strip(N)", n) + f"        {CALL}\n"


@shape
def comprehensions(n: int) -> str:
    return HEAD + lines(f"def rN(items):\n    return [{CALL.replace(chr(34) + 'hi' + chr(34), 'item')} for item in items]", n)


@shape
def gathers(n: int) -> str:
    text = "import asyncio\nimport anthropic\nclient = anthropic.AsyncAnthropic()\n"
    call = CALL.replace('"hi"', "item")
    return text + lines(f"async def rN(items):\n    return await asyncio.gather(*[{call} for item in items])", n)


@shape
def histories(n: int) -> str:
    turn = CALL.replace(MESSAGES, "h")
    body = f'    h = []\n    while True:\n        h.append({{"role": "user", "content": input()}})\n        r = {turn}\n        h.append(r)\n'
    return HEAD + "".join(f"def chat{i}():\n{body}" for i in range(n))


@shape
def turns_of_one_history(n: int) -> str:
    turn = 'h.append({"role": "user", "content": "qN"})\nrN = ' + CALL.replace(MESSAGES, "h") + "\nh.append(rN)"
    return HEAD + "h = []\n" + lines(turn, n)


@shape
def unpacking(n: int) -> str:
    names = ", ".join(f"x{i}" for i in range(n))
    return HEAD + f"{names} = {', '.join(str(i) for i in range(n))}\n" + create(more=", system=x0")


@shape
def unpacked_dicts(n: int) -> str:
    return (
        HEAD + 'd0 = {"system": "s"}\n' + lines('dM = {**dN, "kN": 1}', n) + create(more=f', extra=d{n}, system=d{n}["system"]')
    )


@shape
def unpacked_lists(n: int) -> str:
    return HEAD + "m0 = []\n" + lines('mM = [*mN, {"role": "user", "content": "N"}]', n) + create(f"m{n}")


@shape
def keywords(n: int) -> str:
    return (
        HEAD
        + "def f(**kw):\n    return "
        + create(more=', system=kw["k0"]')
        + "f("
        + ", ".join(f"k{i}=1" for i in range(n))
        + ")\n"
    )


@shape
def parameters(n: int) -> str:
    names = ", ".join(f"p{i}=None" for i in range(n))
    return HEAD + f"def f({names}):\n    return " + create(more=", system=p0") + "f('s')\n"


@shape
def noqa_lines(n: int) -> str:
    return HEAD + lines("xN = 1  # noqa: E501", n) + create()


@shape
def suppressions(n: int) -> str:
    return HEAD + lines(f"{CALL}  # llmlint: ignore[LLM201]", n)


@shape
def unused_suppressions(n: int) -> str:
    return HEAD + create() + lines("xN = 1  # llmlint: ignore[LLM201]", n)


@shape
def strings_side_by_side(n: int) -> str:
    return HEAD + "x = (\n" + lines('"some words N "', n) + ")\n" + create(more=", system=x")


@shape
def f_strings_side_by_side(n: int) -> str:
    return HEAD + "x = (\n" + lines('f"some words {aN} "', n) + ")\n" + create(more=", system=x")


@shape
def holes_of_an_f_string(n: int) -> str:
    return HEAD + 'x = f"' + "".join(f"{{a{i}}} and " for i in range(n)) + '"\n' + create(more=", system=x")


@shape
def a_long_string(n: int) -> str:
    return HEAD + 'x = """' + "some words and a line\n" * n + '"""\n' + create(more=", system=x")


@shape
def a_long_prompt_with_a_hole(n: int) -> str:
    return (
        HEAD
        + 'import datetime\nx = f"""now {datetime.datetime.now()}\n'
        + "some words and a line\n" * n
        + '"""\n'
        + create(more=", system=x")
    )


@shape
def a_long_line(n: int) -> str:
    return HEAD + "x = [" + ", ".join(["'anthropic'"] * n) + "]\n" + create()


@shape
def sums(n: int) -> str:
    return HEAD + "x = " + " + ".join(["a"] * min(n, 900)) + "\n" + create(more=", system=x") + "y = [" + "a + b, " * n + "]\n"


@shape
def operands(n: int) -> str:
    return HEAD + "x = " + " or ".join(["a"] * n) + "\n" + create(more=", system=x")


@shape
def comparisons(n: int) -> str:
    return HEAD + lines("assert aN < bN", n) + create()


@shape
def comments(n: int) -> str:
    return HEAD + lines("# a comment with 'quotes' and client.messages.create(", n) + create()


@shape
def comments_in_brackets(n: int) -> str:
    return HEAD + "x = [(\n" + "# it's a comment (\n" * n + "1)]\n" + lines("y = (  # a\n  N\n)", n) + create()


@shape
def spaces(n: int) -> str:
    return HEAD + " " * n * 16 + "\n" + "x = 1" + " " * n * 16 + "# c\n" + "\n" * n + create()


@shape
def spaces_in_a_call(n: int) -> str:
    return HEAD + f'client.messages.create(model="claude-opus-4-8",{" " * n * 16}max_tokens=100{" " * n * 16})\n'


@shape
def words(n: int) -> str:
    return HEAD + 'x = """' + "anthropic" * n + " messages " * n + "messages\t" * n + '"""\n' + create(more=", system=x")


@shape
def underscores(n: int) -> str:
    return HEAD + "x" + "_" * 16 * n + " = 1\n" + "# create" + "w" * 16 * n + "\n" + create()


@shape
def brackets(n: int) -> str:
    return HEAD + 'x = "' + "{[(" * n + '"\n' + create(more=", system=x") + create(more=", system=x.format(1)")


@shape
def imports(n: int) -> str:
    return HEAD + lines("from aN import bN as cN", n) + create(more=", system=c0")


@shape
def dots(n: int) -> str:
    return HEAD + "import a" + ".b" * n + "\n" + create()


@shape
def functions(n: int) -> str:
    return HEAD + lines("def fN(a):\n    return a + N", n) + create()


@shape
def nested_functions(n: int) -> str:
    return HEAD + "def f():\n" + lines("    def gN(a):\n        return a + N", n) + "    return " + create()


@shape
def decorators(n: int) -> str:
    return HEAD + lines(f"@dN\ndef fN(a):\n    return {CALL}", n)


@shape
def handlers(n: int) -> str:
    return HEAD + "try:\n    x = 1\n" + lines("except E.N as e:\n    x = N".replace("E.N", "EN"), n) + create(more=", system=x")


@shape
def with_blocks(n: int) -> str:
    return HEAD + lines(f"with aN as bN:\n    {CALL}", n)


@shape
def cases(n: int) -> str:
    return HEAD + "match c:\n" + lines('    case N:\n        x = "N"', n) + create(more=", system=x")


@shape
def lambdas(n: int) -> str:
    return HEAD + lines(f"fN = lambda a: {CALL.replace(chr(34) + 'hi' + chr(34), 'a')}", n)


@shape
def enum_members(n: int) -> str:
    return (
        HEAD
        + "import enum\nclass M(enum.Enum):\n"
        + lines('    AN = "claude-N"', n)
        + CALL.replace('"claude-opus-4-8"', "M.A0.value")
        + "\n"
    )


@shape
def notebook_cells(n: int) -> str:
    import json

    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": f"x{i} = {i}\n{CALL}"}
        for i in range(n)
    ]
    cells.insert(0, {**cells[0], "source": HEAD})
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


@shape
def broken_notebook_cells(n: int) -> str:
    import json

    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": f"x{i} = = {i}"} for i in range(n)
    ]
    cells.insert(0, {**cells[0], "source": HEAD + CALL})
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


@shape
def wrappers_of_wrappers(n: int) -> str:
    """Four wrappers one behind the other, each with its own callers."""
    first = CALL.replace('"hi"', "a")
    text = HEAD + f"def w0(a):\n    return {first}\n" + lines('def wM(a):\n    return wN(a + "N")', 3)
    return text + "".join(f'def f{i}(b):\n    return w{i % 4}(b + "hi {i}")\n' for i in range(n))


@shape
def methods_of_one_class(n: int) -> str:
    head = "class A:\n    def __init__(self):\n        self.client = anthropic.Anthropic()\n        self.model = "
    call = CALL.replace('"claude-opus-4-8"', "self.model").replace('"hi"', "a").replace("client.", "self.client.")
    return HEAD + head + '"claude-opus-4-8"\n' + lines(f"    def mN(self, a):\n        return {call}", n) + 'A().m0("hi")\n'


@shape
def prompts_of_one_dict(n: int) -> str:
    text = HEAD + "PROMPTS = {\n" + lines('    "pN": "You are assistant N. Be brief.",', n) + "}\n"
    return text + lines("def fN(a):\n    return " + create('[{"role": "user", "content": a}]', ', system=PROMPTS["pN"]'), n)


@shape
def steps_of_a_pipeline(n: int) -> str:
    """Each step's prompt is made from the reply of the one before."""
    call = CALL.replace('"hi"', 'f"go on: {tN}"')
    return HEAD + "def run(t0):\n" + lines(f"    rN = {call}\n    tM = rN.content[0].text", n) + f"    return t{n}\n"


@shape
def commands(n: int) -> str:
    """A call in each of many branches of one function, in statements of at most 256 branches."""
    text = HEAD + "def run(c, a):\n"
    for start in range(0, n, 256):
        text += "".join(
            f"    {'el' if i > start else ''}if c == 'c{i}':\n        return "
            + create(f'[{{"role": "user", "content": f"do {i}: {{a}}"}}]')
            for i in range(start, min(start + 256, n))
        )
    return text


@shape
def calls_under_tests(n: int) -> str:
    """Calls of one function that a loop calls, some of which are made where the reply of another is there."""
    call = CALL.replace(MESSAGES, "m")
    body = lines(f"    aN = {call}\n    if aN:\n        bN = {call}", n)
    return (
        HEAD
        + f'def f(x):\n    m = [{{"role": "user", "content": x}}]\n{body}    return a0\n'
        + "for x in open('a'):\n    print(f(x))\n"
    )


@shape
def notebook_cells_with_loops(n: int) -> str:
    """A loop with a call in each tenth cell, and cells that read what it has bound."""
    import json

    loop = 'out = []\nfor x in xs:\n    r = client.messages.create(model="claude-opus-4-8", max_tokens=100, '
    loop += 'messages=[{"role": "user", "content": x}])\n    out.append(r.content[0].text)'
    sources = [HEAD, *(loop if i % 10 == 5 else f"x{i} = len(out)\nprint(x{i}, out, r)" for i in range(n))]
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": each} for each in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


@shape
def stars_of_globs(n: int) -> str:
    """In an ignore file, which stands beside the file."""
    return HEAD + create()


def beside(name: str, size: int) -> dict[str, str]:
    """The other files of a shape."""
    if name != "stars_of_globs":
        return {}
    return {
        ".gitignore": "\n".join("*" + "a*" * length + "b" for length in range(1, max(size // 64, 2))) + "\n",
        "a" * 200 + ".py": "x = 1\n",
    }


def seconds(name: str, size: int, limit: float, options: list[str]) -> float | None:
    """The processor time that a run over a shape takes; None where that is longer than the limit. Raises RuntimeError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, ".git"))
        suffix = "ipynb" if "notebook" in name else "py"
        for path, text in {f"a.{suffix}": _SHAPES[name](size), **beside(name, size)}.items():
            with open(os.path.join(folder, path), "w") as file:
                file.write(text)
        command = [sys.executable, "-P", "-m", "llmlint", "check", "--no-cache", "--quiet", *options, folder]
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Of processor time: others may use the machine, too.
        bound = lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit)))  # noqa: E731
        outcome = subprocess.run(command, check=False, capture_output=True, text=True, preexec_fn=bound)
        if outcome.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
            return None
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if (outcome.returncode not in (0, 1) and not name.startswith("broken")) or "internal error" in outcome.stderr:
        raise RuntimeError(outcome.stderr.strip()[-200:] or f"exit code {outcome.returncode}")
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--least", type=int, default=256)
    parser.add_argument("--most", type=int, default=16_384)
    parser.add_argument("--limit", type=float, default=60, help="seconds that a run may take")
    parser.add_argument("--tries", type=int, default=3, help="how often times are measured whose ratio is above the goal")
    parser.add_argument("--option", action="append", default=[], help="one more option of `llmlint check`, such as --diff")
    arguments = parser.parse_args()
    base = min(seconds("stars_of_globs", 1, 60, arguments.option) or 0 for _ in range(3))
    worse = 0

    def measured(name: str, size: int) -> float | None:
        """Seconds beyond those of an empty run."""
        taken = seconds(name, size, arguments.limit, arguments.option)
        return None if taken is None else max(taken - base, 0)

    for name in arguments.shapes or _SHAPES:
        times: list[tuple[int, float]] = []
        said = ""
        size = arguments.least
        while size <= arguments.most and not said:
            try:
                taken = measured(name, size)
                for _ in range(arguments.tries - 1):
                    if taken is None or not times or times[-1][1] < FLOOR or taken <= GOAL * times[-1][1]:
                        break
                    times[-1] = (size // 2, min(times[-1][1], measured(name, size // 2) or times[-1][1]))
                    taken = min(taken, measured(name, size) or taken)
            except RuntimeError as error:
                said = f"{size}: {error}"
                break
            if taken is None:
                said = f"{size}: more than {arguments.limit:g} s"
            else:
                times.append((size, taken))
            size *= 2
        ratios = [later / earlier for (_, earlier), (_, later) in itertools.pairwise(times) if earlier >= FLOOR]
        largest = max(ratios, default=1.0)
        is_worse = bool(said) or largest > GOAL
        worse += is_worse
        figures = " ".join(f"{taken:.1f}" for _, taken in times)
        print(f"{'WORSE' if is_worse else 'ok':5} {name:30} {largest:4.1f}  {figures}  {said}", flush=True)
    print(f"{worse} shapes grow worse than {GOAL}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
