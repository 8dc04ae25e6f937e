import numpy as np
import pytest

from edge.contract import Box
from edge.errors import SourceError
from edge.reading.region import RegionReader, parse_region
from tests.fakes import FakeReader, build_frame, build_reading


class TestRegionReader:
    def test_reads_the_region_only(self):
        reader = FakeReader("12")
        frame = build_frame(100, 80)
        frame[20:70, 30:90] = 7
        RegionReader(reader, Box(30, 20, 60, 50)).read(frame)
        (crop,) = reader.frames
        assert crop.shape == (50, 60, 3)
        assert (crop == 7).all()
        assert crop.flags.c_contiguous

    def test_boxes_and_size_are_those_of_the_whole_frame(self):
        reading = RegionReader(FakeReader("12"), Box(30, 20, 60, 50)).read(build_frame(100, 80))
        inside = build_reading("12")
        assert [digit.box.as_list() for digit in reading.digits] == [[34, 30, 10, 20], [46, 30, 10, 20]]
        assert reading.lines[0].box.as_list() == [34, 30, 22, 20]
        assert (reading.width, reading.height) == (100, 80)
        assert (reading.text, reading.model, reading.finder) == (inside.text, inside.model, inside.finder)

    def test_a_region_that_sticks_out_is_read_as_far_as_there_is_frame(self):
        reader = FakeReader()
        RegionReader(reader, Box(90, 70, 500, 500)).read(build_frame(100, 80))
        assert reader.frames[0].shape == (10, 10, 3)

    def test_a_region_outside_of_the_frame_is_an_error(self):
        with pytest.raises(SourceError, match=r"--roi 100,0,5,5 .* lies outside of the frame, which is 100x80 px"):
            RegionReader(FakeReader(), Box(100, 0, 5, 5)).read(build_frame(100, 80))

    def test_the_frame_stays_as_it_was(self):
        frame = build_frame(100, 80)
        before = frame.copy()
        RegionReader(FakeReader(), Box(1, 2, 3, 4)).read(frame)
        assert np.array_equal(frame, before)


class TestParseRegion:
    def test_reads_x_y_width_height(self):
        assert parse_region("10,20, 300,40") == Box(10, 20, 300, 40)

    @pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1.5,2,3,4", "-1,0,5,5", "0,0,0,5"])
    def test_anything_else_is_an_error_that_shows_it(self, text):
        with pytest.raises(ValueError, match=f"got '{text}'"):
            parse_region(text)
