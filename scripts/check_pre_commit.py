"""pre-commit with llmlint's hooks, for real: `python scripts/check_pre_commit.py` (about 2 minutes; needs git, pre-commit and a package index).

It clones this repository, makes a small one that uses the clone as a hook by `rev`, and commits to it: single files that bring, move and
remove findings, `--all-files`, `--from-ref`, `try-repo`, hooks side by side on one cache, and the fixing hook. It prints how long a
hook takes. `--system` uses the llmlint of this environment in place of an installed one, which the tests do.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HANDBOOK = "Answer from this handbook, and from nothing else. " * 200
MODELS = 'MODEL = "{}"\n'
ANSWER = """\
import anthropic
from desk.models import MODEL
from desk.prompts import BOOK

client = anthropic.Anthropic()


def answer(question):
    return client.messages.create(model=MODEL, max_tokens=300, system=BOOK, messages=[{"role": "user", "content": question}])
"""
BY_REV = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: llmlint
      - id: llmlint-fix
        stages: [manual]
"""
BY_SYSTEM = """\
repos:
  - repo: local
    hooks:
      - {{id: llmlint, name: llmlint, language: system, types_or: [python, pyi, jupyter], require_serial: true,
         entry: '"{python}" -m llmlint check --force-exclude', args: [--]}}
      - {{id: llmlint-fix, name: llmlint --fix, language: system, types_or: [python, pyi, jupyter], require_serial: true,
         entry: '"{python}" -m llmlint check --force-exclude --fix', args: [--], stages: [manual]}}
"""


class Repository:
    """A repository that uses the hooks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
        self.env |= {"PRE_COMMIT_HOME": str(folder.parent / "pre-commit"), "SKIP": ""}
        for role in ("AUTHOR", "COMMITTER"):
            self.env |= {f"GIT_{role}_NAME": "llmlint", f"GIT_{role}_EMAIL": "llmlint@example.com"}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)

    def do(self, *command: str) -> str:
        outcome = self.run(*command)
        if outcome.returncode:
            raise SystemExit(f"{' '.join(command)}: {outcome.stdout}{outcome.stderr}")
        return outcome.stdout.strip()

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, *names: str) -> subprocess.CompletedProcess[str]:
        """A commit of these files and no others, with the hook."""
        self.do("git", "add", "--", *names)
        return self.run("git", "commit", "-m", "a change")


def expect(outcome: subprocess.CompletedProcess[str], fails: bool, *said: str) -> None:
    """Stop where a hook has not said what it must say."""
    text = outcome.stdout + outcome.stderr
    if (outcome.returncode != 0) is not fails or not all(each in text for each in said):
        raise SystemExit(f"expected {'a failure' if fails else 'success'} with {said}, got {outcome.returncode}:\n{text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--system", action="store_true", help="use the llmlint of this environment")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmlint-hooks-") as temporary:
        check(Path(temporary), by_rev=not options.system)
    print("all hooks did what they must")


def check(temporary: Path, *, by_rev: bool) -> None:
    """Everything in order."""
    folder = temporary / "repository"
    folder.mkdir()
    repository = Repository(folder)
    repository.do("git", "init", "-q", "-b", "main")
    config = BY_SYSTEM.format(python=sys.executable)
    clone = temporary / "clone"
    if by_rev:
        repository.do("git", "clone", "-q", str(ROOT), str(clone))
        config = BY_REV.format(repo=clone, rev=repository.do("git", "-C", str(clone), "rev-parse", "HEAD"))
    repository.write(".pre-commit-config.yaml", config)
    repository.write(".gitignore", ".llmlint_cache\n")
    repository.write("desk/__init__.py", "")
    repository.write("desk/models.py", MODELS.format("claude-haiku-5-5"))
    repository.write("desk/prompts.py", 'BOOK = "Be brief."\n')
    repository.write("desk/answer.py", ANSWER)
    repository.do("git", "add", "-A")
    repository.do("git", "commit", "-q", "--no-verify", "-m", "start")
    repository.do(sys.executable, "-m", "pre_commit", "install")
    expect(repository.pre_commit("run", "--all-files"), False)

    # A model alone, which is expensive where another file uses it.
    repository.write("desk/models.py", MODELS.format("claude-opus-5-5"))
    expect(repository.commit("desk/models.py"), True, "LLM201", "desk/models.py")
    repository.do("git", "commit", "-q", "--no-verify", "-m", "all the same")
    # A file that nothing is found in.
    repository.write("desk/other.py", "print('nothing')\n")
    expect(repository.commit("desk/other.py"), False)
    # Moved to another file.
    repository.write("desk/names.py", MODELS.format("claude-opus-5-5"))
    repository.write("desk/models.py", "from desk.names import MODEL as MODEL\n")
    expect(repository.commit("desk/names.py", "desk/models.py"), True, "LLM201", "desk/names.py")
    # Removed.
    repository.write("desk/names.py", MODELS.format("claude-haiku-5-5"))
    expect(repository.commit("desk/names.py", "desk/models.py"), False)
    # A prompt alone, which another file sends.
    repository.write("desk/prompts.py", f'BOOK = "{HANDBOOK}"\n')
    expect(repository.commit("desk/prompts.py"), True, "LLM101", "desk/prompts.py")
    repository.do("git", "commit", "-q", "--no-verify", "-m", "all the same")
    expect(repository.pre_commit("run", "llmlint", "--from-ref", "HEAD~1", "--to-ref", "HEAD"), True, "LLM101")
    expect(repository.pre_commit("run", "llmlint", "--all-files"), True, "LLM101")

    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        repository.pre_commit("run", "llmlint", "--files", "desk/prompts.py")
        seconds.append(time.perf_counter() - start)
    print(f"a hook on one file: {min(seconds):.2f} s of pre-commit and llmlint together")

    # Side by side on one cache.
    shutil.rmtree(folder / ".llmlint_cache", ignore_errors=True)
    command = [sys.executable, "-m", "pre_commit", "run", "llmlint", "--files", "desk/prompts.py", "desk/answer.py"]
    runs = [subprocess.Popen(command, cwd=folder, env=repository.env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {run.communicate()[0].partition("\n")[2] for run in runs}
    if len(said) != 1 or "LLM101" not in said.pop():
        raise SystemExit("hooks side by side said different things")

    if by_rev:
        expect(repository.pre_commit("try-repo", str(clone), "llmlint", "--files", "desk/prompts.py"), True, "LLM101")
    # The fixing hook changes the call, in another file, and the next commit passes.
    expect(
        repository.pre_commit("run", "llmlint-fix", "--hook-stage", "manual", "--files", "desk/prompts.py"),
        True,
        "files were modified",
    )
    if "cache_control" not in (folder / "desk/answer.py").read_text():
        raise SystemExit("the fixing hook has fixed nothing")
    expect(repository.commit("desk/answer.py"), False)
    expect(repository.pre_commit("run", "--all-files"), False)


if __name__ == "__main__":
    main()
