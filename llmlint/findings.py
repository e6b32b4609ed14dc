"""What a rule says: findings, what they save, and the fixes that they carry."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from llmlint.source import Location, Span

if TYPE_CHECKING:
    from dataclasses import dataclass as unfrozen_dataclass
else:
    from llmlint.performance.unfrozen import dataclass as unfrozen_dataclass


class Confidence(enum.IntEnum):
    """How sure a rule is. Findings of low confidence are not shown unless asked for (`--min-confidence low`)."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        return self.name.lower()


class Applicability(enum.Enum):
    """Whether a fix may be applied: by `--fix`, only with `--unsafe-fixes`, or never by the tool."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"


@unfrozen_dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` of a file's text by `text`. An empty span inserts; an empty text deletes."""

    span: Span
    text: str


@unfrozen_dataclass(frozen=True, slots=True)
class NewFile:
    """A file that a fix creates. It never replaces one that is there with another text."""

    path: str
    text: str


@unfrozen_dataclass(frozen=True, slots=True)
class Fix:
    """Edits and new files that together fix one finding: all are applied or none. Several fixes may share a new file."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]
    new_files: tuple[NewFile, ...] = ()

    def paths(self) -> frozenset[str]:
        """The files that it changes or creates."""
        return frozenset((*(each.span.path for each in self.edits), *(each.path for each in self.new_files)))


@unfrozen_dataclass(frozen=True, slots=True)
class Saving:
    """What a thousand calls cost in USD, `now` and `after` the fix, counting only the tokens that the fix touches.

    `assumptions` spells out, one sentence each, what the two figures rest on (token estimate, prices and their date, hit rate). `monthly` is what
    the fix saves in 30 days at the rate of the traffic of an audit; None without one, as nothing else tells how many calls there are.
    """

    now: float
    after: float
    assumptions: tuple[str, ...]
    monthly: float | None = None


@unfrozen_dataclass(frozen=True, slots=True)
class Related:
    """A further place that explains a finding, such as the wrapper through which a prompt reaches its call."""

    span: Span
    message: str

    @property
    def is_step(self) -> bool:
        """Whether it is one of the calls through which a value gets to the LLM call."""
        return self.message.startswith(("through `", "also through `", "another text through `"))


@unfrozen_dataclass(frozen=True, slots=True)
class Finding:
    """One leak. `at` is where to look; `call` is the whole LLM call that it is about, wherever that stands.

    `rests_on` are the model, the parts of the prompt and the loop of the call, as far as they stand in other files than these.
    """

    code: str
    name: str
    message: str
    at: Span
    call: Span
    confidence: Confidence
    help: str | None = None
    saving: Saving | None = None
    fix: Fix | None = None
    related: tuple[Related, ...] = ()
    rests_on: tuple[Span, ...] = ()

    def paths(self) -> frozenset[str]:
        """The files in which it lies, what it tells of, what it rests on, and what its fix would change."""
        edits = self.fix.edits if self.fix is not None else ()
        spans = (self.at, self.call, *(e.span for e in self.related), *(e.span for e in edits), *self.rests_on)
        return frozenset(span.path for span in spans)


@unfrozen_dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding placed for a person: locations, and the source lines that it covers (of `finding.at`, first to last)."""

    finding: Finding
    start: Location
    end: Location
    call: Location
    lines: tuple[str, ...]


class FileError(NamedTuple):
    """Why a file, folder or setting could not be used: one line for standard error; the rest of the run goes on."""

    path: str
    message: str
    line: int | None = None


class AppliedFix(NamedTuple):
    """A finding that was fixed: its code, what its fix says, the place where it stood, and the files that its fix changed or created."""

    code: str
    message: str
    at: str
    location: Location
    paths: frozenset[str]
