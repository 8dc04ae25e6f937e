"""MNIST is split once and for all, and what was fetched is what was meant."""

from pathlib import Path

import numpy as np
import pytest

from edge.errors import SetupError
from train.digits import mnist


class TestMnist:
    def test_the_split_is_55000_5000_10000(self) -> None:
        if not mnist.is_cached():
            pytest.skip("MNIST is not cached: `python -m train.digits.mnist`")
        full = mnist.load_mnist()
        assert [len(full.train), len(full.validation), len(full.test)] == [55_000, 5_000, 10_000]

    def test_the_sample_holds_all_digits_and_is_split_alike(self) -> None:
        sample = mnist.load_sample()
        assert [len(sample.train), len(sample.validation), len(sample.test)] == [900, 100, 500]
        assert np.bincount(sample.test.labels).tolist() == [50] * 10


class TestInstallFiles:
    def test_a_file_with_another_checksum_is_refused(self) -> None:
        with pytest.raises(SetupError, match="MD5"):
            mnist.verify(dict.fromkeys(mnist.MD5, b"something else"))

    def test_an_idx_file_comes_back_as_it_was(self, tmp_path: Path) -> None:
        glyphs = mnist.load_sample().test.glyphs
        (tmp_path / "idx").write_bytes(mnist.as_idx(glyphs))
        assert np.array_equal(mnist.read_idx(tmp_path / "idx"), glyphs)

    def test_without_a_network_one_line_says_what_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

        def offline() -> dict[str, bytes]:
            """a way that fails"""
            raise SetupError("no network")

        with pytest.raises(SetupError, match=r"a way that fails: no network.*IDX files into .*mnist") as caught:
            mnist.fetch_mnist(ways=(offline,))
        assert "\n" not in str(caught.value)
