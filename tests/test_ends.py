"""200 ends of a recording at random moments: its status, its camera, and what of its recording plays."""

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from edge.outputs.lasting_video import measure_s
from edge.outputs.recording import LIVE_FPS

ROOT = Path(__file__).resolve().parents[1]
ENDS = 200
RECORDED = re.compile(r"recorded .*/out\.mp4 \(\d+\.\d s\)")
HANGS = "0 hangs and was not closed"


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """How each of them ended, and where it left what it wrote."""
    folder = tmp_path_factory.mktemp("ends")
    call = [sys.executable, "-m", "tests.ends", str(folder), str(ENDS)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ends) == ENDS
    return [(end, folder / str(end["number"])) for end in ends]


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.slow
class TestEnds:
    def test_a_status_is_never_a_signal_and_nothing_is_shown_but_what_was_recorded(self, ends):
        assert {end["status"] for end, _ in ends} == {0, 130}  # some had come to their own end
        for end, folder in ends:
            said = [line for line in read_lines(folder / "stderr") if not RECORDED.fullmatch(line)]
            assert said in ([], [HANGS]), end

    def test_a_camera_that_was_opened_is_closed_once_unless_it_hangs(self, ends):
        hung = 0
        for end, folder in ends:
            opened, released = (folder / "opened").exists(), read_lines(folder / "released")
            hangs = HANGS in read_lines(folder / "stderr")
            hung += hangs
            assert released == ([] if hangs or not opened else ["once"]), end
        assert hung > 0

    def test_the_recording_plays_up_to_its_last_frames(self, ends):
        recorded = 0
        for end, folder in ends:
            shown = [datetime.fromisoformat(json.loads(line)["time"]) for line in read_lines(folder / "shown")]
            if len(shown) > 1:
                plays_s = measure_s(folder / "out.mp4", frame_s=1 / LIVE_FPS)
                # Who is interrupted between the two outputs has not recorded the last one.
                assert plays_s > (shown[-2] - shown[0]).total_seconds(), end
                assert RECORDED.fullmatch(read_lines(folder / "stderr")[0]), end
                recorded += 1
        assert recorded > ENDS / 4
