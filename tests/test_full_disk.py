"""The programs of the workstation on a disk that is full, a real one: one sentence, status 1, the former files kept."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from tests.pictures import draw_digit
from train import store
from train.command import run_program
from train.learning.runs import save_run
from train.networks.classifier import build_model

ROOT = store.ROOT
KIB = 64
MAINS = """
import contextlib, io, sys
from train.judging import evaluate, predict
from train.learning import convert, crops, finder, finetune, pretrain
for main, arguments in (
    (predict.main, [sys.argv[1]]),
    (evaluate.main, ["--shipped"]),
    (convert.main, []),
    (finetune.main, []),
    (pretrain.main, ["--quick"]),
    (finder.main, ["--quick"]),
    (crops.main, ["--quick"]),
):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = main(arguments)
    print(status, said.getvalue(), end="")
"""


def mount(folder: Path, kib: int) -> None:
    call = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
    try:
        subprocess.run(call, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk can be mounted by root on Linux alone ({error})")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, KIB)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_each_program_says_so_in_one_sentence(tmp_path: Path, small_disk: Path) -> None:
    picture = tmp_path / "three.png"
    cv2.imwrite(str(picture), draw_digit(3))
    for folder in ("build", "models/local"):
        (ROOT / folder).mkdir(exist_ok=True)
    # In a mount namespace of its own, full disks lie over build/ and models/local/, and go with it.
    over = f"mount --bind {small_disk} build && mount --bind {small_disk} models/local"
    (small_disk / "full").write_bytes(bytes((KIB - 12) * 1024))
    call = ["unshare", "-m", "sh", "-c", f'{over} && exec "$@"', "sh", sys.executable, "-c", MAINS, str(picture)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode and ("unshare" in done.stderr or "mount:" in done.stderr):
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        *("1 predict", "1 evaluate", "1 convert", "1 finetune"),
        *("1 train", "1 train", "1 train"),
    ]
    assert said[0].endswith("(No space left on device). Make room, then run it again.")
    for line in said[1:]:
        assert ": the disk of " in line
        assert line.endswith("MiB are left, 16 are needed. Make room, then run it again.")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own
def test_a_disk_that_fills_up_meanwhile_leaves_the_former_model(
    small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, path = build_model(), small_disk / "base.keras"
    path.write_bytes(b"former")
    status = run_program("train", lambda: save_run(model, {}, {}, path))
    said = capsys.readouterr().err
    assert status == 1
    assert said.startswith("train: cannot write")
    assert said.endswith("(No space left on device). Make room, then run it again.\n")
    assert said.count("\n") == 1
    assert path.read_bytes() == b"former"
    assert names(small_disk) == ["base.keras", "previous"]


def test_a_set_that_finds_no_room_leaves_the_former_one(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contents = {f"{name}.tflite": bytes(20_000) for name in store.MEMBERS}
    for name in contents:
        (small_disk / name).write_bytes(b"former")
    status = run_program("convert", lambda: store.install_set(small_disk, contents, {}) and None)
    assert status == 1
    assert capsys.readouterr().err.endswith("(No space left on device). Make room, then run it again.\n")
    assert (small_disk / "digits.tflite").read_bytes() == b"former"


def test_output_into_a_full_device_is_one_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is missing: Linux has it")
    code = "import sys; from train.command import run_program; sys.exit(run_program('x', lambda: print('y')))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (
        1,
        "x: cannot write (No space left on device). Make room, then run it again.\n",
    )


def test_a_file_that_may_not_grow_is_one_sentence(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from train.command import run_program\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "sys.exit(run_program('x', lambda: Path(sys.argv[1]).write_bytes(bytes(2000)) and None))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "y")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "(File too large). Make room, or raise the limit" in done.stderr


def test_a_mistake_of_ours_is_no_sentence() -> None:
    def mistake() -> None:
        raise FileNotFoundError(2, "No such file or directory", "gone")

    with pytest.raises(FileNotFoundError):
        run_program("x", mistake)
