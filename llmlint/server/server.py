"""The language server: what editors say and want to know, in the words of the protocol (3.17)."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from llmlint import __version__
from llmlint.docs.rules import rule_markdown
from llmlint.rules.names import rule_address
from llmlint.rules.registry import known_rules
from llmlint.server.actions import FIX_ALL, actions_for, fix_all, plain_changes
from llmlint.server.diagnostics import Shown, shown_in
from llmlint.server.documents import bytes_of_cells, bytes_of_text
from llmlint.server.positions import Encoding, Positions, is_within, path_of, uri_of
from llmlint.server.work import Checked, Worker, is_setting
from llmlint.source import Source

_KEYS = {
    "select": "select",
    "extendSelect": "extend-select",
    "ignore": "ignore",
    "extendIgnore": "extend-ignore",
    "minConfidence": "min-confidence",
    "exclude": "exclude",
    "extendExclude": "extend-exclude",
    "configuration": "configuration",
}
"""The settings of an editor, and what they are called in a configuration file."""

_SYNC = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithNotebook("jupyter-notebook", [types.NotebookCellLanguage("python")])], save=True
)


class LlmlintServer(LanguageServer):
    """The server, and what it knows of each open file: `known`, by path."""

    def __init__(self) -> None:
        super().__init__("llmlint", __version__, notebook_document_sync=_SYNC)
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="llmlint-server-"))
        # Paths are shown as they are only where no file lies below the working directory.
        os.chdir(self.folder)
        self.known: dict[str, Checked] = {}
        self.shown: dict[str, list[Shown]] = {}
        self.settings: dict[str, Mapping[str, Any]] = {}
        self.versions: dict[str, int | None] = {}
        self.uris: dict[str, str] = {}
        self.cells: dict[str, list[str]] = {}
        self.notebook_of: dict[str, str] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.worker = Worker(self._checked, self._complain, self.folder)

    # From the worker.

    def _checked(self, checked: Checked) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._show, checked)

    def _complain(self, message: str) -> None:
        assert self.loop is not None
        params = types.ShowMessageParams(types.MessageType.Warning, f"llmlint: {message}")
        self.loop.call_soon_threadsafe(self.window_show_message, params)

    # What editors are shown.

    def positions(self, checked: Checked, path: str) -> Positions:
        encoding = self.workspace.position_encoding
        name: Encoding = "utf-16"
        if encoding in (types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf32):
            name = "utf-8" if encoding == types.PositionEncodingKind.Utf8 else "utf-32"
        try:
            source = checked.run.source(path)
        except KeyError:
            source = Source(path, "")
        return Positions(source, name, self.uris.get(path) or uri_of(path), self.cells.get(path, ()))

    def _show(self, checked: Checked) -> None:
        path = checked.path
        if path not in self.uris:
            return  # Closed meanwhile.
        self.known[path] = checked
        shown = shown_in(path, checked.findings, lambda each: self.positions(checked, each), checked.root)
        self.shown[path] = shown
        for uri in self.cells.get(path) or [self.uris[path]]:
            own = [each.diagnostic for each in shown if each.uri == uri]
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, own, self.versions.get(uri)))
        capabilities = self.client_capabilities.workspace
        if capabilities is not None and capabilities.code_lens is not None and capabilities.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)
        if capabilities is not None and capabilities.inlay_hint is not None and capabilities.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    def path_of_document(self, uri: str) -> str | None:
        """The file that a document, or the notebook of a cell, is."""
        return self.notebook_of.get(uri) or path_of(uri)

    def edit(self, edit: types.WorkspaceEdit) -> types.WorkspaceEdit:
        """An edit as the client takes it."""
        workspace = self.client_capabilities.workspace
        known = workspace.workspace_edit if workspace is not None else None
        if known is not None and known.document_changes:
            return edit
        changes = plain_changes(edit)
        return types.WorkspaceEdit(changes=changes) if changes is not None else edit

    # What editors say.

    def take_text(self, uri: str) -> None:
        path = path_of(uri)
        if path is None or uri in self.notebook_of:
            return
        document = self.workspace.get_text_document(uri)
        self.uris[path], self.versions[uri] = uri, document.version
        self.worker.change(path, bytes_of_text(document.source))

    def take_notebook(self, uri: str) -> None:
        path = path_of(uri)
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        if path is None or notebook is None:
            return
        cells = []
        for cell in notebook.cells:
            is_code = cell.kind == types.NotebookCellKind.Code
            document = self.workspace.get_text_document(cell.document)
            self.versions[cell.document] = document.version
            self.notebook_of[cell.document] = path
            cells.append((is_code, document.source))
        self.uris[path], self.cells[path] = uri, [cell.document for cell in notebook.cells]
        self.worker.change(path, bytes_of_cells(cells))

    def close(self, uri: str, cells: Sequence[str] = ()) -> None:
        path = path_of(uri)
        if path is None:
            return
        self.uris.pop(path, None)
        self.cells.pop(path, None)
        self.known.pop(path, None)
        self.shown.pop(path, None)
        for each in cells or (uri,):
            self.versions.pop(each, None)
            self.notebook_of.pop(each, None)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(each, []))
        self.worker.change(path, None)

    def overrides(self, path: str) -> Mapping[str, Any]:
        """The settings that the client has for a file: those of the innermost folder that it lies in."""
        best = max(
            (folder for folder in self.settings if not folder or path.startswith(f"{folder}{os.sep}")), key=len, default=""
        )
        given = self.settings.get(best) or {}
        return {key: given[name] for name, key in _KEYS.items() if given.get(name) not in (None, "", [])}

    def wants(self, path: str, name: str, default: bool) -> bool:
        best = max(
            (folder for folder in self.settings if not folder or path.startswith(f"{folder}{os.sep}")), key=len, default=""
        )
        value = (self.settings.get(best) or {}).get(name, default)
        return value if isinstance(value, bool) else default

    async def ask_settings(self) -> None:
        """Ask the client for its settings, for each folder that it has open."""
        capabilities = self.client_capabilities.workspace
        if capabilities is None or not capabilities.configuration:
            return
        folders = [folder.uri for folder in self.workspace.folders.values()]
        items = [types.ConfigurationItem(scope_uri=uri, section="llmlint") for uri in folders] or [
            types.ConfigurationItem(section="llmlint")
        ]
        answers = await self.workspace_configuration_async(types.ConfigurationParams(items))
        for uri, answer in zip(folders or [""], answers, strict=False):
            if isinstance(answer, Mapping):
                self.settings[(path_of(uri) or "") if uri else ""] = answer
        self.worker.reset(self.overrides)


def _settings_in(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The settings that a client sends, under a name or without it; none where they are no object."""
    settings = given.get(name, given)
    return settings if isinstance(settings, Mapping) else {}


def make_server() -> LlmlintServer:
    server = LlmlintServer()

    @server.feature(types.INITIALIZE)
    def initialize(ls: LlmlintServer, params: types.InitializeParams) -> None:
        ls.loop = asyncio.get_running_loop()
        options = params.initialization_options
        if isinstance(options, Mapping):
            ls.settings[""] = _settings_in(options, "settings")
        ls.worker.reset(ls.overrides)

    @server.feature(types.INITIALIZED)
    async def initialized(ls: LlmlintServer, params: types.InitializedParams) -> None:
        workspace = ls.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        if watched is not None and watched.dynamic_registration:
            patterns = ["**/*.py", "**/*.ipynb", "**/*.toml", "**/llmlint-baseline.json"]
            watchers = [types.FileSystemWatcher(pattern) for pattern in patterns]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("llmlint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await ls.client_register_capability_async(types.RegistrationParams([registration]))
        await ls.ask_settings()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def settings_changed(ls: LlmlintServer, params: types.DidChangeConfigurationParams) -> None:
        given = params.settings
        if isinstance(given, Mapping) and given:
            ls.settings[""] = _settings_in(given, "llmlint")
        await ls.ask_settings()
        ls.worker.reset(ls.overrides)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders_changed(ls: LlmlintServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
        await ls.ask_settings()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(ls: LlmlintServer, params: types.DidChangeWatchedFilesParams) -> None:
        paths = [(path_of(each.uri), each.type) for each in params.changes]
        if any(path is not None and (is_setting(path) or how != types.FileChangeType.Changed) for path, how in paths):
            ls.worker.reset()
            return
        for path, _ in paths:
            if path is not None and path not in ls.uris:
                ls.worker.change(path, None)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: LlmlintServer, params: types.DidOpenTextDocumentParams) -> None:
        ls.take_text(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: LlmlintServer, params: types.DidChangeTextDocumentParams) -> None:
        ls.take_text(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: LlmlintServer, params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None and is_setting(path):
            ls.worker.reset()
        ls.worker.save()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: LlmlintServer, params: types.DidCloseTextDocumentParams) -> None:
        if params.text_document.uri not in ls.notebook_of:
            ls.close(params.text_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def notebook_opened(ls: LlmlintServer, params: types.DidOpenNotebookDocumentParams) -> None:
        ls.take_notebook(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def notebook_changed(ls: LlmlintServer, params: types.DidChangeNotebookDocumentParams) -> None:
        ls.take_notebook(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    def notebook_saved(ls: LlmlintServer, params: types.DidSaveNotebookDocumentParams) -> None:
        ls.worker.save()

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def notebook_closed(ls: LlmlintServer, params: types.DidCloseNotebookDocumentParams) -> None:
        ls.close(params.notebook_document.uri, [each.uri for each in params.cell_text_documents])

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL]),
    )
    async def code_action(ls: LlmlintServer, params: types.CodeActionParams) -> list[types.CodeAction]:
        path = ls.path_of_document(params.text_document.uri)
        if path is None:
            return []
        only = params.context.only

        def wants(kind: str) -> bool:
            return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)

        def find() -> list[types.CodeAction]:
            found = ls.worker.checked(path)
            if found is None:
                return []
            project, findings = found
            checked = Checked(path, b"", findings, (), project.run, project.root)

            def positions_of(each: str) -> Positions:
                return ls.positions(checked, each)

            actions: list[types.CodeAction] = []
            if wants(types.CodeActionKind.QuickFix):
                shown = shown_in(path, findings, positions_of, project.root)
                here = [
                    each
                    for each in shown
                    if each.uri == params.text_document.uri and is_within(each.diagnostic.range, params.range)
                ]
                actions += actions_for(here, project.run, positions_of, ls.versions.get)
            if wants(FIX_ALL):
                edit = fix_all(path, project.run, findings, positions_of, ls.versions.get)
                if edit is not None:
                    actions.append(types.CodeAction(title="llmlint: Fix all safe findings", kind=FIX_ALL, edit=edit))
            return actions

        actions = await asyncio.wrap_future(ls.worker.submit(find))
        for action in actions:
            action.edit = ls.edit(action.edit) if action.edit is not None else None
        return [action for action in actions if action.edit is not None]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: LlmlintServer, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        here = types.Range(params.position, params.position)
        rules = known_rules()
        shown = ls.shown.get(ls.path_of_document(uri) or "", ())
        found = [each for each in shown if each.uri == uri and is_within(each.diagnostic.range, here)]
        codes = dict.fromkeys(each.finding.code for each in found)
        if not codes:
            return None
        parts = list(dict.fromkeys(each.finding.help for each in found if each.finding.help is not None))
        for code in codes:
            rule = rules[code]
            parts.append(f"{rule_markdown(rule, 2)}\n[{code}]({rule_address(code, rule.name)})")
        content = types.MarkupContent(types.MarkupKind.Markdown, "\n---\n".join(parts))
        return types.Hover(content, found[0].diagnostic.range)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(ls: LlmlintServer, params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        checked = ls.known.get(ls.path_of_document(uri) or "")
        if checked is None or not ls.wants(checked.path, "codeLens", True):
            return []
        positions = ls.positions(checked, checked.path)
        return [
            types.CodeLens(positions.range(each.span.start, each.span.start), types.Command(each.text, ""))
            for each in checked.lenses
            if positions.uri_at(each.span.start) == uri
        ]

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(ls: LlmlintServer, params: types.InlayHintParams) -> list[types.InlayHint]:
        uri = params.text_document.uri
        checked = ls.known.get(ls.path_of_document(uri) or "")
        if checked is None or not ls.wants(checked.path, "inlayHints", False):
            return []
        positions = ls.positions(checked, checked.path)
        hints = [
            types.InlayHint(positions.position(each.span.end), each.text, padding_left=True)
            for each in checked.lenses
            if positions.uri_at(each.span.start) == uri
        ]
        return [each for each in hints if is_within(types.Range(each.position, each.position), params.range)]

    @server.feature(types.SHUTDOWN)
    def shutdown(ls: LlmlintServer, params: None) -> None:
        ls.worker.end()
        os.chdir(os.sep)
        shutil.rmtree(ls.folder, ignore_errors=True)

    return server


def run_server() -> None:
    """Serve on standard input and output until the client leaves."""
    gc.disable()  # The worker collects when nobody types.
    make_server().start_io()
    # It has closed them.
    sys.stdin, sys.stdout = open(os.devnull), open(os.devnull, "w")  # noqa: SIM115
