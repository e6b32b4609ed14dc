"""`--since`: what a change brings to a git repository, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from llmlint.since import change as since

CALL = """\
import anthropic

client = anthropic.Anthropic()


def {name}(question):
    return client.messages.create(model="{model}", max_tokens=300, messages=[{{"role": "user", "content": question}}])
"""


def git(folder: Path, *arguments: str) -> None:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env={**os.environ, **own, **names})


@pytest.fixture
def repository(folder: Path, leak: str) -> Path:
    """One commit with two findings: LLM101 in app.py, LLM201 in pkg/desk.py."""
    (folder / "pkg").mkdir()
    (folder / "app.py").write_text(leak)
    (folder / "pkg" / "desk.py").write_text(CALL.format(name="answer", model="claude-opus-5-5"))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    return folder


def found(llmlint, *arguments: str) -> list[str]:
    outcome = llmlint("--since", "main", "--output-format", "json", *arguments)
    assert outcome.err == ""
    findings = json.loads(outcome.out)["findings"]
    assert outcome.code == (1 if findings else 0)
    return [f"{each['path']} {each['code']}" for each in findings]


def test_what_was_there_before_is_not_reported(llmlint, repository: Path) -> None:
    assert llmlint().code == 1
    outcome = llmlint("--since", "main")
    assert (outcome.code, outcome.out) == (0, "The change since main brings no findings.\n")


def test_what_lies_in_a_submodule_is_not_brought(llmlint, repository: Path) -> None:
    (repository / "lib").mkdir()
    (repository / "lib" / "inner.py").write_text(CALL.format(name="inner", model="claude-opus-5-5"))
    git(repository / "lib", "init", "-q", "-b", "main")
    git(repository / "lib", "add", "-A")
    git(repository / "lib", "commit", "-q", "-m", "one")
    (repository / "new.py").write_text(CALL.format(name="new", model="claude-opus-5-5"))
    assert found(llmlint) == ["new.py LLM201"]
    markdown = llmlint("--since", "main", "--output-format", "markdown").out
    assert "new.py" in markdown
    assert "lib/inner.py" not in markdown


def test_moved_lines_renamed_files_and_edited_calls_bring_nothing(llmlint, repository: Path) -> None:
    git(repository, "mv", "pkg/desk.py", "pkg/front.py")
    text = (repository / "pkg" / "front.py").read_text()
    (repository / "pkg" / "front.py").write_text("# new\n" * 50 + text.replace("max_tokens=300", "max_tokens=500"))
    app = (repository / "app.py").read_text()
    (repository / "app.py").write_text(
        app.replace("Answer from this", "Always answer from this", 1).replace("# all", "# all of it")
    )
    assert found(llmlint) == []
    moved = (repository / "pkg" / "front.py").read_text()
    (repository / "pkg" / "front.py").write_text("")
    (repository / "pkg" / "other.py").write_text(moved.replace("max_tokens=500", "max_tokens=300"))
    assert found(llmlint) == []


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_new_file_and_a_copy_of_a_call_bring_findings(llmlint, repository: Path, is_committed: bool) -> None:
    (repository / "new.py").write_text(CALL.format(name="ask", model="claude-opus-5-5"))
    with (repository / "pkg" / "desk.py").open("a") as file:
        file.write(CALL.format(name="again", model="claude-opus-5-5").partition("\n\n\n")[2])
    if is_committed:
        git(repository, "checkout", "-q", "-b", "feature")
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", "two")
    assert found(llmlint) == ["new.py LLM201", "pkg/desk.py LLM201"]
    assert found(llmlint, "pkg") == ["pkg/desk.py LLM201"]


def test_a_finding_that_says_something_else_is_changed_by_the_change(llmlint, repository: Path) -> None:
    desk = repository / "pkg" / "desk.py"
    desk.write_text(desk.read_text().replace("claude-opus-5-5", "claude-fable-5"))
    assert found(llmlint) == ["pkg/desk.py LLM201"]


def test_the_change_starts_where_the_branch_left(llmlint, repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature")
    git(repository, "checkout", "-q", "main")
    (repository / "app.py").write_text("")
    git(repository, "commit", "-q", "-a", "-m", "two")
    git(repository, "checkout", "-q", "feature")
    assert found(llmlint) == []


def test_annotations_stand_at_the_lines_of_the_change(llmlint, repository: Path) -> None:
    (repository / "models.py").write_text('MODEL = "claude-haiku-5-5"\n')
    (repository / "use.py").write_text("from models import MODEL\n" + CALL.format(name="ask", model="X").replace('"X"', "MODEL"))
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "two")
    (repository / "models.py").write_text('MODEL = "claude-opus-5-5"\n')
    annotation = llmlint("--since", "main", "--output-format", "github").out
    assert "file=models.py,line=1,endLine=1," in annotation
    git(repository, "commit", "-q", "-a", "-m", "three")
    with (repository / "use.py").open("a") as file:
        file.write(CALL.format(name="again", model="X").replace('"X"', "MODEL").partition("\n\n\n")[2])
    annotation = llmlint("--since", "main", "--output-format", "github").out
    assert annotation.count("\n") == 1
    assert "file=use.py,line=10,endLine=10," in annotation


def test_the_summary_has_the_change_in_cost_of_each_call(llmlint, repository: Path) -> None:
    app = (repository / "app.py").read_text()
    (repository / "app.py").write_text(app.replace("claude-haiku-5-5", "claude-sonnet-5-5"))
    (repository / "new.py").write_text(CALL.format(name="ask", model="claude-haiku-5-5"))
    git(repository, "mv", "pkg/desk.py", "pkg/front.py")
    rows = [
        line.split(" | ")
        for line in llmlint("--since", "main", "--output-format", "markdown").out.splitlines()
        if "<code>" in line
    ]
    costs = {row[0].removeprefix("| "): row[1:] for row in rows if len(row) == 5}
    assert set(costs) == {"<code>app.py:11</code>", "<code>new.py:7</code>"}
    what, before, after, difference = costs["<code>app.py:11</code>"]
    assert what == "claude-haiku-5-5 → claude-sonnet-5-5"
    assert difference.startswith("+$")
    assert float(after[1:]) > float(before[1:]) > 0
    assert costs["<code>new.py:7</code>"][0].endswith("new call")
    (repository / "new.py").unlink()
    git(repository, "checkout", "-q", "app.py")
    assert "The change does not change what" in llmlint("--since", "main", "--output-format", "markdown").out


def test_it_works_from_a_folder_below_and_leaves_the_repository_as_it_was(llmlint, repository: Path) -> None:
    (repository / "new.py").write_text(CALL.format(name="ask", model="claude-opus-5-5"))
    state = subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout
    (repository / ".git" / "hooks").mkdir(exist_ok=True)
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch hook-ran\n")
    hook.chmod(0o755)
    assert found(llmlint, "--no-cache") == ["new.py LLM201"]
    assert subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout == state
    assert not list(repository.rglob("hook-ran"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "nope"], "--since nope: there is no commit 'nope'"),
        (["--since", "--all"], "there is no commit"),
        (["--since", "main", "--fix"], "--since cannot be used with --fix"),
        (["--since", "main", "-"], "--since cannot be used with"),
    ],
)
def test_what_cannot_be_compared_is_a_usage_error(llmlint, repository: Path, arguments: list[str], message: str) -> None:
    outcome = llmlint(*arguments)
    assert outcome.code == 2
    assert message in outcome.err


def test_outside_of_a_repository_it_is_an_error(llmlint, folder: Path) -> None:
    outcome = llmlint("--since", "HEAD")
    assert outcome.code == 2
    assert "not a git repository" in outcome.err


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell commands")
def test_programs_that_the_configuration_of_the_repository_names_are_not_run(llmlint, repository: Path) -> None:
    ran = repository.parent / "ran"
    (repository / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-q", "-m", "two")
    run = f"sh -c 'touch {ran}; cat'"
    for key in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command", "diff.external"):
        git(repository, "config", key, run)
    git(repository, "config", "core.fsmonitor", f"touch {ran}; false")
    git(repository, "config", "filter.evil.required", "true")
    (repository / "pkg" / "desk.py").write_text(CALL.format(name="other", model="claude-opus-5-5"))
    (repository / "new.py").write_text(CALL.format(name="new", model="claude-opus-5-5"))
    ran.unlink(missing_ok=True)
    assert found(llmlint)
    assert not ran.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes")
@pytest.mark.parametrize(
    "name",
    [
        ".git/HEAD",
        ".git/config",
        ".git/index",
        ".git/packed-refs",
        ".git/refs/heads/main",
        ".git/info/exclude",
        ".git/info/attributes",
        ".git/commondir",
        ".git/objects/info/alternates",
        ".gitattributes",
        "pkg/.gitignore",
        "pkg/.git/HEAD",
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_pipe_that_git_would_read_is_an_error(llmlint, repository: Path, name: str, kind: str) -> None:
    path = repository / name
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    target = path if kind == "pipe" else repository.parent / "pipe"
    os.mkfifo(target)
    if kind == "link":
        path.symlink_to(target)
    outcome = llmlint("--since", "main")
    assert outcome.code == 2
    assert outcome.err == f"Error: --since main: git would wait for ever: {name} is not a regular file\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes")
def test_a_pipe_in_the_folder_of_a_linked_work_tree_is_an_error(
    llmlint, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", "../side")
    monkeypatch.chdir(repository.parent / "side")
    assert llmlint("--since", "main").code == 0
    (repository / ".git" / "packed-refs").unlink(missing_ok=True)
    os.mkfifo(repository / ".git" / "packed-refs")
    outcome = llmlint("--since", "main")
    assert (outcome.code, outcome.err.count("packed-refs is not a regular file")) == (2, 1)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_empty_devices_and_pipes_that_git_does_not_read_are_none(llmlint, repository: Path) -> None:
    (repository / ".gitignore").symlink_to(os.devnull)
    os.mkfifo(repository / "pipe")
    os.mkfifo(repository / "pkg" / "pipe.py")
    outcome = llmlint("--since", "main", "app.py", "pkg/desk.py")
    assert (outcome.code, outcome.out) == (0, "The change since main brings no findings.\n")


@pytest.mark.skipif(os.name == "nt", reason="a script without an extension is no program on Windows")
def test_a_git_that_does_not_end_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(since, "MOST_SECONDS", 0.2)
    with pytest.raises(since.SinceError, match="git rev-parse did not end within"):
        since.repository()
