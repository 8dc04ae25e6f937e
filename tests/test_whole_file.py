import errno
import os
import subprocess
import sys

import pytest

from edge.whole_file import part_of, remove_parts, save_new, save_over
from train.store import save_whole


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


class TestSaveOver:
    def test_takes_the_place_of_the_former_file_and_leaves_nothing_else(self, tmp_path):
        for content in (b"former", b"new"):
            save_over(tmp_path / "a.png", content)
        assert (tmp_path / "a.png").read_bytes() == b"new"
        assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "save",
    [save_new, save_over, lambda path, content: save_whole(path, lambda part: part.write_bytes(content))],
    ids=["save_new", "save_over", "save_whole"],
)
def test_a_link_that_was_planted_where_it_writes_is_not_followed(tmp_path, save):
    (tmp_path / "mine").write_text("mine")
    path = tmp_path / "out" / "a.png"
    path.parent.mkdir()
    part_of(path).symlink_to(tmp_path / "mine")
    save(path, b"digit")
    assert ((tmp_path / "mine").read_text(), path.read_bytes()) == ("mine", b"digit")
    assert [one.name for one in path.parent.iterdir()] == ["a.png"]


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
