"""Writing files on a real file system: whole or not at all, with everything but the content as it was."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmlint.fixes.leftovers import remove_leftovers
from llmlint.fixes.write import Replacement, WriteError, held_signals, replace_files

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD, NEW = b"x = 1\n", b"x = [1]\n"


def replace_file(path: str, data: bytes, expected: bytes) -> None:
    replace_files([Replacement(path, data, expected)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_bytes(OLD)
    return path


UNPRIVILEGED = 65534

CHILD = """
import os, resource, sys
sys.path.insert(0, sys.argv[1])
from llmlint.fixes.write import Replacement, WriteError, replace_files

if os.geteuid() == 0:
    os.setgid({user})
    os.setuid({user})
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    replace_files([Replacement(sys.argv[2], b"x = [1]\\n", b"x = 1\\n")])
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


def test_a_further_hard_link_keeps_the_old_content(file: Path, tmp_path: Path) -> None:
    os.link(file, tmp_path / "second.py")
    replace_file(str(file), NEW, OLD)
    assert file.read_bytes() == NEW
    assert (tmp_path / "second.py").read_bytes() == OLD


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Linux only")
def test_extended_attributes_are_kept(file: Path) -> None:
    try:
        os.setxattr(file, "user.reviewed", b"yes")
    except OSError:
        pytest.skip("this file system has none")
    replace_file(str(file), NEW, OLD)
    assert os.getxattr(file, "user.reviewed") == b"yes"


# Files that belong together


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three files in folders of their own."""
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_bytes(OLD + name.encode())
    return [tmp_path / name / "app.py" for name in "abc"]


def replacements(files: list[Path]) -> list[Replacement]:
    return [Replacement(str(file), NEW + file.parent.name.encode(), OLD + file.parent.name.encode()) for file in files]


def contents(files: list[Path]) -> list[bytes]:
    """What the files hold, less what tells them apart; nothing else may lie beside them."""
    assert [os.listdir(file.parent) for file in files] == [["app.py"]] * len(files)
    assert all(file.read_bytes().endswith(file.parent.name.encode()) for file in files)
    return [file.read_bytes()[:-1] for file in files]


def test_files_are_replaced_together(files: list[Path]) -> None:
    inodes = [file.stat().st_ino for file in files]
    replace_files(replacements(files))
    assert contents(files) == [NEW] * 3
    assert not set(inodes) & {file.stat().st_ino for file in files}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_if_one_has_changed_meanwhile_none_is_replaced(files: list[Path], number: int) -> None:
    wanted = replacements(files)
    files[number].write_bytes(OLD + b"!" + files[number].parent.name.encode())
    with pytest.raises(WriteError, match="was changed by another program") as caught:
        replace_files(wanted)
    assert caught.value.path == str(files[number])
    assert contents(files) == [OLD + b"!" if index == number else OLD for index in range(3)]


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "on a file system without hard links"])
@pytest.mark.parametrize("failing", [1, 2, 3])
@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), OSError(28, "No space left on device"), MemoryError()],
    ids=["Ctrl-C", "full disk", "no memory"],
)
def test_if_one_cannot_be_renamed_those_before_it_are_put_back(
    files: list[Path], monkeypatch: pytest.MonkeyPatch, failing: int, links: bool, error: BaseException
) -> None:
    rename, calls = os.replace, []
    files[0].chmod(0o751)

    def fail_once(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == failing:
            raise error
        rename(source, target)

    def no_link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", fail_once)
    if not links:
        monkeypatch.setattr(os, "link", no_link)
    inodes = [file.stat().st_ino for file in files]
    with pytest.raises(WriteError if isinstance(error, OSError) else type(error)):
        replace_files(replacements(files))
    assert contents(files) == [OLD] * 3
    assert len(calls) == 2 * failing - 1, "each file that was renamed is put back"
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o751
    if links:
        assert [file.stat().st_ino for file in files] == inodes, "it is the very file that was there before"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_if_one_cannot_be_written_none_is(files: list[Path], monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    folder = str(files[number].parent)
    make = tempfile.mkstemp

    def fail_in_folder(prefix: str, suffix: str, dir: str) -> tuple[int, str]:
        if dir == folder:
            raise PermissionError(13, "Permission denied")
        return make(prefix=prefix, suffix=suffix, dir=dir)

    monkeypatch.setattr(tempfile, "mkstemp", fail_in_folder)
    with pytest.raises(WriteError, match="cannot be written: Permission denied") as caught:
        replace_files(replacements(files))
    assert caught.value.path == str(files[number])
    assert contents(files) == [OLD] * 3


# Signals, and what killed processes leave


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_are_held_back_until_the_block_ends(name: str) -> None:
    number = getattr(signal, name)
    came: list[int] = []
    usual = signal.signal(number, lambda number, _: came.append(number))
    try:
        with held_signals() as is_asked_to_stop:
            assert not is_asked_to_stop()
            signal.raise_signal(number)
            assert is_asked_to_stop()
            assert came == []
        assert came == [number]
    finally:
        signal.signal(number, usual)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_ignored_signal_stays_ignored() -> None:
    usual = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held_signals() as is_asked_to_stop:
            signal.raise_signal(signal.SIGHUP)
            assert not is_asked_to_stop()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, usual)


def test_ctrl_c_comes_after_the_block() -> None:
    reached: list[bool] = []

    def block() -> None:
        with held_signals():
            signal.raise_signal(signal.SIGINT)
            reached.append(True)

    with pytest.raises(KeyboardInterrupt):
        block()
    assert reached == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_outside_of_the_main_thread_nothing_is_held_back() -> None:
    def block() -> bool:
        with held_signals() as is_asked_to_stop:
            return is_asked_to_stop()

    with ThreadPoolExecutor() as pool:
        assert pool.submit(block).result() is False


@pytest.mark.skipif(os.name == "nt", reason="there, nobody is asked whether a process runs")
def test_only_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = f".llmlint-{gone.pid}-abcd_123.tmp"
    kept = [
        f".llmlint-{os.getpid()}-abcd_123.tmp",
        f".llmlint-{gone.pid}-abcd_1234.tmp",
        f"llmlint-{gone.pid}-abcd_123.tmp",
        f".llmlint-{gone.pid}-abcd_123.tmp.py",
        ".llmlint-99999999999999999999999-abcd_123.tmp",
    ]
    for name in [left, *kept]:
        (tmp_path / name).write_bytes(b"x")
    assert remove_leftovers([str(tmp_path), str(tmp_path / "absent")]) == [str(tmp_path / left)]
    assert sorted(os.listdir(tmp_path)) == sorted(kept)
