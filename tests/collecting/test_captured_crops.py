"""A captured digit's ink and its grey crop: one sample together, on the disk and in every count."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection
from edge.collecting.refusal import DUPLICATE
from edge.collecting.sample_files import read_grey, save_sample
from edge.contract import Box, Detection, Frame
from edge.finding.crops import Zoom, cut_crops, recut
from edge.finding.ink import find_ink
from edge.finding.segment import find_candidates

PAGE = Path(__file__).resolve().parents[1] / "sample_pages" / "1_score_sheet.png"


@pytest.fixture(scope="module")
def page() -> Frame:
    return cv2.imread(str(PAGE))


@pytest.fixture(scope="module")
def digits(page: Frame) -> list[Detection]:
    """What contours find on it, large enough to be saved."""
    found = [one for one in find_candidates(find_ink(page)) if one.box.height >= 40]
    return [Detection(one.box, "7", 0.9, ink=one.ink) for one in found]


def names(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[-2] + path.name[path.name.index(".") :] for path in folder.rglob("*.png"))


class TestAdd:
    def test_ink_and_crop_lie_side_by_side_under_one_name(self, tmp_path, page, digits):
        path = Collection(tmp_path, "anna").add("7", digits[0], page)
        assert path.name.endswith(".ink.png")
        assert names(tmp_path) == ["0001.crop.png", "0001.ink.png"]
        assert len({one.name.split(".")[0] for one in tmp_path.rglob("*.png")}) == 1

    def test_the_crop_gives_the_views_that_were_live(self, tmp_path, page, digits):
        collection, zoom = Collection(tmp_path, "anna"), Zoom(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY))
        for digit in digits:
            path, box = collection.add("7", digit, page), digit.box
            kept = recut(read_grey(path.with_name(path.name.replace(".ink.", ".crop."))))
            live = cut_crops(zoom, np.array([[box.x, box.y, box.right, box.bottom]], np.float32))[0]
            assert np.abs(live.astype(int) - kept).mean() <= 2.0

    def test_what_is_beyond_the_region_is_not_in_the_crop(self, tmp_path, page, digits):
        box = digits[0].box
        region = Box(box.x - 8, box.y - 8, box.width + 16, box.height + 16)
        beyond = page.copy()
        beyond[:] = 0
        inside = slice(region.y, region.bottom), slice(region.x, region.right)
        beyond[inside] = page[inside]
        one, other = (
            Collection(tmp_path / name, "anna").add("7", digits[0], frame, region)
            for name, frame in (("one", page), ("other", beyond))
        )
        contents = [path.with_name(path.name.replace(".ink.", ".crop.")).read_bytes() for path in (one, other)]
        assert contents[0] == contents[1]

    def test_what_the_finder_alone_found_is_kept_as_a_crop_alone(self, tmp_path, page, digits):
        path = Collection(tmp_path, "anna").add("7", replace(digits[0], cut_free=False), page)
        assert path.name.endswith(".crop.png")
        assert names(tmp_path) == ["0001.crop.png"]

    def test_a_pair_counts_once_and_a_crop_alone_too(self, tmp_path, page, digits):
        collection = Collection(tmp_path, "anna")
        collection.add("7", digits[0], page)
        collection.add("7", replace(digits[1], cut_free=False), page)
        assert (collection.counts["7"], collection.saved) == (2, 2)
        assert Collection(tmp_path, "anna").counts["7"] == 2

    def test_the_same_again_is_refused_also_without_ink_and_in_the_next_session(self, tmp_path, page, digits):
        alone = replace(digits[1], cut_free=False)
        collection = Collection(tmp_path, "anna")
        collection.add("7", digits[0], page)
        collection.add("7", alone, page)
        for one in (collection, Collection(tmp_path, "anna")):
            assert one.add("7", digits[0], page) == DUPLICATE
            assert one.add("7", alone, page) == DUPLICATE
            # Seen by contours first, then by the finder alone.
            assert one.add("7", replace(digits[0], cut_free=False), page) == DUPLICATE


class TestUndo:
    def test_takes_both_back_and_leaves_the_others(self, tmp_path, page, digits):
        collection = Collection(tmp_path, "anna")
        collection.add("7", digits[0], page)
        collection.add("7", digits[1], page)
        collection.add("7", replace(digits[2], cut_free=False), page)
        collection.undo()
        assert names(tmp_path) == ["0001.crop.png", "0001.ink.png", "0002.crop.png", "0002.ink.png"]
        collection.undo()
        assert names(tmp_path) == ["0001.crop.png", "0001.ink.png"]
        assert collection.counts["7"] == 1
        assert isinstance(collection.add("7", digits[1], page), Path)


class TestSaveSample:
    def test_a_name_that_is_taken_leaves_nothing_of_the_pair(self, tmp_path):
        (tmp_path / "a.crop.png").write_bytes(b"mine")
        with pytest.raises(FileExistsError):
            save_sample(tmp_path / "a", {".ink.png": b"ink", ".crop.png": b"crop"})
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.crop.png": b"mine"}
