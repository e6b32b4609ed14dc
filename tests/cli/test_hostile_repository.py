"""What a repository must not be able to do to somebody who merely lints it: links, pipes and devices in place of files, and names that lie."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmlint.cache.asked import REST_SECONDS
from llmlint.cache.store import Cache

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs links, pipes and devices")

CALL = "import anthropic\nfrom helper import MODEL\n\nanthropic.Anthropic().messages.create(model=MODEL, max_tokens=9, messages=[])\n"


@pytest.fixture
def leaky(folder: Path, leak: str) -> Path:
    """A folder with a finding, old enough for the cache to remember it."""
    (folder / "app.py").write_text(leak)
    os.utime(folder / "app.py", ns=(1_700_000_000_000_000_001, 1_700_000_000_000_000_001))
    time.sleep(REST_SECONDS + 0.05)
    return folder


class TestCacheFolder:
    """`.llmlint_cache` may have come with the repository."""

    @pytest.mark.parametrize("name", [".gitignore", "CACHEDIR.TAG", "files.json"])
    def test_what_a_link_in_it_leads_to_is_not_written(self, llmlint, leaky: Path, name: str) -> None:
        victim = leaky.parent / "victim"
        victim.write_text("precious")
        (leaky / ".llmlint_cache").mkdir()
        (leaky / ".llmlint_cache" / name).symlink_to("../../victim")
        assert llmlint().code == 1
        assert victim.read_text() == "precious"

    @pytest.mark.parametrize("arguments", [("--output-format", "json", "--output-file"), ("report", "--html")])
    @pytest.mark.parametrize("target", ["../victim", "../created", "sub/out", "pipe"])
    def test_a_report_is_written_through_no_link_that_leads_out(
        self, llmlint, leaky: Path, arguments: tuple[str, ...], target: str
    ) -> None:
        (leaky.parent / "victim").write_text("precious")
        (leaky / "sub").symlink_to("..")
        os.mkfifo(leaky / "pipe")
        (leaky / "link").symlink_to(target)
        result = llmlint(*arguments, "link")
        assert result.code == 2
        assert "link: cannot be written: " in result.err
        assert (leaky.parent / "victim").read_text() == "precious"
        assert not (leaky.parent / "created").exists()
        assert not (leaky.parent / "out").exists()

    @pytest.mark.parametrize("name", ["/dev/stdout", "inside"])
    def test_a_report_is_written_where_a_link_stays_inside(self, llmlint, leaky: Path, name: str) -> None:
        (leaky / "inside").symlink_to("report.txt")
        result = llmlint("--output-file", name)
        assert result.code == 1
        assert "LLM" in (result.out if name != "inside" else (leaky / "report.txt").read_text())

    @pytest.mark.parametrize("name", [".gitignore", "CACHEDIR.TAG"])
    def test_a_link_to_nowhere_creates_nothing(self, llmlint, leaky: Path, name: str) -> None:
        (leaky / ".llmlint_cache").mkdir()
        (leaky / ".llmlint_cache" / name).symlink_to("../../created")
        assert llmlint().code == 1
        assert not (leaky.parent / "created").exists()

    def test_a_link_in_a_cache_with_the_right_tag_is_replaced_itself(self, llmlint, leaky: Path) -> None:
        assert llmlint().code == 1
        cache, victim = leaky / ".llmlint_cache", leaky.parent / "victim"
        victim.write_text("precious")
        for path in cache.glob("*"):
            if path.name != "CACHEDIR.TAG":
                path.unlink()
                path.symlink_to(victim)
        assert llmlint().code == 1
        assert victim.read_text() == "precious"

    def test_a_folder_of_that_name_with_something_else_is_left_alone(self, llmlint, leaky: Path) -> None:
        own = leaky / ".llmlint_cache"
        own.mkdir()
        (own / ".gitignore").write_text("mine")
        (own / "notes.txt").write_text("mine")
        assert llmlint().code == 1
        assert {path.name: path.read_text() for path in own.iterdir()} == {".gitignore": "mine", "notes.txt": "mine"}
        assert llmlint("clean").err == "Keeping, as it holds files that llmlint did not write: .llmlint_cache\n"
        assert {path.name: path.read_text() for path in own.iterdir()} == {".gitignore": "mine", "notes.txt": "mine"}

    def test_clean_takes_only_its_own_files_from_a_cache(self, llmlint, leaky: Path) -> None:
        assert llmlint().code == 1
        cache = leaky / ".llmlint_cache"
        (cache / "notes.txt").write_text("mine")
        (cache / "folder").mkdir()
        (cache / "folder" / "files.json").write_text("mine")
        llmlint("clean")
        assert sorted(str(path.relative_to(cache)) for path in cache.rglob("*")) == ["folder", "folder/files.json", "notes.txt"]

    @pytest.mark.parametrize("arguments", [["clean"], ["clean", "--cache-dir", ".llmlint_cache"]])
    def test_clean_follows_no_link(self, llmlint, leaky: Path, arguments: list[str]) -> None:
        elsewhere = leaky.parent / "elsewhere"
        Cache(str(elsewhere)).write("files", {})
        (leaky / ".llmlint_cache").symlink_to(elsewhere)
        assert llmlint(*arguments).code == 0
        assert (elsewhere / "files.json").exists()

    @pytest.mark.parametrize("name", ["files.json", "CACHEDIR.TAG", ".gitignore"])
    def test_a_pipe_in_it_does_not_hang(self, llmlint, leaky: Path, name: str) -> None:
        assert llmlint().code == 1
        (leaky / ".llmlint_cache" / name).unlink()
        os.mkfifo(leaky / ".llmlint_cache" / name)
        assert llmlint().code == 1
        assert llmlint("clean").code == 0


class TestPipesAndDevices:
    NAMES = (
        ".gitignore",
        ".ignore",
        ".git",
        ".git/info/exclude",
        ".git/commondir",
        "pyproject.toml",
        "llmlint.toml",
        "prompt.txt",
        "x.py",
    )

    @pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "link"])
    @pytest.mark.parametrize("name", NAMES)
    def test_do_not_hang_or_fill_memory(self, llmlint, folder: Path, leak: str, name: str, kind: str) -> None:
        (folder / "app.py").write_text(leak + '\n\nclient.messages.create(model="m", system=open("prompt.txt").read())\n')
        if "/" not in name:
            (folder / ".git" / "info").mkdir(parents=True) if name != ".git" else None
        else:
            (folder / name).parent.mkdir(parents=True)
        if kind == "fifo":
            os.mkfifo(folder / name)
        elif kind == "link":
            os.mkfifo(folder / "pipe")
            (folder / name).symlink_to(folder / "pipe")
        else:
            (folder / name).symlink_to(kind)
        outcome = llmlint("--output-format", "concise")
        assert outcome.code == 1
        assert "app.py:6:8: LLM101" in outcome.out

    @pytest.mark.parametrize(
        "arguments", [["pipe"], ["pipe.py"], ["--config", "pipe"], ["--fix", "pipe.py"], ["sites", "pipe.py"]]
    )
    def test_on_the_command_line_are_an_error(self, llmlint, folder: Path, arguments: list[str]) -> None:
        os.mkfifo(folder / arguments[-1])
        outcome = llmlint(*arguments)
        assert outcome.code == 2
        assert "not a regular file" in outcome.err


class TestLinksOutOfTheRoot:
    def test_an_import_does_not_follow_them(self, llmlint, folder: Path) -> None:
        (folder / "app.py").write_text(CALL)
        (folder.parent / "outside").mkdir()
        (folder.parent / "outside" / "secret.py").write_text('MODEL = "claude-opus-4-1"\n')
        for link in ("helper.py", "src"):
            target = "../outside/secret.py" if link == "helper.py" else "../outside"
            (folder / link).symlink_to(target)
            (folder / "app.py").write_text(CALL if link == "helper.py" else CALL.replace("from helper", "from src.secret"))
            for command in (["sites"], [], ["--fix", "--unsafe-fixes", "--select", "ALL"]):
                assert "opus" not in llmlint(*command).out, command
            (folder / link).unlink()

    def test_an_import_does_not_leave_for_a_folder_whose_name_begins_alike(self, llmlint, folder: Path) -> None:
        (folder / "app.py").write_text(CALL.replace("from helper", "from ..project_secrets.helper"))
        (folder.parent / "project_secrets").mkdir()
        (folder.parent / "project_secrets" / "helper.py").write_text('MODEL = "claude-opus-4-1"\n')
        assert "opus" not in llmlint("sites").out

    def test_an_import_follows_a_link_that_stays_inside(self, llmlint, folder: Path) -> None:
        (folder / "app.py").write_text(CALL)
        (folder / "real").mkdir()
        (folder / "real" / "models.txt").write_text('MODEL = "claude-opus-4-1"\n')
        (folder / "helper.py").symlink_to("real/models.txt")
        assert "claude-opus-4-1" in llmlint("sites").out

    @pytest.mark.parametrize("arguments", [["."], ["x.py"], ["linked"], ["linked/victim.py"]])
    def test_no_fix_is_written_through_them(self, llmlint, folder: Path, leak: str, arguments: list[str]) -> None:
        (folder.parent / "outside").mkdir()
        victim = folder.parent / "outside" / "victim.py"
        victim.write_text(leak)
        (folder / "x.py").symlink_to("../outside/victim.py")
        (folder / "linked").symlink_to("../outside")
        outcome = llmlint("--fix", *arguments)
        assert victim.read_text() == leak
        if arguments != ["."]:
            assert outcome.code == 2
            assert "leads out of the folder that is linted" in outcome.err


class TestModulesOfTheCurrentFolder:
    @pytest.mark.parametrize("name", ["json", "click", "typing", "signal", "libcst", "datetime", "unicodedata", "difflib"])
    def test_are_not_run(self, new_llmlint, leaky: Path, name: str) -> None:
        (leaky / f"{name}.py").write_text("open('was_run', 'w').close()\n")
        assert new_llmlint("--output-format", "json").code == 1
        assert not (leaky / "was_run").exists()


class TestNamesOfFiles:
    @pytest.mark.parametrize("name", ["--exit-zero", "--config=evil.py", "-q", "--fix"])
    def test_do_not_pass_for_options(self, llmlint, leaky: Path, name: str) -> None:
        (leaky / name).write_text("")
        outcome = llmlint("--force-exclude", "app.py", name)
        assert outcome.code == 2
        assert f"{name} is the name of a file here" in outcome.err
        assert llmlint("--force-exclude", "--", "app.py", name).code == 1
        assert llmlint("--force-exclude", "app.py", f"./{name}").code == 1

    def test_the_hooks_end_their_options(self) -> None:
        hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
        assert hooks.count("- id: ") == hooks.count("args: [--]") == 2

    @pytest.mark.parametrize(
        "arguments", [["--show-files"], [], ["--output-format", "concise"], ["sites"], ["--diff", "--unsafe-fixes"]]
    )
    def test_send_no_control_characters(self, llmlint, folder: Path, leak: str, arguments: list[str]) -> None:
        (folder / "a\x1b]0;owned\x07\u202e\u200b.py").write_text(leak if arguments != ["--diff", "--unsafe-fixes"] else "x = (")
        outcome = llmlint(*arguments)
        for character in "\x1b\x07\u202e\u200b":
            assert character not in outcome.out + outcome.err

    @pytest.mark.parametrize("unsafe", [[], ["--unsafe-fixes"]])
    def test_send_none_in_the_names_of_a_patch(self, llmlint, folder: Path, leak: str, unsafe: list[str]) -> None:
        """git's own quoting: `patch` and `git apply` find the file, and a terminal that shows the patch is safe."""
        (folder / "a\x1b]0;owned\x07\u202e\u200b\u3164.py").write_text(leak)
        outcome = llmlint("--diff", *unsafe)
        assert '+++ "a\\033]0;owned\\a\\342\\200\\256\\342\\200\\213\\343\\205\\244.py"' in outcome.out
        assert not set("\x1b\x07\u202e\u200b\u3164") & set(outcome.out)

    @pytest.mark.parametrize(
        "arguments", [["audit", "{}.jsonl"], ["report", "--html", "-"], ["baseline"], ["--output-file", "{}/{}"]]
    )
    def test_send_none_from_other_commands(self, llmlint, folder: Path, leak: str, arguments: list[str]) -> None:
        evil = "e\x1b]0;owned\x07\u202e\u200b\u3164"
        (folder / evil).mkdir()
        (folder / evil / f"{evil}.py").write_text(leak.replace("def ", f"# {evil}\ndef "))
        record = {"model": evil, "id": evil, "usage": {"input_tokens": 1000, "output_tokens": 10}}
        (folder / f"{evil}.jsonl").write_text(json.dumps(record) + "\n")
        outcome = llmlint(*(each.replace("{}", evil) for each in arguments))
        assert outcome.code in (0, 1)
        assert not set("\x1b\x07\u202e\u200b\u3164") & set(outcome.out + outcome.err)

    def test_send_none_from_clean_or_errors(self, llmlint, folder: Path) -> None:
        evil = "\x1b]0;owned\x07\u200b"
        Cache(str(folder / evil / ".llmlint_cache")).write("files", {})
        (folder / evil / ".llmlint-99999999-abcd_123.tmp").write_text("")
        for outcome in (
            llmlint("clean"),
            llmlint(f"--{evil}"),
            llmlint("rule", evil),
            llmlint("--select", evil),
            llmlint(evil + "x"),
        ):
            assert "owned" in outcome.err
            assert not set(evil).intersection("\x1b\x07\u200b") & set(outcome.out + outcome.err)


class TestSecrets:
    @pytest.mark.parametrize(
        "code",
        ['open(".env").read()', '__import__("json").load(open("keys.json"))["key"]', 'json.load(open("keys.json"))["key"]'],
    )
    def test_sites_prints_no_content_of_files_but_names_of_models(self, llmlint, folder: Path, code: str) -> None:
        (folder / ".env").write_text("KEY=sk-secret")
        (folder / "keys.json").write_text('{"key": "sk-secret", "model": "claude-haiku-4-5"}')
        call = "import json\nimport anthropic\nanthropic.Anthropic().messages.create(model={}, max_tokens=9, messages=[])\n"
        (folder / "app.py").write_text(call.format(code))
        assert "sk-secret" not in llmlint("sites").out + llmlint("sites", "--output-format", "json").out + llmlint().out
        (folder / "app.py").write_text(call.format('json.load(open("keys.json"))["model"]'))
        assert json.loads(llmlint("sites", "--output-format", "json").out)["sites"][0]["model"]["value"] == "claude-haiku-4-5"


class TestOneBadLine:
    @pytest.mark.parametrize("line", ["[a-Z]", "x[z-a].py", "[a", "\\", "[[:alpha:]-]", "*" * 3000 + "[b-a]"])
    def test_of_an_ignore_file_costs_that_line(self, llmlint, leaky: Path, line: str) -> None:
        (leaky / ".git").mkdir()
        (leaky / "ignored.py").write_text("x = (")
        (leaky / ".gitignore").write_text(f"{line}\nignored.py\n")
        assert llmlint().code == 1

    @pytest.mark.parametrize("name", [".git", ".git/commondir"])
    def test_of_git_costs_nothing(self, llmlint, leaky: Path, name: str) -> None:
        (leaky / name).parent.mkdir(exist_ok=True)
        (leaky / name).write_bytes(b"gitdir: a\0b\n" if name == ".git" else b"a\0b")
        assert llmlint().code == 1

    DEEP = (
        "x = " + "[" * 2000,
        "x = " + "{" * 2000,
        "x = " + "{a=" * 2000,
        "min-fan-out = " + "9" * 5000,
        ".".join(["a"] * 2000) + " = 1",
    )

    @pytest.mark.parametrize(
        "text", [*DEEP, "thresholds.min-fan-out = -0x" + "f" * 5000, "thresholds.cache-margin = 0x" + "f" * 5000]
    )
    @pytest.mark.parametrize("head", ["", "[tool.llmlint]\n"])
    def test_of_a_configuration_is_an_error_of_one_line(self, llmlint, leaky: Path, text: str, head: str) -> None:
        (leaky / ("pyproject.toml" if head else "llmlint.toml")).write_text(head + text)
        outcome = llmlint()
        assert outcome.code == 2
        assert outcome.err.count("\n") == 1
        assert len(outcome.err) < 400

    @pytest.mark.parametrize("named", [r"a\u0000b", "c0.toml"])
    def test_of_an_extended_configuration_is_one_too(self, llmlint, leaky: Path, named: str) -> None:
        for number in range(300):
            (leaky / f"c{number}.toml").write_text(f'extend = "c{number + 1}.toml"\n')
        (leaky / "c300.toml").write_text("")
        (leaky / "llmlint.toml").write_text(f'extend = "{named}"\n')
        outcome = llmlint()
        assert outcome.code == 2
        assert outcome.err.count("\n") == 1
        assert "`extend` " in outcome.err
        assert "internal error" not in outcome.err

    @pytest.mark.parametrize(
        "text", ["".join(f"x{n} = 1\n" for n in range(10_000)), "".join(f"[x{n}]\n" for n in range(20_000)) + "y = 1\n"]
    )
    def test_of_many_tables_and_keys_are_few_errors_and_soon(self, llmlint, leaky: Path, text: str) -> None:
        (leaky / "llmlint.toml").write_text(text)
        begun = os.times().children_user
        outcome = llmlint()
        assert os.times().children_user - begun < 20
        assert outcome.code == 2
        assert outcome.err.splitlines()[-1].endswith(" more errors")
        assert outcome.err.count("\n") == 31

    @pytest.mark.parametrize("text", [*DEEP, "a = 0x" + "f" * 5000])
    def test_of_a_prompt_file_makes_it_unknown(self, llmlint, folder: Path, text: str) -> None:
        (folder / "prompts.toml").write_text(text)
        (folder / "app.py").write_text(
            "import anthropic, tomllib\n"
            'settings = tomllib.loads(open("prompts.toml").read())\n'
            'anthropic.Anthropic().messages.create(model="claude-haiku-5-5", system=f"{settings} {settings[\'a\']}", max_tokens=9, messages=[])\n'
        )
        assert llmlint().code == 0
        assert llmlint("sites").code == 0


class TestFullStandardError:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
    @pytest.mark.parametrize(
        "arguments", [["app.py", "absent.py"], ["--bad-option"], ["--config", "absent"], ["rule", "nope"], ["--fix", "absent.py"]]
    )
    def test_does_not_change_the_exit_code(self, leaky: Path, arguments: list[str]) -> None:
        with open("/dev/full", "wb") as full:
            result = subprocess.run([sys.executable, "-m", "llmlint", *arguments], cwd=leaky, stdout=subprocess.PIPE, stderr=full)
        assert result.returncode == 2
        assert (b"LLM101" in result.stdout) is (arguments[0] == "app.py")
