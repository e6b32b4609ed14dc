"""A run of a few files that ends early: if their bytes show that none holds a call, nothing else needs to be imported or done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmlint.config.settings import SettingsResolver
from llmlint.discover.prefilter import may_hold_call, may_hold_directive
from llmlint.discover.project import Asked
from llmlint.discover.read import read_bytes
from llmlint.discover.senders import may_serve_others
from llmlint.discover.unsupported import unsupported_calls
from llmlint.findings import FileError
from llmlint.run.base_run import BaseRun
from llmlint.sdks import describe
from llmlint.source import Source

FEW_FILES = 8
"""Only so few files are looked at ahead of the run: of more, mostly one holds a call, and then all would be read twice."""


class WithoutCall(BaseRun):
    """A run over files none of which can hold a call: there are its errors, and no findings."""

    def __init__(
        self,
        settings: SettingsResolver,
        paths: Sequence[str],
        errors: Sequence[FileError],
        own: frozenset[str] | None,
        unsupported: Mapping[str, Mapping[str, int]],
    ) -> None:
        self.settings, self.paths, self.errors, self.own, self.unsupported = settings, paths, errors, own, unsupported

    def source(self, path: str) -> Source:
        raise KeyError(path)


def early_exit(asked: Sequence[Asked], settings: SettingsResolver) -> WithoutCall | None:
    """The run over what was discovered, if their bytes show that none holds a call."""
    found = [each for part in asked for each in part.found]
    paths = [path for path in found if isinstance(path, str)]
    if len(paths) > FEW_FILES:
        return None
    describe(settings.clients)
    errors = [error for error in found if isinstance(error, FileError)]
    own = frozenset(path for part in asked for path in (part.found if part.own is None else part.own) if isinstance(path, str))
    unsupported: dict[str, Mapping[str, int]] = {}
    for path in paths:
        data = read_bytes(path)
        if isinstance(data, FileError):
            errors += [data] if path in own else []
        elif may_hold_call(data) or may_hold_directive(data) or (len(paths) > 1 and may_serve_others(data)):
            return None
        else:
            unsupported[path] = unsupported_calls(path, data)
    return WithoutCall(settings, paths, errors, own, unsupported)
