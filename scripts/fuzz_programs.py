"""Makes small programs that call an LLM, as oddly written as Python allows: material for `scripts/fuzz_fixes.py`.

A program is a pure function of its seed. It runs to its end with stand-ins for the SDKs in place. Lines with `keep_` in them are
no business of any fix: they must come back to the byte.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

SENTENCES = 72
"""How many sentences a prompt has: about 750 tokens, which is more than Claude Opus 5.5 needs to cache it."""

_WORDS = ("Answer", "from", "this", "handbook", "and", "nothing", "else", "Grüße", "naïve")
_ASTRAL = ("\U0001f600", "日本", "𝔘")
_MODELS = ("claude-opus-5-5",) * 5 + ("claude-opus-4-1", "claude-haiku-5-5", "claude-3-opus-20240229", "claude-fable-5-2")
_COMMENTS = ("# why", "#", '# it\'s a "test"', "# [1] (2) {3", "# type: ignore", "#: doc", "# a, b\\", "#!no", "# noqa")


@dataclass(frozen=True, slots=True)
class Program:
    """One file."""

    name: str
    data: bytes


class _Writer:
    """Writes one program. Every choice comes from `random`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.count = 0
        self.encoding = self.pick("utf-8", "utf-8", "utf-8", "latin-1", "cp1252", "ascii")
        self.step = self.pick("    ", "    ", "  ", "\t", "        ", " ")
        self.quote = self.pick('"', "'")
        self.head: list[str] = []

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def maybe(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance

    def name(self, stem: str) -> str:
        self.count += 1
        odd = self.pick("", "", "", "ü", "_é") if self.encoding != "ascii" else ""
        return f"{stem}{odd}_{self.seed}_{self.count}"

    # Text

    def words(self) -> str:
        """One sentence, with what strings make difficult but no line break, brace, quote or backslash."""
        words = [self.pick(*_WORDS) for _ in range(8)]
        text = " ".join(words) + ". "
        if self.encoding == "utf-8" and self.maybe(0.1):
            text += self.pick(*_ASTRAL) + " "
        return text if self.encoding != "ascii" else text.encode("ascii", "ignore").decode()

    def literal(self, text: str, prefix: str = "") -> str:
        """A string literal on one line, in some spelling."""
        if "b" not in prefix and "r" not in prefix and self.maybe(0.2):
            text += self.pick("\\n", "\\t", "\\x41", "\\\\", "\\'", '\\"', "\\N{BULLET}", "\\101")
        quote = self.pick('"', "'", '"""', "'''")
        return f"{prefix}{quote}{text}{quote}"

    def text(self, indent: str, sentences: int = SENTENCES) -> str:
        """An expression for a long text that is the same in each call, of several lines in some spellings."""
        form = self.random.randrange(9)
        deep = indent + self.step
        if form == 0:
            return self.literal("".join(self.words() for _ in range(sentences)), self.pick("", "r", "u", "R"))
        if form == 1:
            quote = self.pick('"""', "'''")
            lines = "\n".join(self.pick("", "\t", "  ", "\f") + self.words() for _ in range(sentences))
            return f"{quote}{self.pick('', chr(92) + chr(10))}{lines}{self.pick('', chr(10), chr(10) + indent)}{quote}"
        if form in (2, 3):
            parts = []
            left = sentences
            while left > 0:
                size = min(left, self.random.randrange(1, 30))
                left -= size
                comment = f"  {self.pick(*_COMMENTS)}" if self.maybe(0.3) else ""
                parts.append(f"{deep}{self.literal(''.join(self.words() for _ in range(size)))}{comment}\n")
            before = f"{deep}{self.pick(*_COMMENTS)}\n" if self.maybe(0.3) else ""
            return f"(\n{before}{''.join(parts)}{indent})"
        if form == 4:
            halves = (self.literal("".join(self.words() for _ in range(sentences // 2))) for _ in range(2))
            return self.pick(" + ", f" \\\n{deep}+ ", " +\\\n", "+").join(halves) if self.maybe() else " ".join(halves)
        if form == 5:
            lines = f",\n{deep}".join(self.literal(self.words() * 8) for _ in range(sentences // 8))
            glue = self.pick('""', "chr(10)", "' '")
            return f"{glue}.join([\n{deep}{lines},\n{indent}])"
        if form == 6:
            return f'textwrap.dedent("""\n{"".join(f"{deep}{self.words()}" + chr(10) for _ in range(sentences))}{indent}""")'
        if form == 7:
            return f"(({self.literal(''.join(self.words() for _ in range(sentences)))}))"
        return f"({self.literal(self.words() * sentences)}).strip()"

    def templated(self, indent: str, hole: str) -> str:
        """A long stable text that ends in something else in each call."""
        start = "".join(self.words() for _ in range(SENTENCES))
        end = self.pick("", "", " now. ", "!", " ".join(self.words() for _ in range(3)))
        form = self.random.randrange(8)
        plain = self.pick('"', "'", '"""', "'''")
        if form == 0:
            return f"{self.pick('f', 'F', 'rf', 'fR')}{plain}{start}{{{hole}}}{end}{plain}"
        if form == 1:
            return f"f{plain}{start}{{{{x}}}} {{{hole}!r:>{{10}}}}{end}{plain}"
        if form == 2:
            deep = indent + self.step
            tail = f"  {self.pick(*_COMMENTS)}" if self.maybe() else ""
            return f"(\n{deep}{self.literal(start)}{tail}\n{deep}f{plain}{{{hole}}}{end}{plain}\n{indent})"
        if form == 3:
            return f"{self.literal(start)} + {hole} + {self.literal(end)}"
        if form == 4:
            return f'"{start.replace("%", "%%")}%s{end}" % ({hole},)'
        if form == 5:
            return f'"{start}{{}}{end}".format({hole})'
        if form == 6:
            inner = "'" if plain[0] == '"' else '"'
            return f"f{plain}{start}{{dict(k={hole})[{inner}k{inner}]}}{end}{plain}"
        same = plain[0]
        # The first is Python 3.12 and later only (PEP 701).
        return (
            f"f{same}{start}{{dict(k={hole})[{same}k{same}]}}{end}{same}"
            if self.maybe(0.3)
            else f"f{same}{start}{{{hole}=}}{end}{same}"
        )

    # Requests

    def mark(self) -> str:
        return self.pick('"cache_control": {"type": "ephemeral"}', "'cache_control':{'type':'ephemeral','ttl':'5m'} ")

    def prompt(self, indent: str, hole: str) -> str:
        if self.maybe(0.3):
            return self.templated(indent, hole)
        text = self.text(indent)
        form = self.random.randrange(13)
        if form == 8:
            # The last mark covers what differs in each call.
            return f'[{{"type": "text", "text": {text}}}, {{"type": "text", {self.mark()}, "text": {hole}}}]'
        if form == 9:
            parts = f",\n{indent}{self.step}".join(f'{{"type": "text", "text": "{n}", {self.mark()}}}' for n in range(5))
            return f"[\n{indent}{self.step}{parts}{self.pick('', ',', ', ' + self.pick(*_COMMENTS) + chr(10))}]"
        if form == 10:
            return f'[{{"type": "text", "text": {self.literal(self.words())}, {self.mark()}{self.pick("", ",")}}}]'
        if form == 11:
            clock = self.pick("{datetime.date.today()}", "{datetime.date.today():%Y}", f"{{{hole}}}")
            return f'f"As of {clock}: " + {text}'
        if form == 12:
            return f'f"""{{{hole}}}\n\n{"".join(self.words() for _ in range(SENTENCES))}"""'
        if form == 0:
            return f'[{{"type": "text", "text": {text}}}]'
        if form == 1:
            deep = indent + self.step
            return f"[\n{deep}{{'type': 'text', 'text': {text}}},  {self.pick(*_COMMENTS)}\n{deep}dict(type='text', text={hole}),\n{indent}]"
        if form == 2:
            return f"{text} if {hole} else {self.literal(self.words())}"
        if form == 3:
            return f"({self.name('walrus')} := {text})"
        if form == 4:
            constant = self.name("PROMPT")
            self.head.append(f"{constant} = {self.text('')}{self.tail()}\n")
            return constant
        if form == 5:
            holder = self.name("Holder")
            self.head.append(f"class {holder}:\n{self.step}text = {self.text(self.step)}{self.tail()}\n")
            return f"{holder}.text"
        return text

    def tail(self) -> str:
        return f"  {self.pick(*_COMMENTS)}" if self.maybe(0.3) else self.pick("", "", "  ", ";")

    def arguments(self, indent: str, hole: str, messages: str) -> list[tuple[str, str]]:
        model = self.pick(*_MODELS)
        spelled = self.pick(
            f'"{model}"', f"'{model}'", f'"""{model}"""', f'r"{model}"', f'("{model}")', f'"{model[:6]}" "{model[6:]}"'
        )
        content = self.pick(hole, hole, f'f"{{{hole}}}?"', f'[{{"type": "text", "text": {hole}}}]')
        given = [
            ("model", spelled),
            ("max_tokens", self.pick("9", "1_0", "0x10", "(5)", "-(-7)")),
            (
                "messages",
                messages or self.pick(f'[{{"role": "user", "content": {content}}}]', f"[dict(role='user', content={content})]"),
            ),
        ]
        if self.maybe(0.85):
            given.append(("system", self.prompt(indent, hole)))
        if self.maybe(0.2):
            tools = ", ".join(
                f'{{"name": "t{n}", "description": {self.literal(self.words() * 45)}, "input_schema": {{"type": "object"}}}}'
                for n in (1, 2)
            )
            given.append(("tools", f"[{tools}{self.pick('', ',')}]"))
        if self.maybe(0.1):
            given.append(("temperature", "0"))
        if self.maybe(0.1):
            given.append(("cache_control", '{"type": "ephemeral"}'))
        self.random.shuffle(given)
        return given

    def call(self, indent: str, hole: str, client: str = "client", messages: str = "") -> str:
        """One call, as an expression that starts at `indent`."""
        method = f"{client}{self.pick('.', '.', '.', ' . ')}messages.create"
        deep = indent + self.step
        form = self.random.randrange(7)
        given = self.arguments(deep if form in (1, 2) else indent, hole, messages)
        if form == 0:
            return f"{method}({', '.join(f'{name}={value}' for name, value in given)}{self.pick('', ',', ' ', ', ')})"
        if form in (1, 2):
            lines = []
            for index, (name, value) in enumerate(given):
                if self.maybe(0.2):
                    lines.append(f"{deep}{self.pick(*_COMMENTS)}\n")
                comma = "," if index + 1 < len(given) or self.maybe(0.7) else ""
                comment = f"{self.pick(' ', '  ', '')}{self.pick(*_COMMENTS)}" if self.maybe(0.3) else self.pick("", "", " ")
                lines.append(f"{deep}{name}{self.pick('=', '=', ' = ')}{value}{comma}{comment}\n")
            first = f"  {self.pick(*_COMMENTS)}" if self.maybe(0.2) else ""
            return f"{method}({first}\n{''.join(lines)}{self.pick(indent, deep, '')})"
        if form == 3:
            items = self.pick(", ", f",\n{deep}").join(f'"{name}": {value}' for name, value in given)
            return f"{method}(**{{{items}{self.pick('', ',')}}})"
        if form == 4:
            return f"{method}(**dict({', '.join(f'{name}={value}' for name, value in given)}))"
        if form == 5:
            # A hanging indent in the columns of the bracket, and a backslash that nobody needs.
            glue = f",{self.pick('', ' ' + chr(92))}\n{deep}"
            return f"{method}({glue.join(f'{name}={value}' for name, value in given)})"
        request = self.name("request")
        items = f",\n{self.step}".join(f"'{name}': {value}" for name, value in given)
        if hole not in ("QUESTION", "ITEMS[0]"):
            return f"{method}({', '.join(f'{name}={value}' for name, value in given)})"
        self.head.append(f"{request} = {{\n{self.step}{items}{self.pick('', ',')}\n}}{self.tail()}\n")
        return f"{method}(**{request})"

    # Statements

    def keep(self, indent: str = "") -> str:
        """A line that no fix may touch."""
        number = self.random.randrange(1000)
        odd = self.pick("", "", "\f", " ", "  ") if not indent else ""
        tail = self.pick(
            "", "  # keep_", " ;  keep_y=2", "\t", "  # keep_ é" if self.encoding != "ascii" else "", "  # type: int"
        )
        return f"{indent}{odd.strip(' ')}keep_{number}   =  {self.pick('1', '(2)', 'None', chr(39) + chr(39))}{tail}\n"

    def statement(self) -> str:
        """A piece of a program with a call in it."""
        function, step, client = self.name("f"), self.step, "client"
        form = self.random.randrange(24)
        again = f"{function}({self.literal('q')})\n"
        if form == 0:
            return f"{self.call('', 'QUESTION')}{self.tail()}\n"
        if form == 1:
            return f"keep_x = 1; {self.name('r')} = {self.call('', 'QUESTION')}; keep_y = 2{self.tail()}\n"
        if form == 2:
            return f"if QUESTION: {self.name('r')} = {self.call('', 'QUESTION')}{self.tail()}\n"
        if form == 3:
            return f"{function} = lambda q: {self.call('', 'q')}\n{again}"
        if form == 4:
            text = self.literal("😀 ünï") if self.encoding == "utf-8" else "''"
            return f"{self.name('r')} = ({text}, {self.call('', 'QUESTION')})\n"
        if form == 5:
            return f"class {function}:\n{self.keep(step)}{step}made = {self.call(step, 'QUESTION')}{self.tail()}\n"
        if form == 6:
            body = f"{step * 2}self.last = {self.call(step * 2, 'q')}\n{step * 2}return self.last\n"
            made = f"{step}def __init__(self):\n{step * 2}self.client = anthropic.Anthropic()\n"
            return f"class {function}:\n{made}\n{step}def ask(self, q):\n{self.keep(step * 2)}{body}\n{function}().ask('q')\n".replace(
                f"{client}.messages", "self.client.messages"
            )
        if form == 7:
            body = f"{self.keep(step)}{step}return await {self.call(step, 'q', 'aclient')}\n"
            return f"async def {function}(q):\n{body}\nasyncio.run({function}('q'))\n"
        if form == 8:
            return f"{self.name('r')} = [{self.call('', 'q')} for q in ITEMS]\n"
        if form == 9:
            made = f"{step}{step}out.append({self.call(step * 2, 'q')}){self.tail()}\n"
            return f"def {function}(items):\n{step}out = []\n{step}for q in items:\n{made}{step}return out\n\n{function}(ITEMS)\n"
        if form == 10:
            made = f"async def {function}(q):\n{step}return await {self.call(step, 'q', 'aclient')}\n\n"
            body = f"{step}return await asyncio.gather(*[{function}(q) for q in ITEMS])\n"
            return f"{made}async def all_{function}():\n{body}\nasyncio.run(all_{function}())\n"
        if form == 11:
            body = f"{step * 2}case str():\n{step * 3}{self.name('r')} = {self.call(step * 3, 'QUESTION')}\n"
            return f"match QUESTION:\n{body}{step * 2}case _: pass\n"
        if form == 12:
            body = f"{step}{self.name('r')} = {self.call(step, 'QUESTION')}\n"
            return f"try:\n{body}except (ValueError, OSError) as keep_e:  # keep_\n{step}raise\nfinally:\n{self.keep(step)}"
        if form == 13:
            head = f"@functools.lru_cache(maxsize=None){self.tail().rstrip(';')}\n"
            return f"{head}def {function}(q: str = 'x', *, n=1, **rest) -> object:\n{step}'''Doc.'''\n{step}return {self.call(step, 'q')}\n\n{again}"
        if form == 14:
            inner = (
                f"{step}def inner():\n{step * 2}nonlocal q\n{step * 2}return {self.call(step * 2, 'q')}\n{step}return inner()\n"
            )
            return f"def {function}(q):\n{inner}\n{again}"
        if form == 15:
            return f"print(*[{self.call('', 'QUESTION')}], sep='', file=SINK)\n"
        if form == 16:
            return f"{self.name('r')} = {self.call('', 'QUESTION')} if QUESTION else None{self.tail()}\n"
        if form == 17:
            return f"{self.name('r')} = \\\n{step}{self.call(step, 'QUESTION')}\n"
        if form == 18:
            return f"with open(os.devnull) as keep_f, open(os.devnull) as keep_g:\n{step}{self.name('r')} = {self.call(step, 'QUESTION')}\n"
        if form == 19:
            body = f"{step}q += '.'\n{step}{self.call(step, 'q')}\n{step}if len(q) > 3: break{self.tail().rstrip(';')}\n"
            return f"q = ''\nwhile True:\n{body}else:\n{step}pass\n"
        if form in (20, 21):
            messages = f'[{{"role": "system", "content": {self.prompt(step, "q")}}}, {{"role": "user", "content": q}}]'
            given = self.pick(", ", f",\n{step * 2}").join(
                [f'model="anthropic/{self.pick(*_MODELS[:5])}"', f"messages={messages}{self.pick('', ',')}"]
            )
            return f"def {function}(q):\n{step}return oclient.chat.completions.create({given}){self.tail()}\n\n{again}"
        if form == 22:
            made = f"{step * 2}answer = {self.call(step * 2, 'q', messages='history')}\n"
            return (
                f"def {function}(items):\n{step}history = []\n{step}for q in items:\n"
                f"{step * 2}history.append({{'role': 'user', 'content': q}}){self.tail()}\n{made}"
                f"{step * 2}history.append({{'role': 'assistant', 'content': answer.content[0].text}})\n{step}return history\n\n{function}(ITEMS)\n"
            )
        made = "client.messages.create(model=model, max_tokens=9, system=system, messages=[{'role': 'user', 'content': q}])"
        head = f"def {function}(q, system={self.text('')}, model='claude-opus-5-5'):  # keep_\n"
        return f"{head}{step}return {made}\n\n{again}"

    def source(self) -> str:
        body = []
        for _ in range(self.random.randrange(1, 5)):
            body += [self.keep(), self.pick("", "\n", "\f\n", "\n\n"), self.statement()]
        cookie = f"# -*- coding: {self.encoding} -*-\n" if self.encoding not in ("utf-8",) or self.maybe(0.1) else ""
        odd = "".join(character for character in self.pick("日本", "𝔘", "é")) if self.encoding == "utf-8" else ""
        parts = [
            "#!/usr/bin/env python\n" if self.maybe(0.2) else "",
            cookie,
            f'"""Doc {odd}\n\tkeep_."""\n' if self.maybe() else "",
            "from __future__ import annotations\n" if self.maybe(0.3) else "",
            "import asyncio, datetime, functools, io\nimport os; import textwrap\nimport openai\n",
            self.pick("import anthropic\n", "import anthropic  # keep_\n", "import   anthropic as anthropic\n"),
            f"\nclient = anthropic.Anthropic(){self.tail()}\naclient = anthropic.AsyncAnthropic()\noclient = openai.OpenAI(base_url='x')\n",
            f"QUESTION = os.environ.get('ASKED', 'why'){self.tail()}\n",
            "ITEMS = os.environ.get('ITEMS', 'a b c d e f').split()\nSINK = io.StringIO()\n",
            *self.head,
            *body,
            self.keep(),
        ]
        return "".join(parts)


def program(seed: int) -> Program:
    """The program of a seed."""
    writer = _Writer(seed)
    # An odd word may not be in the encoding.
    text = writer.source().encode(writer.encoding, "ignore").decode(writer.encoding)
    if not writer.maybe(0.8):
        text = text.rstrip("\n\t ;")
    if writer.maybe(0.05):
        return Program(f"p{seed}.ipynb", _notebook(writer, text))
    newline = writer.pick("\n", "\n", "\n", "\r\n", "\r\n", "\r", "mixed")
    # `mixed` may end each line in another way.
    text = "".join(writer.pick("\n", "\r\n") if newline == "mixed" and each == "\n" else each for each in text)
    text = text if newline == "mixed" else text.replace("\n", newline)
    bom = b"\xef\xbb\xbf" if writer.encoding == "utf-8" and writer.maybe(0.15) else b""
    return Program(f"p{seed}.py", bom + text.encode(writer.encoding))


def _notebook(writer: _Writer, text: str) -> bytes:
    """The program as one code cell between others."""
    code: object = text if writer.maybe(0.3) else text.splitlines(keepends=True)
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# keep\n"]},
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [{"text": "é"}],
            "source": ["%time 1\n", "!ls"],
        },
        {"cell_type": "code", "execution_count": 3, "metadata": {"tags": []}, "outputs": [], "source": code},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    indent = writer.random.choice([None, 1, 2])
    return (json.dumps(notebook, indent=indent, ensure_ascii=writer.maybe()) + writer.pick("", "\n")).encode()
