"""What the terminal and the window say while digits are labelled."""

import io
from dataclasses import replace

import pytest

from edge.collecting.capture import Collection
from edge.collecting.labeller import Labeller
from edge.collecting.terminal import CaptureTerminal
from edge.collecting.wording import ORDER_WIDTH, describe_order
from edge.contract import TOO_BLURRED, Box, Detection
from tests.fakes import build_reading, build_shot


def row(labels, *, y=0):
    return [
        Detection(Box(20 * place, y, 10, 20), label, 0.9, "not a digit" if label == "?" else None)
        for place, label in enumerate(labels)
    ]


class TestDescribeOrder:
    def test_rows_in_taborder_the_cross_in_brackets_what_is_labelled_with_a_star(self):
        rows = [row("12?"), row("40", y=50)]
        assert describe_order(rows, rows[0][1], {rows[0][0].box: "1"}) == "1* [2] ? / 4 0"

    def test_without_a_cross_it_begins_at_the_first(self):
        assert describe_order([row("12")], None, {}) == "1 2"

    def test_no_digits_no_order(self):
        assert describe_order([], None, {}) == ""

    @pytest.mark.parametrize(
        ("aim", "start", "end"), [(0, "[1] 2", " ..."), (30, "... ", " ..."), (59, "... ", "9 [0]")]
    )
    def test_what_is_far_from_the_cross_is_left_out(self, aim, start, end):
        digits = row("1234567890" * 6)
        told = describe_order([digits], digits[aim], {})
        assert f"[{digits[aim].label}]" in told
        assert told.startswith(start)
        assert told.endswith(end)
        assert len(told) <= ORDER_WIDTH + len("... ") + len(" ...")


class Tty(io.StringIO):
    """A terminal that is written to: what it shows is what was written after the last return."""

    def isatty(self):
        return True

    @property
    def status(self):
        return self.getvalue().rpartition("\r")[2]


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


class TestTheStatusOfATerminal:
    def see(self, tmp_path, reading, *, stills=True, frozen=False, place=None):
        self.stream = Tty()
        terminal = CaptureTerminal(None, self.stream)
        labeller = Labeller(Collection(tmp_path, "anna"), tell=terminal.tell, stills=stills)
        labeller.standing = labeller.standing or frozen
        shot = build_shot(source="a.png", place=place)
        labeller.see(shot, reading)
        terminal.show(shot, reading, labeller)
        self.shown = labeller
        labeller.press("\t")
        terminal.show(shot, reading, labeller)
        return self.stream.status

    @pytest.mark.usefixtures("narrow")
    def test_tells_taborder_mode_and_keys_in_80_columns(self, tmp_path):
        status = self.see(tmp_path, build_reading("12 345 678 901 234 567 890"))
        assert status.startswith("cross on 2, 2 of 20: 1 [2] 3 4 5")
        assert "auto off  h: keys" in status
        assert len(status) < 80

    def test_tells_which_of_how_many_pictures_it_is(self, tmp_path, monkeypatch):
        monkeypatch.setenv("COLUMNS", "150")
        assert "a.png, 2 of 5" in self.see(tmp_path, build_reading("12"), place=(2, 5))

    @pytest.mark.usefixtures("narrow")
    @pytest.mark.parametrize("frozen", [True, False])
    def test_tells_that_a_camera_is_frozen(self, tmp_path, frozen):
        assert ("FROZEN" in self.see(tmp_path, build_reading("12"), stills=False, frozen=frozen)) is frozen

    @pytest.mark.usefixtures("narrow")
    @pytest.mark.parametrize(
        ("reason", "told"),
        [(TOO_BLURRED, "cross on nothing: too blurred"), (None, "cross on nothing: no digit in sight")],
    )
    @pytest.mark.parametrize("stills", [True, False])
    def test_tells_why_nothing_is_found(self, tmp_path, reason, told, stills):
        assert self.see(tmp_path, replace(build_reading(""), reason=reason), stills=stills).startswith(told)
