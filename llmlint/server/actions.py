"""What an editor offers to do about findings: fixes, all safe fixes of a file, and a comment that ignores one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from lsprotocol import types

from llmlint.adoption.add_ignores import with_comments
from llmlint.findings import Applicability, Edit, Finding, NewFile
from llmlint.run import fixing
from llmlint.run.engine import Lint
from llmlint.run.fixing import with_line_ends
from llmlint.server.diagnostics import PositionsOf, Shown
from llmlint.server.positions import uri_of
from llmlint.server.project import EditorRun
from llmlint.source import Source, Span

FIX_ALL = "source.fixAll.llmlint"
REASON = "because ..."
"""What stands for the reason of a comment until somebody writes one."""

Version = Callable[[str], int | None]


def actions_for(
    shown: Sequence[Shown], run: EditorRun, positions_of: PositionsOf, version: Version
) -> Iterator[types.CodeAction]:
    """The quick fixes of some findings, safe ones first."""
    fixes = [
        (fix, each) for each in shown for fix in dict.fromkeys(own.fix for own in each.findings) if fix is not None and fix.edits
    ]
    for fix, each in sorted(fixes, key=lambda pair: list(Applicability).index(pair[0].applicability)):
        if fix.applicability is Applicability.DISPLAY_ONLY:
            continue
        edits = [Edit(edit.span, with_line_ends(edit.text, run.source(edit.span.path))) for edit in fix.edits]
        is_safe = fix.applicability is Applicability.SAFE
        yield types.CodeAction(
            title=f"{each.finding.code}: {fix.message}" + ("" if is_safe else " (unsafe: may change behaviour)"),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[each.diagnostic],
            is_preferred=is_safe or None,
            edit=workspace_edit(edits, fix.new_files, positions_of, version),
        )
    for each in shown:
        commented, _ = with_comments([each.finding], REASON, run.source)
        for one in commented:
            assert one.fix is not None
            yield types.CodeAction(
                title=f"{each.finding.code}: Ignore here, {REASON}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[each.diagnostic],
                edit=workspace_edit(one.fix.edits, (), positions_of, version),
            )


def fix_all(
    path: str, run: EditorRun, findings: Iterable[Finding], positions_of: PositionsOf, version: Version
) -> types.WorkspaceEdit | None:
    """All safe fixes of what is found in a file or at its calls, applied until nothing is left; None where there are none."""
    wanted = tuple(each for each in findings if path in (each.at.path, each.call.path))
    if not any(each.fix is not None and each.fix.applicability is Applicability.SAFE for each in wanted):
        return None
    fixed = fixing.fix(run, Lint(wanted, ()), unsafe=False)
    if not fixed.changed:
        return None
    edits = [edit for before, after in fixed.changed.values() for edit in _edits_between(before.source, after.source)]
    new = [NewFile(name, file.source.text) for name, file in fixed.created.items()]
    return workspace_edit(edits, new, positions_of, version)


def _edits_between(before: Source, after: Source) -> Iterator[Edit]:
    """What turns one text into another, line by line; of a notebook, cell by cell."""
    pairs = [(0, len(before.text), 0, len(after.text))]
    if before.cells:
        pairs = [(old.start, old.end, new.start, new.end) for old, new in zip(before.cells, after.cells, strict=True)]
    for start, end, new_start, new_end in pairs:
        old, new = before.text[start:end].splitlines(True), after.text[new_start:new_end].splitlines(True)
        starts = [start]
        for line in old:
            starts.append(starts[-1] + len(line))
        for tag, first, last, new_first, new_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield Edit(Span(before.path, starts[first], starts[last]), "".join(new[new_first:new_last]))


def workspace_edit(
    edits: Sequence[Edit], new_files: Sequence[NewFile], positions_of: PositionsOf, version: Version
) -> types.WorkspaceEdit:
    """Edits of the protocol. Files are created first."""
    changes: list[types.CreateFile | types.TextDocumentEdit | types.RenameFile | types.DeleteFile] = []
    for new in dict.fromkeys(new_files):
        uri = uri_of(new.path)
        changes.append(types.CreateFile(uri, options=types.CreateFileOptions(ignore_if_exists=True)))
        start = types.Range(types.Position(0, 0), types.Position(0, 0))
        document = types.OptionalVersionedTextDocumentIdentifier(uri, None)
        changes.append(types.TextDocumentEdit(document, [types.TextEdit(start, new.text)]))
    by_uri: dict[str, list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]] = {}
    for edit in dict.fromkeys(edits):
        positions = positions_of(edit.span.path)
        place = positions.range(edit.span.start, edit.span.end)
        by_uri.setdefault(positions.uri_at(edit.span.start), []).append(types.TextEdit(place, edit.text))
    for uri, own in by_uri.items():
        changes.append(types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, version(uri)), own))
    return types.WorkspaceEdit(document_changes=changes)


def plain_changes(edit: types.WorkspaceEdit) -> Mapping[str, Sequence[types.TextEdit]] | None:
    """The same for clients without versioned edits; None where a file has to be created."""
    found: dict[str, list[types.TextEdit]] = {}
    for change in edit.document_changes or ():
        if not isinstance(change, types.TextDocumentEdit):
            return None
        found.setdefault(change.text_document.uri, []).extend(each for each in change.edits if isinstance(each, types.TextEdit))
    return found
