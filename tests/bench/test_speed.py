"""The bench and the tutorial pipeline that it times: the figures add up, and nobody wins by reading nothing."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import DIGITS, Box, Frame, Ink
from edge.reading.classifier import Classifier
from edge.reading.reader import SHIPPED_MODEL
from tests.chart_faults import find_chart_faults
from train.bench import speed
from train.bench.speed import BAR, OURS, PAGES, REST, STAGES, TIMED, TUTORIAL, TUTORIAL_INT8, Ratio, Result
from train.bench.tutorial import (
    OneByOne,
    Tutorial,
    build_glyph,
    build_tutorial_model,
    convert_float,
    find_boxes,
    threshold,
)

PLAIN, RULED = "plain paper", "ruled paper in a shadow"
WRITTEN = 10 * PAGES


@pytest.fixture(scope="module")
def papers() -> dict[str, list[Frame]]:
    return speed.render_papers()


@pytest.fixture(scope="module")
def int8() -> OneByOne:
    return OneByOne(SHIPPED_MODEL.read_bytes(), Classifier(SHIPPED_MODEL).network.runtime)


@pytest.fixture(scope="module")
def sides() -> list[speed.Side]:
    return speed.hire_sides(SHIPPED_MODEL)


@pytest.fixture(scope="module")
def results(sides: list[speed.Side], papers: dict[str, list[Frame]]) -> list[Result]:
    return speed.measure(sides, papers[PLAIN], rounds=4)


def build_result(side: str, *whole_ms: float, right: int | None = 9) -> Result:
    """All of its time is ink."""
    whole = np.array(whole_ms)
    laps = np.zeros((len(whole), len(STAGES)))
    laps[:, 0] = whole
    return Result(side, whole, laps, written=10, found=10, right=right)


def draw_bars(*boxes: Box) -> Ink:
    ink = np.zeros((480, 640), np.uint8)
    for box in boxes:
        ink[box.y : box.bottom, box.x : box.right] = 255
    return ink


class TestTutorial:
    def test_reads_plain_pages(self, papers: dict[str, list[Frame]], int8: OneByOne) -> None:
        found, right = speed.count_digits(Tutorial(int8).read, papers[PLAIN])
        assert (found <= 1.05 * WRITTEN, right >= 0.95 * WRITTEN) == (True, True), (found, right)

    def test_asks_once_for_each_box(
        self, papers: dict[str, list[Frame]], int8: OneByOne, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[int, ...]] = []
        classify = int8.classify
        monkeypatch.setattr(int8, "classify", lambda glyph: asked.append(glyph.shape) or classify(glyph))
        read = Tutorial(int8).read(papers[PLAIN][0])
        assert asked == [(28, 28)] * len(find_boxes(threshold(papers[PLAIN][0])))
        assert len(read) == len(asked) == 10

    def test_one_threshold_finds_ink_dark_on_light(self) -> None:
        frame = np.full((100, 100, 3), 220, np.uint8)
        frame[40:60, 20:80] = 40
        ink = threshold(frame)
        assert (set(np.unique(ink)), ink[50, 50], ink[10, 10]) == ({0, 255}, 255, 0)

    @pytest.mark.parametrize(
        ("box", "kept"),
        [
            (Box(100, 100, 30, 50), True),
            (Box(100, 100, 4, 40), True),  # a 1
            (Box(100, 100, 3, 40), False),
            (Box(100, 100, 30, 10), False),  # a dash
            (Box(5, 100, 600, 40), False),  # a ruling
            (Box(100, 5, 40, 400), False),  # the edge of a sheet
        ],
    )
    def test_boxes_have_the_size_of_a_digit(self, box: Box, kept: bool) -> None:
        assert find_boxes(draw_bars(box)) == ([box] if kept else [])

    def test_the_hole_of_a_zero_is_no_box(self) -> None:
        ring = draw_bars(Box(100, 100, 40, 60))
        ring[115:145, 112:128] = 0
        assert find_boxes(ring) == [Box(100, 100, 40, 60)]

    @pytest.mark.parametrize("box", [Box(100, 100, 60, 60), Box(200, 50, 10, 80), Box(300, 300, 75, 40)])
    def test_a_glyph_keeps_the_proportions_in_the_middle_20_px(self, box: Box) -> None:
        glyph = build_glyph(draw_bars(box), box)
        assert (glyph.shape, glyph.dtype) == ((28, 28), np.uint8)
        x, y, width, height = cv2.boundingRect((glyph > 127).astype(np.uint8))
        assert max(width, height) == pytest.approx(20, abs=1)
        assert width / height == pytest.approx(box.width / box.height, rel=0.25)
        assert (x + width / 2, y + height / 2) == (pytest.approx(14, abs=1), pytest.approx(14, abs=1))

    def test_its_own_network_takes_one_glyph_and_names_one_of_ten_digits(self) -> None:
        model = build_tutorial_model()
        network = OneByOne(convert_float(model), Classifier(SHIPPED_MODEL).network.runtime)
        glyphs = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
        expected = np.asarray(model(glyphs[..., np.newaxis].astype(np.float32) / 255)).argmax(axis=1)
        assert [network.classify(glyph) for glyph in glyphs] == expected.tolist()

    def test_both_sizes_are_named_where_it_is_described(self) -> None:
        example = 320 + 18_496 + (1600 + 1) * len(DIGITS)  # two convolutions and the output of Keras' own example
        hidden = 320 + 18_496 + (1600 + 1) * 128 + (128 + 1) * len(DIGITS)
        assert build_tutorial_model().count_params() == hidden
        assert f"{hidden:,} parameters" in speed.__doc__
        assert f"has {example:,}, with the hidden layer" in speed.__doc__

    def test_our_network_says_one_by_one_what_it_says_in_a_batch(self, int8: OneByOne) -> None:
        glyphs = np.stack([build_glyph(draw_bars(box), box) for box in (Box(0, 0, 9, 50), Box(0, 0, 40, 50))])
        together = Classifier(SHIPPED_MODEL).network.logits(glyphs)[:, :10].argmax(axis=1)
        assert [int8.classify(glyph) for glyph in glyphs] == together.tolist()


class TestPages:
    def test_they_are_640x480_in_colour_and_differ(self, papers: dict[str, list[Frame]]) -> None:
        assert list(papers) == [PLAIN, RULED]
        for frames in papers.values():
            assert [(frame.shape, frame.dtype) for frame in frames] == [((480, 640, 3), np.uint8)] * PAGES
            assert len({frame.tobytes() for frame in frames}) == PAGES

    def test_they_are_the_same_in_each_run(self, papers: dict[str, list[Frame]]) -> None:
        again = speed.render_papers()
        assert all(np.array_equal(a, b) for name in papers for a, b in zip(papers[name], again[name], strict=True))

    def test_each_digit_stands_on_them_once(self) -> None:
        assert Counter("".join(speed.LINES).replace(" ", "")) == Counter("0123456789")

    def test_our_reader_finds_the_digits_on_both_papers(
        self, sides: list[speed.Side], papers: dict[str, list[Frame]]
    ) -> None:
        for paper in (PLAIN, RULED):
            found, right = speed.count_digits(sides[0].read, papers[paper])
            assert (found <= 1.1 * WRITTEN, right >= 0.85 * WRITTEN) == (True, True), (paper, found, right)


class TestCountDigits:
    @pytest.mark.parametrize(
        ("read", "counted"),
        [
            ("0123456789", (10, 10)),
            ("9876543210", (10, 10)),  # the tutorial does not sort
            ("01234567899", (11, 10)),
            ("1111", (4, 1)),
            ("", (0, 0)),
        ],
    )
    def test_a_digit_is_right_when_its_page_holds_it(self, read: str, counted: tuple[int, int]) -> None:
        frame = np.zeros((480, 640, 3), np.uint8)
        assert speed.count_digits(lambda _: list(read), [frame]) == counted


class FakeClock:
    """Stands still until somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def process_time(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    clock = FakeClock()
    monkeypatch.setattr(speed, "time", clock)
    return clock


def time_stages(clock: FakeClock, watch: speed.Stopwatch, road: Callable[[], object]) -> dict[str, float]:
    """Which stages took how many ms; together they are the whole."""
    laps = watch.time(lambda _: [str(road())], np.zeros((2, 2, 3), np.uint8))
    assert sum(laps) == pytest.approx(1000 * clock.now)
    return {stage: lap for stage, lap in zip(STAGES, laps, strict=True) if lap > 1e-9}


class TestStopwatch:
    def test_what_no_stage_took_is_the_rest(self, clock: FakeClock) -> None:
        watch = speed.Stopwatch()
        ink = watch.wrap("ink", clock.work)
        took = time_stages(clock, watch, lambda: [ink(0.003), clock.work(0.001)])
        assert took == pytest.approx({"ink": 3.0, REST: 1.0})

    def test_calls_of_one_stage_add_up(self, clock: FakeClock) -> None:
        watch = speed.Stopwatch()
        classify = watch.wrap("classifier", clock.work)
        took = time_stages(clock, watch, lambda: [classify(0.002) for _ in range(5)])
        assert took == pytest.approx({"classifier": 10.0})

    def test_a_stage_does_not_count_the_stages_within_it(self, clock: FakeClock) -> None:
        watch = speed.Stopwatch()
        glyphs = watch.wrap("glyphs", clock.work)
        classify = watch.wrap("classifier", lambda: [glyphs(0.016), clock.work(0.004)])
        judge = watch.wrap("hypotheses", lambda: [clock.work(0.001), classify(), clock.work(0.002), classify()])
        took = time_stages(clock, watch, lambda: [judge(), clock.work(0.005)])
        assert took == pytest.approx({"glyphs": 32.0, "classifier": 8.0, "hypotheses": 3.0, REST: 5.0})

    def test_a_stage_that_fails_has_its_time_as_well(self, clock: FakeClock) -> None:
        def fail() -> None:
            clock.work(0.002)
            raise ValueError("no")

        def road() -> None:
            with pytest.raises(ValueError, match="no"):
                candidates()
            clock.work(0.001)

        watch = speed.Stopwatch()
        candidates = watch.wrap("candidates", fail)
        hypotheses = watch.wrap("hypotheses", road)
        assert time_stages(clock, watch, hypotheses) == pytest.approx({"candidates": 2.0, "hypotheses": 1.0})

    def test_each_frame_starts_from_zero(self, clock: FakeClock) -> None:
        watch = speed.Stopwatch()
        ink = watch.wrap("ink", clock.work)
        time_stages(clock, watch, lambda: [ink(0.003)])
        clock.now = 0.0
        assert time_stages(clock, watch, lambda: [ink(0.001)]) == pytest.approx({"ink": 1.0})

    def test_it_is_taken_off_again(self) -> None:
        before = [getattr(owner, name) for owner, name, _ in TIMED]
        with speed.run_stopwatch():
            assert all(getattr(owner, name) is not was for (owner, name, _), was in zip(TIMED, before, strict=True))
        assert [getattr(owner, name) for owner, name, _ in TIMED] == before

    def test_each_stage_is_one_of_the_tables(self) -> None:
        assert {stage for _, _, stage in TIMED} == set(STAGES) - {REST}


class TestMeasure:
    def test_each_side_has_all_rounds_and_its_digits(self, results: list[Result]) -> None:
        assert [result.side for result in results] == [OURS, TUTORIAL, TUTORIAL_INT8]
        assert {result.whole.shape + result.laps.shape for result in results} == {(4, 4, len(STAGES))}
        assert {result.written for result in results} == {WRITTEN}
        assert [result.right is None for result in results] == [False, True, False]

    def test_both_roads_pass_their_stages(self, results: list[Result]) -> None:
        ours, *tutorials = [dict(zip(STAGES, result.laps.min(axis=0), strict=True)) for result in results]
        road = {"ink", "candidates", "glyphs", "classifier", REST}
        assert {stage for stage, lap in ours.items() if lap > 0} == road | {"hypotheses", "context", "lines"}
        assert [{stage for stage, lap in laps.items() if lap > 0} for laps in tutorials] == [road, road]

    def test_sides_take_turns_and_see_the_same_frames(self) -> None:
        seen: list[tuple[str, int]] = []

        def build_side(name: str) -> speed.Side:
            return speed.Side(name, lambda frame: [str(seen.append((name, int(frame[0, 0, 0]))))])

        frames = [np.full((4, 4, 3), number, np.uint8) for number in range(2)]
        speed.measure([build_side("a"), build_side("b")], frames, rounds=3)
        counted = [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
        timed = [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 0), ("b", 0)]
        assert seen == counted + timed + timed  # as a whole, then by stage


class TestCompare:
    def test_the_ratio_is_that_of_the_medians(self) -> None:
        ratio = speed.compare(build_result(OURS, 1.0, 1.0, 30.0), build_result(TUTORIAL, 2.0, 2.0, 2.0))
        assert (ratio.against, ratio.ratio) == (TUTORIAL, 0.5)

    def test_steady_times_leave_no_doubt(self) -> None:
        assert speed.compare(build_result(OURS, *[3.0] * 9), build_result("b", *[2.0] * 9)) == Ratio("b", 1.5, 1.5, 1.5)

    def test_the_interval_holds_the_ratio_and_is_wider_where_times_scatter(self) -> None:
        rng = np.random.default_rng(1)
        calm, wild = (
            speed.compare(
                build_result(OURS, *rng.normal(10, spread, 100)), build_result("b", *rng.normal(10, spread, 100))
            )
            for spread in (0.1, 2.0)
        )
        assert all(one.low <= one.ratio <= one.high for one in (calm, wild))
        assert wild.high - wild.low > 3 * (calm.high - calm.low)

    @pytest.mark.parametrize(("ratio", "word"), [(BAR - 0.01, "met"), (BAR, "met"), (BAR + 0.01, "missed")])
    def test_the_bar_is_met_up_to_its_value(self, ratio: float, word: str) -> None:
        assert f": {word} with " in speed.judge(Ratio(TUTORIAL, ratio, ratio, ratio))


class TestTable:
    def test_it_has_all_stages_all_sides_the_digits_and_the_ratios(self) -> None:
        own, other = build_result(OURS, 1.0), build_result(TUTORIAL, 4.0, right=None)
        assert [" ".join(line.split()) for line in speed.build_table("squared paper", [own, other]).splitlines()] == [
            "squared paper, ms ours tutorial, float CNN",
            "ink (tutorial: Otsu) 1.000 4.000",
            "candidates (contours) 0.000 0.000",
            "glyphs 0.000 0.000",
            "classifier 0.000 0.000",
            "cuts and joins 0.000 0.000",
            "context 0.000 0.000",
            "lines 0.000 0.000",
            "rest 0.000 0.000",
            "whole road 1.000 4.000",
            "digits found 10 of 10 10 of 10",
            "digits right 9 untrained",
            "ours / tutorial, float CNN: 0.25 (0.25 to 0.25)",
        ]


class TestChart:
    def test_no_word_of_it_is_cut(self, results: list[Result]) -> None:
        assert find_chart_faults(speed.draw_chart({PLAIN: results, RULED: results})) == []


class TestCommand:
    def test_it_prints_the_table_and_keeps_record_and_chart(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert speed.main(["--rounds", "2", "--out", str(tmp_path / "bench")]) == 0
        told = capsys.readouterr().out
        record = json.loads((tmp_path / "bench" / "bench.json").read_text())
        assert list(record["papers"]) == [PLAIN, RULED]
        for paper in record["papers"].values():
            assert list(paper["sides"]) == [OURS, TUTORIAL, TUTORIAL_INT8]
            assert [ratio["against"] for ratio in paper["ratios"]] == [TUTORIAL, TUTORIAL_INT8]
            for side in paper["sides"].values():
                assert list(side["stages_ms"]) == list(STAGES)
                assert f"{side['whole_ms']:.3f}" in told
        ratio = record["papers"][PLAIN]["ratios"][0]["ratio"]
        assert (record["rounds"], record["bar"], record["met"]) == (2, BAR, ratio <= BAR)
        assert f"with {ratio:.2f}" in told
        assert cv2.imread(str(tmp_path / "bench" / "bench.png")) is not None

    def test_a_missing_model_is_one_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert speed.main(["--model", str(tmp_path / "none.tflite")]) == 1
        told = capsys.readouterr().err
        assert (told.startswith("bench: no model at "), told.count("\n")) == (True, 1)

    @pytest.mark.parametrize("rounds", ["0", "-3", "many"])
    def test_rounds_are_a_positive_number(self, rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stop:
            speed.main([f"--rounds={rounds}"])
        assert (stop.value.code, "whole number" in capsys.readouterr().err) == (2, True)

    def test_help_teaches(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            speed.main(["--help"])
        told = capsys.readouterr().out
        assert all(word in told for word in ("--rounds 50", "one inference", "bootstrap", "The bar"))
