"""What the language server does for each message of the protocol (3.17), and how it starts."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from lsprotocol import types

from llmlint.docs.rules import rule_markdown
from llmlint.rules.names import rule_address
from llmlint.rules.registry import known_rules
from llmlint.server.actions import FIX_ALL, actions_for, fix_all
from llmlint.server.diagnostics import shown_in
from llmlint.server.positions import Positions, is_within, path_of
from llmlint.server.server import LlmlintServer
from llmlint.server.work import Checked, is_setting

_Handler = TypeVar("_Handler", bound=Callable[[LlmlintServer, Any], Any])

_FEATURES: list[tuple[str, Any, Callable[[LlmlintServer, Any], Any]]] = []
"""What the functions below answer to, with the options that the client is sent."""


def make_server() -> LlmlintServer:
    """A server that answers to all messages of this module, and does not listen yet."""
    server = LlmlintServer()
    for name, options, handler in _FEATURES:
        server.feature(name, options)(handler)
    return server


def run_server() -> None:
    """Serve on standard input and output until the client leaves."""
    gc.disable()  # The worker collects when nobody types.
    make_server().start_io()
    # It has closed them.
    sys.stdin, sys.stdout = open(os.devnull), open(os.devnull, "w")  # noqa: SIM115


def _feature(name: str, options: Any = None) -> Callable[[_Handler], _Handler]:
    def register(handler: _Handler) -> _Handler:
        _FEATURES.append((name, options, handler))
        return handler

    return register


@_feature(types.INITIALIZE)
def initialize(ls: LlmlintServer, params: types.InitializeParams) -> None:
    ls.loop = asyncio.get_running_loop()
    options = params.initialization_options
    if isinstance(options, Mapping):
        ls.settings[""] = _settings_in(options, "settings")
    ls.worker.reset(ls.overrides)


@_feature(types.INITIALIZED)
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


@_feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
async def settings_changed(ls: LlmlintServer, params: types.DidChangeConfigurationParams) -> None:
    given = params.settings
    if isinstance(given, Mapping) and given:
        ls.settings[""] = _settings_in(given, "llmlint")
    await ls.ask_settings()
    ls.worker.reset(ls.overrides)


@_feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
async def folders_changed(ls: LlmlintServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    await ls.ask_settings()


@_feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def files_changed(ls: LlmlintServer, params: types.DidChangeWatchedFilesParams) -> None:
    paths = [(path_of(each.uri), each.type) for each in params.changes]
    if any(path is not None and (is_setting(path) or how != types.FileChangeType.Changed) for path, how in paths):
        ls.worker.reset()
        return
    for path, _ in paths:
        if path is not None and path not in ls.uris:
            ls.worker.change(path, None)


@_feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(ls: LlmlintServer, params: types.DidOpenTextDocumentParams) -> None:
    ls.take_text(params.text_document.uri)


@_feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(ls: LlmlintServer, params: types.DidChangeTextDocumentParams) -> None:
    ls.take_text(params.text_document.uri)


@_feature(types.TEXT_DOCUMENT_DID_SAVE)
def saved(ls: LlmlintServer, params: types.DidSaveTextDocumentParams) -> None:
    path = path_of(params.text_document.uri)
    if path is not None and is_setting(path):
        ls.worker.reset()
    ls.worker.save()


@_feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(ls: LlmlintServer, params: types.DidCloseTextDocumentParams) -> None:
    if params.text_document.uri not in ls.notebook_of:
        ls.close(params.text_document.uri)


@_feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
def notebook_opened(ls: LlmlintServer, params: types.DidOpenNotebookDocumentParams) -> None:
    ls.take_notebook(params.notebook_document.uri)


@_feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
def notebook_changed(ls: LlmlintServer, params: types.DidChangeNotebookDocumentParams) -> None:
    ls.take_notebook(params.notebook_document.uri)


@_feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
def notebook_saved(ls: LlmlintServer, params: types.DidSaveNotebookDocumentParams) -> None:
    ls.worker.save()


@_feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
def notebook_closed(ls: LlmlintServer, params: types.DidCloseNotebookDocumentParams) -> None:
    ls.close(params.notebook_document.uri, [each.uri for each in params.cell_text_documents])


@_feature(
    types.TEXT_DOCUMENT_CODE_ACTION,
    types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll, FIX_ALL]),
)
async def code_action(ls: LlmlintServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    path = ls.path_of_document(params.text_document.uri)
    if path is None:
        return []
    actions = await asyncio.wrap_future(ls.worker.submit(lambda: _actions(ls, path, params)))
    for action in actions:
        action.edit = ls.edit(action.edit) if action.edit is not None else None
    return [action for action in actions if action.edit is not None]


def _actions(ls: LlmlintServer, path: str, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The actions for a part of a file, with edits in the form of the protocol. The worker computes them, as edits parse files."""
    found = ls.worker.checked(path)
    if found is None:
        return []
    project, findings = found
    checked = Checked(path, b"", findings, (), project.run, project.root)

    def positions_of(each: str) -> Positions:
        return ls.positions(checked, each)

    actions: list[types.CodeAction] = []
    if _is_asked_for(params, types.CodeActionKind.QuickFix):
        uri = params.text_document.uri
        shown = shown_in(path, findings, positions_of, project.root)
        here = [each for each in shown if each.uri == uri and is_within(each.diagnostic.range, params.range)]
        actions += actions_for(here, project.run, positions_of, ls.versions.get)
    if _is_asked_for(params, FIX_ALL):
        edit = fix_all(path, project.run, findings, positions_of, ls.versions.get)
        if edit is not None:
            actions.append(types.CodeAction(title="llmlint: Fix all safe findings", kind=FIX_ALL, edit=edit))
    return actions


def _is_asked_for(params: types.CodeActionParams, kind: str) -> bool:
    only = params.context.only
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


@_feature(types.TEXT_DOCUMENT_HOVER)
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


@_feature(types.TEXT_DOCUMENT_CODE_LENS)
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


@_feature(types.TEXT_DOCUMENT_INLAY_HINT)
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


@_feature(types.SHUTDOWN)
def shutdown(ls: LlmlintServer, params: None) -> None:
    ls.worker.end()
    os.chdir(os.sep)
    shutil.rmtree(ls.folder, ignore_errors=True)


def _settings_in(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The settings that a client sends, under a name or without it; none where they are no object."""
    settings = given.get(name, given)
    return settings if isinstance(settings, Mapping) else {}
