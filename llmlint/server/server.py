"""The language server, and what it knows of open documents and of the settings of editors."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from llmlint import __version__
from llmlint.server.actions import plain_changes
from llmlint.server.diagnostics import Shown, shown_in
from llmlint.server.documents import bytes_of_cells, bytes_of_text
from llmlint.server.positions import Encoding, Positions, path_of, uri_of
from llmlint.server.work import Checked, Worker
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
        """The settings that the client has for a file, by their names in a configuration file."""
        given = self._settings_of(path)
        return {key: given[name] for name, key in _KEYS.items() if given.get(name) not in (None, "", [])}

    def wants(self, path: str, name: str, default: bool) -> bool:
        """Whether the client has switched something on for a file; the default where it has set nothing."""
        value = self._settings_of(path).get(name, default)
        return value if isinstance(value, bool) else default

    def _settings_of(self, path: str) -> Mapping[str, Any]:
        """Those of the innermost folder that a file lies in."""
        folders = (folder for folder in self.settings if not folder or path.startswith(f"{folder}{os.sep}"))
        return self.settings.get(max(folders, key=len, default="")) or {}

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
