"""Writing files on a real file system: whole or not at all, with everything but the content as it was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmlint.fixes.write import WriteError, replace_file, unified_diff

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD, NEW = b"x = 1\n", b"x = [1]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_bytes(OLD)
    return path


UNPRIVILEGED = 65534

CHILD = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
from llmlint.fixes.write import WriteError, replace_file

if os.geteuid() == 0:
    os.setgid({user})
    os.setuid({user})
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    replace_file(sys.argv[2], b"x = [1]\\n", b"x = 1\\n")
except WriteError as error:
    print(error)
"""


def replace_without_privileges(file: Path, *size_limit: str) -> str:
    """What goes wrong when somebody replaces OLD by NEW to whom, unlike root, permissions apply."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", CHILD.format(user=UNPRIVILEGED), str(root), str(file), *size_limit]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip("\n")


@pytest.fixture
def owned_file() -> Iterator[Path]:
    """A file that belongs, with its folder, to the user of `replace_without_privileges`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "app.py")
        file.write_bytes(OLD)
        if os.geteuid() == 0:
            os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
            os.chown(file, UNPRIVILEGED, UNPRIVILEGED)
        yield file
        os.chmod(folder, 0o755)


@pytest.mark.parametrize("mode", [0o755, 0o644, 0o600, 0o664])
def test_the_content_is_replaced_and_the_mode_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace_file(str(file), NEW, OLD)
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert os.listdir(file.parent) == ["app.py"]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfx = 1\r\n# a", b"# coding: latin-1\nx = '\xe9'\n\x0c", b"", b"x" * 3_000_000],
    ids=["BOM, CRLF and no final newline", "latin-1 and a form feed", "empty", "large"],
)
def test_bytes_are_written_as_they_are(file: Path, content: bytes) -> None:
    replace_file(str(file), content, OLD)
    assert file.read_bytes() == content
    replace_file(str(file), OLD, content)
    assert file.read_bytes() == OLD


def test_a_relative_path_is_written_where_it_leads(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    replace_file("app.py", NEW, OLD)
    assert file.read_bytes() == NEW


def test_a_symbolic_link_stays_one_and_its_target_is_replaced(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "second.py").symlink_to("../app.py")
    (folder / "first.py").symlink_to("second.py")
    replace_file(str(folder / "first.py"), NEW, OLD)
    assert file.read_bytes() == NEW
    assert not file.is_symlink()
    assert (folder / "first.py").is_symlink()
    assert (folder / "second.py").is_symlink()
    assert sorted(os.listdir(folder)) == ["first.py", "second.py"]


def test_a_file_that_changed_since_is_left_alone(file: Path) -> None:
    file.write_bytes(b"x = 2\n")
    with pytest.raises(WriteError, match="was changed by another program in the meantime, and is left as it is"):
        replace_file(str(file), NEW, OLD)
    assert file.read_bytes() == b"x = 2\n"
    assert os.listdir(file.parent) == ["app.py"]


def test_a_file_that_changes_while_we_write_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def save_meanwhile(handle: int) -> None:
        sync(handle)
        file.write_bytes(b"saved by an editor\n")

    monkeypatch.setattr(os, "fsync", save_meanwhile)
    with pytest.raises(WriteError, match="was changed by another program"):
        replace_file(str(file), NEW, OLD)
    assert file.read_bytes() == b"saved by an editor\n"
    assert os.listdir(file.parent) == ["app.py"]


@pytest.mark.parametrize("at", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["Ctrl-C", "full disk"])
def test_whatever_goes_wrong_the_file_is_whole_and_nothing_is_left_beside_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, at: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, at, fail)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else WriteError):
        replace_file(str(file), NEW, OLD)
    assert file.read_bytes() == OLD
    assert os.listdir(file.parent) == ["app.py"]


def test_a_disk_without_room_leaves_the_file_whole(owned_file: Path) -> None:
    assert replace_without_privileges(owned_file, "4") == "cannot be written: File too large"
    assert owned_file.read_bytes() == OLD
    assert os.listdir(owned_file.parent) == ["app.py"]


def test_a_read_only_folder_is_an_error_and_no_change(owned_file: Path) -> None:
    owned_file.parent.chmod(0o555)
    assert replace_without_privileges(owned_file) == "cannot be written: Permission denied"
    assert owned_file.read_bytes() == OLD
    assert os.listdir(owned_file.parent) == ["app.py"]


def test_a_read_only_file_is_an_error_though_its_folder_would_let_us_replace_it(owned_file: Path) -> None:
    owned_file.chmod(0o444)
    assert replace_without_privileges(owned_file) == "cannot be written: Permission denied"
    assert owned_file.read_bytes() == OLD
    owned_file.chmod(0o644)
    assert replace_without_privileges(owned_file) == ""
    assert owned_file.read_bytes() == NEW


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a file of somebody else that it may write")
def test_a_file_of_somebody_else_is_replaced_though_its_owner_cannot_be_kept(owned_file: Path) -> None:
    os.chown(owned_file, 0, 0)
    owned_file.chmod(0o666)
    assert replace_without_privileges(owned_file) == ""
    assert owned_file.read_bytes() == NEW
    assert stat.S_IMODE(owned_file.stat().st_mode) == 0o666
    assert owned_file.stat().st_uid == UNPRIVILEGED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_and_the_set_user_id_bit_are_kept(file: Path) -> None:
    os.chown(file, 1234, 2345)
    file.chmod(0o4755)
    replace_file(str(file), NEW, OLD)
    status = file.stat()
    assert (status.st_uid, status.st_gid) == (1234, 2345)
    assert stat.S_IMODE(status.st_mode) == 0o4755


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "broken.py").symlink_to("nowhere.py")
    for name, reason in {
        "pipe.py": "it is not a regular file",
        ".": "it is not a regular file",
        "loop.py": "Too many levels of symbolic links",
        "broken.py": "No such file or directory",
        "absent.py": "No such file or directory",
    }.items():
        with pytest.raises(WriteError) as caught:
            replace_file(str(tmp_path / name), NEW, OLD)
        assert str(caught.value) == f"cannot be written: {reason}"
    assert sorted(os.listdir(tmp_path)) == ["broken.py", "loop.py", "pipe.py"]


def test_a_diff_has_the_path_twice_and_the_changed_lines() -> None:
    old = "".join(f"line {number}\n" for number in range(1, 11))
    assert unified_diff("src/a.py", old, old.replace("line 5\n", "line five\n")) == (
        "--- src/a.py\n+++ src/a.py\n@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n line 6\n line 7\n line 8\n"
    )


def test_a_missing_final_newline_is_marked() -> None:
    assert unified_diff("a.py", "x = 1\ny = 2", "x = 3\ny = 2") == (
        "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 3\n y = 2\n\\ No newline at end of file\n"
    )
    assert unified_diff("a.py", "x = 1", "x = 2\n") == (
        "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x = 1\n\\ No newline at end of file\n+x = 2\n"
    )


def test_no_change_is_no_diff() -> None:
    assert unified_diff("a.py", "x = 1\n", "x = 1\n") == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1\r\ny = 2\r\n", "x = [1]\r\ny = 2\r\n"),
        ("x = 1\r\ny = 2", "x = 1\r\ny = [2]"),
        ("x = 1\ry = 2\r", "x = 1\ry = [2]\r"),
        ("x = 1\n\x0cy = 2\n\u2028z = 3\n", "x = 1\n\x0cy = [2]\n\u2028z = 3\n"),
        ("\ufeffx = 1\n", "\ufeffx = [1]\n"),
        ("x = 1\n", ""),
        ("a\n\nb", "a\n\nb\n\n"),
    ],
    ids=["CRLF", "CRLF without a last", "lone CR", "other line separators", "BOM", "emptied", "final newline"],
)
def test_patch_makes_the_new_file_of_the_diff(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(old.encode())
    diff = unified_diff("app.py", old, new)
    subprocess.run(["patch", "--binary", "-p0", "-s"], input=diff.encode(), cwd=tmp_path, check=True, capture_output=True)
    assert (file.read_bytes() if file.exists() else b"") == new.encode()
