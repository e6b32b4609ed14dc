"""A small program with findings in it, placed by the real Source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from llmlint.findings import Confidence, Diagnostic, Finding
from llmlint.report import Report
from llmlint.source import Location, Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass
class Program:
    """Sources by path, and what it takes to report findings in them."""

    sources: dict[str, Source] = field(default_factory=dict)

    def add(self, source: Source) -> Source:
        self.sources[source.path] = source
        return source

    def span(self, path: str, text: str) -> Span:
        """The span of the only occurrence of a text."""
        whole = self.sources[path].text
        assert whole.count(text) == 1, f"{text!r} stands {whole.count(text)} times in {path}"
        start = whole.index(text)
        return Span(path, start, start + len(text))

    def locate(self, span: Span) -> tuple[Location, Location]:
        source = self.sources[span.path]
        return source.location(span.start), source.location(span.end)

    def finding(self, at: Span, call: Span | None = None, **fields: Any) -> Finding:
        standard: Mapping[str, Any] = {
            "code": "LLM101",
            "name": "uncached-system-prompt",
            "message": "about 2,100 tokens of system prompt are sent in full on every call",
            "confidence": Confidence.HIGH,
        }
        return Finding(at=at, call=call or at, **{**standard, **fields})

    def diagnostic(self, finding: Finding) -> Diagnostic:
        source = self.sources[finding.at.path]
        start, end = self.locate(finding.at)
        call, _ = self.locate(finding.call)
        first = source.starts[source.text.count("\n", 0, finding.at.start)]
        lines = source.text[first : finding.at.end].split("\n")
        lines[-1] = source.line_text(finding.at.end)
        return Diagnostic(finding, start, end, call, tuple(line.rstrip("\r") for line in lines))

    def report(self, *findings: Finding, **fields: Any) -> Report:
        standard: Mapping[str, Any] = {
            "files": len(self.sources),
            "found": len(findings),
            "source": self.sources.__getitem__,
        }
        return Report([self.diagnostic(finding) for finding in findings], self.locate, **{**standard, **fields})


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def excerpt_of(program: Program) -> Callable[[str, str], str]:
    """The printed excerpt of a finding at `marked` in a file with this text, without the headline."""
    from llmlint.report.text import render

    def printed(text: str, marked: str) -> str:
        program.add(Source("a.py", text))
        output = render(program.report(program.finding(program.span("a.py", marked)), quiet=True), color=False)
        _, _, excerpt = output.partition("\n")
        return excerpt.rstrip("\n")

    return printed
