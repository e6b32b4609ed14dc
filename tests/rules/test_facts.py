"""What `link` and `providers` determine of the calls in fixtures/: a golden file, `NAME.facts` beside each fixture, has all of it.

The reports beside the fixtures hold only what a rule makes of these facts, and those of other rules not at all. `pytest --update-golden` writes
the files anew; a changed line is a fact that has changed, and has to be as true as it was before.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixture_files import FIXTURES, RULE_FIXTURES, SILENT_FIXTURES, name_of, run_over

from llmlint.callsite import CallSite, Request
from llmlint.findings import FileError, Related
from llmlint.run.engine import Run
from llmlint.source import Span

# How much of a text is shown.
_LONGEST = 40
# What rules and fixes are given to ask with, and places that are numbers.
_LEFT_OUT = frozenset({
    "arguments", "look_around", "read", "find_pace", "siblings", "explain", "offers", "span", "provider", "api", "method", "models", "steps",
})  # fmt: skip
# What nearly all requests have.
_USUAL = frozenset({"host_certainty=high", "certainty=high", "source='literal'"})
# Numbers, and what the fan-outs of most requests show already.
_NUMBERS = frozenset({"start", "branches", "spots", "ends", "ways_out", "is_repeated"})


class _Shown:
    """The facts about one call: of data classes the fields that are set, and of places the line and the code."""

    def __init__(self, run: Run, site: CallSite) -> None:
        self._run, self._site = run, site

    def lines(self) -> Iterator[str]:
        requests = [tuple(self._client(request)) for request in self._site.requests]
        # What all requests have in common stands once.
        shared = [each for each in requests[0] if all(each in others for others in requests)]
        more = "" if self._site.is_complete else "; there are more call paths"
        yield f"{self._site.span.path}:{self.value(self._site.span)} {' '.join(shared)}{more}"
        for request, client in zip(self._site.requests, requests, strict=True):
            yield f"  request {' '.join(each for each in client if each not in shared)}".rstrip()
            yield from (f"    {line}" for line in self._request(request))

    def _client(self, request: Request) -> Iterator[str]:
        """What is known of the client and of the API."""
        yield f"{request.api} {request.method}"
        yield from self._fields(request, but=_LEFT_OUT)

    def _request(self, request: Request) -> Iterator[str]:
        yield from self._steps(request.steps)
        for model in request.models:
            yield f"model {self.value(model.spelling)} {' '.join(self._fields(model, but=frozenset({'spelling'})))}"
            yield from (f"  {step}" for step in self._steps(request.explain(model.at)))
        conversation, surroundings = request.read(), request.look_around()
        for segment in conversation.prompt.segments:
            yield f"{segment.kind} {' '.join(self._fields(segment, but=frozenset({'kind'})))}"
        found = {
            "prompt": self._fields(dataclasses.replace(conversation.prompt, segments=())),
            "turns": self._fields(conversation, but=frozenset({"prompt"})),
            "fan-out": self._fields(surroundings.fan_out),
            "around": self._fields(surroundings, but=frozenset({"fan_out"})),
            "pace": self._fields(request.pace, but=_NUMBERS),
        }
        yield from (f"{name} {text}" for name, fields in found.items() if (text := " ".join(fields)))

    def _steps(self, steps: tuple[Related, ...]) -> Iterator[str]:
        return (f"{step.message} {self.value(step.span)}" for step in steps)

    def _fields(self, facts: object, but: frozenset[str] = frozenset()) -> Iterator[str]:
        if facts is None:
            return
        for field in dataclasses.fields(facts):  # type: ignore[arg-type]
            if field.name in but:
                continue
            name, value = field.name, getattr(facts, field.name)
            if name.startswith("find_"):  # Found once a rule asks.
                name, value = name.removeprefix("find_"), value()
            default = False if field.default is dataclasses.MISSING else field.default
            if value != default and value not in ((), None, ""):
                shown = self._field(name, value)
                if shown not in _USUAL:
                    yield shown

    def _field(self, name: str, value: object) -> str:
        return name if value is True else f"{name}={self.value(value)}"

    def value(self, value: object) -> str:
        if isinstance(value, Span):
            return self._place(value)
        if isinstance(value, Related):
            return f"{value.message} {self._place(value.span)}"
        if isinstance(value, enum.Enum):
            return value.name.lower()
        if dataclasses.is_dataclass(value):
            return f"({' '.join(self._fields(value))})"
        if isinstance(value, tuple):
            return f"[{', '.join(self.value(each) for each in value)}]"
        return _short(value) if isinstance(value, str) else repr(value)

    def _place(self, span: Span) -> str:
        location = self._run.locate(span)[0]
        where = f"{'' if location.cell is None else f'cell {location.cell}:'}{location.line}:{location.column}"
        if span.path != self._site.span.path:
            where = f"{span.path}:{where}"
        code = self._run.source(span.path).text[span.start : span.end]
        return f"{where}`{code}`" if len(code) <= _LONGEST // 2 and code.isprintable() else f"{where}+{len(code)}"


def _short(text: str) -> str:
    """A text in quotes; of a long one its start, its length, and a digest by which a change is seen."""
    if len(text) <= _LONGEST:
        return repr(text)
    return f"{text[: _LONGEST // 2]!r}…{len(text)}#{hashlib.sha256(text.encode()).hexdigest()[:6]}"


@pytest.mark.parametrize("in_folder", [*RULE_FIXTURES, *SILENT_FIXTURES], ids=name_of, indirect=True)
def test_facts_are_as_in_the_golden_file(in_folder: Path, update_golden: bool) -> None:
    run = run_over(in_folder, ())
    lines: list[str] = []
    for _, sites in run.call_sites():
        assert not isinstance(sites, FileError), sites
        lines += (line for site in sites for line in _Shown(run, site).lines())
    text = "".join(f"{line}\n" for line in lines)
    golden = in_folder.with_suffix(".facts")
    if update_golden:
        golden.write_text(text, encoding="utf-8", newline="")
    assert golden.exists(), f"{golden.name} is missing: run pytest --update-golden, and read what it wrote"
    assert text == golden.read_bytes().decode()


def test_every_file_of_facts_has_its_fixture() -> None:
    names = {path.with_suffix("") for path in [*RULE_FIXTURES, *SILENT_FIXTURES]}
    assert [name_of(path) for path in FIXTURES.rglob("*.facts") if path.with_suffix("") not in names] == []
