"""Whole sessions with the language server, over standard input and output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from editor import APP, BOOK, PROMPTS, Client, applied


def edits_of(action: dict[str, Any], uri: str) -> list[dict[str, Any]]:
    changes = action["edit"]["documentChanges"]
    return [edit for change in changes if change.get("textDocument", {}).get("uri") == uri for edit in change["edits"]]


def test_findings_of_the_unsaved_text_with_fixes_comments_and_documentation(project: Path) -> None:
    with Client(project) as client:
        uri = client.open(project / "app.py", "\n\n" + APP)
        found = client.wait(uri, 1, ["LLM202", "LLM101"])
        assert [each["range"]["start"]["line"] for each in found] == [16, 9]
        assert "rules.md#premium-model-for-simple-task-llm202" in found[0]["codeDescription"]["href"]
        assert found[1]["relatedInformation"][0]["location"]["uri"] == (project / "prompts.py").as_uri()

        titles = [each["title"] for each in client.actions(uri, found[0], ["quickfix"])]
        assert titles == ["LLM202: Use `claude-haiku-5-5` (unsafe: may change behaviour)", "LLM202: Ignore here, because ..."]
        safe, _ = client.actions(uri, found[1], ["quickfix"])
        assert safe["isPreferred"]
        assert "cache_control" in applied("\n\n" + APP, edits_of(safe, uri))

        ignored = applied("\n\n" + APP, edits_of(client.actions(uri, found[0], ["quickfix"])[1], uri))
        client.change(uri, ignored, 2)
        client.wait(uri, 2, ["LLM101"])

        hover = client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 9, "character": 20}})
        assert "uncached-system-prompt (LLM101)" in hover["contents"]["value"]
        [first, second] = client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        assert first["command"]["title"].startswith("claude-haiku-5-5 · ~")
        assert "static tokens, not cached · $" in first["command"]["title"]
        assert second["range"]["start"]["line"] == 15


def test_fix_all_applies_safe_fixes_only(project: Path) -> None:
    with Client(project) as client:
        uri = client.open(project / "app.py")
        client.wait(uri, 1, ["LLM202", "LLM101"])
        [action] = client.actions(uri, None, ["source.fixAll"])
        fixed = applied(APP, edits_of(action, uri))
        assert action["kind"] == "source.fixAll.llmlint"
        assert "cache_control" in fixed
        assert "claude-opus-5-5" in fixed
        client.change(uri, fixed, 2)
        client.wait(uri, 2, ["LLM202"])
        assert client.actions(uri, None, ["source.fixAll"]) == []


def test_broken_text_keeps_what_was_found_and_restored_text_is_checked_again(project: Path) -> None:
    with Client(project) as client:
        uri = client.open(project / "app.py")
        client.wait(uri, 1, ["LLM202", "LLM101"])
        client.change(uri, APP + "\ndef half(", 2)
        client.quiet(1)
        assert client.diagnostics[uri]["version"] == 1
        assert client.actions(uri, client.diagnostics[uri]["diagnostics"][0]) == []
        client.change(uri, APP.replace("opus", "haiku"), 3)
        client.wait(uri, 3, ["LLM101"])
        client.change(uri, APP, 4)
        client.wait(uri, 4, ["LLM202", "LLM101"])


def test_a_file_that_others_use_changes_what_is_found_in_them(project: Path) -> None:
    with Client(project) as client:
        app, prompts = client.open(project / "app.py"), client.open(project / "prompts.py")
        client.wait(prompts, 1, ["LLM101"])
        client.change(prompts, 'BOOK = "Be brief."\n', 2)
        client.wait(prompts, 2, [])
        # When nobody types, calls in other files are checked again.
        client.wait(app, 1, ["LLM202"])
        client.change(prompts, PROMPTS, 3)
        client.wait(prompts, codes=["LLM101"])
        client.wait(app, 1, ["LLM202", "LLM101"])
        client.notify("textDocument/didClose", {"textDocument": {"uri": prompts}})
        client.wait(prompts, codes=[])


def test_a_new_caller_in_another_file_is_seen_after_saving(project: Path) -> None:
    (project / "app.py").write_text(APP.replace("def ask(question):", "def ask(question, BOOK):"))
    with Client(project) as client:
        app, other = client.open(project / "app.py"), client.open(project / "other.py", "")
        client.wait(app, 1, ["LLM202"])
        text = f'from app import ask\n\nTEXT = """{BOOK}"""\n\n\ndef f(q):\n    return ask(q, TEXT)\n'
        client.change(other, text, 2)
        (project / "other.py").write_text(text)
        client.save(other)
        client.wait(app, 1, ["LLM202", "LLM101"])
        client.wait(other, 2, ["LLM101"])


def test_settings_of_the_client_and_of_the_project(project: Path) -> None:
    with Client(project, settings={"ignore": ["LLM101"], "codeLens": False, "inlayHints": True}) as client:
        uri = client.open(project / "app.py")
        client.wait(uri, 1, ["LLM202"])
        assert client.request("textDocument/codeLens", {"textDocument": {"uri": uri}}) == []
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        hints = client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": everything})
        assert [each["label"].partition(" ")[0] for each in hints] == ["claude-haiku-5-5", "claude-opus-5-5"]
        config = client.open(project / "llmlint.toml", "")
        (project / "llmlint.toml").write_text('ignore = ["LLM2"]\n')
        client.save(config)
        client.wait(uri, 1, ["LLM202"])  # The client's settings go before those of the file, as the command line does.
        client.settings = {}
        client.notify("workspace/didChangeConfiguration", {"settings": {}})
        client.wait(uri, 1, ["LLM101"])


def test_wrong_settings_are_said_once(project: Path) -> None:
    (project / "llmlint.toml").write_text('selekt = ["LLM2"]\n')
    with Client(project) as client:
        uri = client.open(project / "app.py")
        client.wait(uri, 1, [])
        client.quiet(0.5)
        assert len([each for each in client.messages if "selekt" in each]) == 1


def test_several_folders_are_projects_of_their_own(project: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    (second / ".git").mkdir(parents=True)
    (second / "app.py").write_text(APP)
    with Client(project, second) as client:
        first, other = client.open(project / "app.py"), client.open(second / "app.py")
        client.wait(first, 1, ["LLM202", "LLM101"])
        client.wait(other, 1, ["LLM202"])


def test_cells_of_a_notebook_are_one_program(project: Path) -> None:
    uri = (project / "ask.ipynb").as_uri()
    texts = ["%pip install anthropic\nimport anthropic\nclient = anthropic.Anthropic()\n", APP.partition("def tag")[2]]
    texts[1] = "def tag" + texts[1]
    cells = [f"vscode-notebook-cell:{(project / 'ask.ipynb').as_posix()}#{number}" for number in range(2)]
    with Client(project) as client:
        client.notify(
            "notebookDocument/didOpen",
            {
                "notebookDocument": {
                    "uri": uri,
                    "notebookType": "jupyter-notebook",
                    "version": 1,
                    "cells": [{"kind": 2, "document": each} for each in cells],
                },
                "cellTextDocuments": [
                    {"uri": each, "languageId": "python", "version": 1, "text": text}
                    for each, text in zip(cells, texts, strict=True)
                ],
            },
        )
        [finding] = client.wait(cells[1], codes=["LLM202"])
        assert client.diagnostics[cells[0]]["diagnostics"] == []
        assert finding["range"]["start"]["line"] == 2
        action, *_ = client.actions(cells[1], finding, ["quickfix"])
        assert "claude-haiku" in applied(texts[1], edits_of(action, cells[1]))


def test_positions_count_in_utf_16(project: Path) -> None:
    text = APP.replace("    return client.messages.create(\n        model=", '    "🚂"; return client.messages.create(model=')
    with Client(project) as client:
        uri = client.open(project / "app.py", text)
        found = client.wait(uri, 1, ["LLM202", "LLM101"])
        action = client.actions(uri, found[0], ["quickfix"])[0]
        assert applied(text, edits_of(action, uri)) == text.replace("claude-opus-5-5", "claude-haiku-5-5")


def test_files_outside_of_projects_and_excluded_ones(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text(APP)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "app.py").write_text(APP)
    with Client(tmp_path) as client:
        alone, excluded = client.open(tmp_path / "alone.py"), client.open(tmp_path / "venv" / "app.py")
        client.wait(alone, 1, ["LLM202"])
        assert client.wait(excluded, 1) == []
        assert json.dumps(client.messages) == "[]"
