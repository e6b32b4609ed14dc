"""What `llmlint audit` does: read, join, compute, print."""

from __future__ import annotations

from typing import NamedTuple

from llmlint.audit.join import sites_of
from llmlint.audit.reading import read
from llmlint.audit.report import renderer
from llmlint.audit.summary import audit
from llmlint.commands.base import FAILED, NOTHING_FOUND, known_rules, settings_resolver
from llmlint.config import ConfigError
from llmlint.console import write, write_errors
from llmlint.engine import Run
from llmlint.findings import FileError


class AuditOptions(NamedTuple):
    """The options of `llmlint audit`, by their names on the command line."""

    exports: tuple[str, ...]
    sources: tuple[str, ...]
    output_format: str
    replay: bool
    output_file: str | None
    isolated: bool
    config: tuple[str, ...]


def run_audit(options: AuditOptions) -> int:
    """Audit exports, joined to the call sites of the source folders where some are given."""
    reading = read(options.exports)
    errors = list(reading.errors)
    known = None
    if options.sources:
        try:
            settings = settings_resolver({}, options.isolated, options.config)
        except ConfigError as error:
            write_errors(error.errors)
            return FAILED
        run = Run.of_paths(options.sources, settings, known_rules())
        found = Run.of_paths(options.sources, settings, known_rules()).lint()
        calls = [site for _, sites in run.call_sites() if not isinstance(sites, FileError) for site in sites]
        known = sites_of(run, calls, found.findings)
        errors += [*run.errors, *found.errors]
    write_errors(dict.fromkeys(errors))
    if not reading.rows:
        return FAILED
    text = renderer(options.output_format)(audit(reading, known, is_replayed=options.replay))
    if options.output_file is None:
        write(text)
    else:
        with open(options.output_file, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return FAILED if errors else NOTHING_FOUND
