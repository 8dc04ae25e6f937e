import errno
import os
import subprocess
import sys

import pytest

from edge.whole_file import remove_parts, save_new


@pytest.fixture(params=["hard links", "no hard links"])
def disk(request, monkeypatch):
    """Any disk, and one like a FAT stick."""

    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if request.param == "no hard links":
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("disk")
class TestSaveNew:
    def test_writes_the_file_and_makes_its_folder(self, tmp_path):
        save_new(tmp_path / "7" / "anna" / "a.png", b"digit")
        assert (tmp_path / "7" / "anna" / "a.png").read_bytes() == b"digit"
        assert len(list((tmp_path / "7" / "anna").iterdir())) == 1

    def test_another_file_of_that_name_stays_as_it_was(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            save_new(tmp_path / "a.png", b"digit")
        assert (tmp_path / "a.png").read_bytes() == b"mine"
        assert len(list(tmp_path.iterdir())) == 1

    def test_half_a_file_is_removed_when_the_disk_is_full(self, tmp_path, monkeypatch):
        def full(_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            save_new(tmp_path / "a.png", b"digit")
        assert list(tmp_path.iterdir()) == []

    def test_it_is_safe_on_the_disk_before_it_has_its_name(self, tmp_path, monkeypatch):
        names = []
        monkeypatch.setattr(os, "fsync", lambda _: names.append(sorted(path.name for path in tmp_path.iterdir())))
        save_new(tmp_path / "a.png", b"digit")
        assert names == [[f".part-{os.getpid()}-a.png"], ["a.png"]]  # the file, then its folder


class TestRemoveParts:
    def test_what_a_dead_process_left_is_removed(self, tmp_path):
        with subprocess.Popen([sys.executable, "-c", ""]) as dead:
            dead.wait()
        (tmp_path / f".part-{dead.pid}-a.png").touch()
        (tmp_path / f".part-{os.getpid()}-a.png").touch()  # before a power cut, another process had this number
        remove_parts(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_what_a_running_process_writes_stays_and_so_do_other_files(self, tmp_path):
        kept = {f".part-{os.getppid()}-a.png", ".part-x", "a.png", ".hidden"}
        for name in kept:
            (tmp_path / name).touch()
        remove_parts(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == kept
