"""`llmlint report --html`: one page that needs nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from llmlint.commands.inform import run_report
from llmlint.providers import find_call_sites

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


class Elements(HTMLParser):
    """All elements with their attributes; those that are open must be closed in order."""

    VOID = frozenset({"meta", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(FIXTURES / "demo", tmp_path / "demo")
    (tmp_path / "demo" / "evil.py").write_text(
        'import anthropic\n\nanthropic.Anthropic().messages.create(model="<script>alert(1)</script>", max_tokens=1, messages=[])\n'
    )
    monkeypatch.chdir(tmp_path)
    run_report(["demo"], "page.html", "never", True, ["calls-per-day = { '*' = 1000 }"])
    return tmp_path / "page.html"


def test_the_page_shows_calls_findings_and_money_and_loads_nothing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    elements = Elements(text).found
    assert "<code>demo/triage.py:18:20</code>" in text
    assert "about 1,787 tokens of system prompt are sent in full on every call" in text
    assert "saved in a month by all fixes" in text
    assert re.search(r'aria-label="system static [\d,]+ tokens, user changing', text)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    addresses = [value for _, attributes in elements for name, value in attributes.items() if name in ("src", "href") and value]
    assert all(each.startswith(("https://github.com/llmlint/", "data:")) for each in addresses)
    assert not any(name == "src" for _, attributes in elements for name in attributes)


def test_a_screen_reader_has_names_for_everything(page: Path) -> None:
    elements = Elements(page.read_text(encoding="utf-8")).found
    names = [attributes for _, attributes in elements if attributes.get("role") in ("img", "region")]
    assert all(each.get("aria-label") or each.get("aria-labelledby") for each in names)
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert ("html", {"lang": "en"}) in elements
    assert all(attributes.get("scope") == "col" for tag, attributes in elements if tag == "th")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_script_runs_in_a_browser(page: Path) -> None:
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=2000",
        "--dump-dom",
        page.as_uri(),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert re.search(r"<output>(\d+) of \1 shown</output>", shown)
    assert '<button type="button">Model</button>' in shown


def test_calls_are_in_the_order_of_files_whatever_project_they_are_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("m.py", "inner/a.py", "z.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(
            'import anthropic\n\nanthropic.Anthropic().messages.create(model="m", max_tokens=1, messages=[])\n'
        )
    (tmp_path / "inner" / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run_report([], "page.html", "never", True, []) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.findall(r"<td><code>(\S+\.py):3:1</code>", text) == ["inner/a.py", "m.py", "z.py"]


def test_a_project_is_linked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FIXTURES / "demo", tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    linked = []
    monkeypatch.setattr(
        "llmlint.run.checking.find_call_sites", lambda program, path: linked.append(path) or find_call_sites(program, path)
    )
    run_report(["demo"], "page.html", "never", True, [])
    assert sorted(linked) == sorted(set(linked))
    assert linked
