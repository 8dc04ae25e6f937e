"""Reads handwritten digits from a camera, pictures or a video: arguments -> parts -> loop."""

import os
import sys

if not __package__:  # started as `python edge/recognize.py`: let `import edge` find this checkout
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib takes its time
    from edge.ending import end_at_once

    end_at_once()

import argparse
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from edge.ending import Interruptible, run_command

# What OpenCV and FFmpeg say about a broken file is said by us in one line; both look at this only once.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

try:  # the one place where a Python that lacks the edge's packages is noticed
    from edge.cameras import Camera, Hardware, Kind, open_camera
    from edge.collecting.capture import CALIBRATION_DIGITS, Collection
    from edge.collecting.import_labelled import CaptureImport
    from edge.collecting.import_sheet import SHEET, SheetImport
    from edge.collecting.label_output import Capture, Face
    from edge.collecting.labeller import Labeller
    from edge.collecting.terminal import CaptureTerminal
    from edge.collecting.window import CaptureWindow
    from edge.command_line import BY_KEYS, build_parser, check_fit, check_usage, fill_in, is_import, parse
    from edge.errors import DigitReaderError, SourceError
    from edge.following.steady import SteadyReader
    from edge.names import OneLine, write_any_name
    from edge.outputs import Output, Outputs
    from edge.outputs.display import display_problem
    from edge.outputs.json_lines import STDOUT, JsonLines
    from edge.outputs.recording import AnnotatedStills, Recording
    from edge.outputs.text import Text
    from edge.outputs.window import Window
    from edge.reading.reader import open_reader
    from edge.reading.region import FrameReader, RegionReader
    from edge.settings_file import SETTINGS_FILE, load_settings, write_settings
except ImportError as error:
    # No name: a numpy that does not fit the OpenCV. Any other name is a mistake of ours.
    if (error.name or "cv2").partition(".")[0] not in ("numpy", "cv2", "PIL"):
        raise
    sys.exit(
        f"numpy, OpenCV or Pillow cannot be imported by {sys.executable} ({error}). "
        "Run `make demo` once, it sets up .venv; then `.venv/bin/python edge/recognize.py`."
    )

logger = logging.getLogger("edge.recognize")


def main(
    arguments: Sequence[str] | None = None,
    *,
    open_reader: Callable[[Path | None, float | None], FrameReader] = open_reader,
    hardware: Hardware | None = None,
) -> int:
    """Run the program; returns its exit status.

    Args:
        arguments: of the command line; None: this process's.
        open_reader: called with --model and --min-confidence.
        hardware: where cameras come from; None: this machine.
    """
    parser = build_parser()
    options = parse(parser, arguments)
    write_any_name(sys.stdout)
    logging.basicConfig(level=logging.INFO, handlers=[_build_log_handler()])
    logging.getLogger("picamera2").setLevel(logging.WARNING)
    try:
        if options.write_settings:
            logger.info(
                "%s has all settings now. Take the # away from what you change.", write_settings(options.settings)
            )
            return 0
        settle(options)
        return run(parser, options, open_reader, hardware)
    except DigitReaderError as error:
        logger.error("%s", error)
        return 1
    except BrokenPipeError:  # `| head` has seen enough; what is still buffered must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # an output: cameras and the model report their own
        logger.error("cannot write (%s). Make room, or name another place.", error.strerror or error)
        return 1


def _build_log_handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(message)s"))
    return handler


def settle(options: argparse.Namespace) -> None:
    """What the command line leaves open is as the settings file says, and one line tells what is."""
    taken = fill_in(options, load_settings(options.settings))
    if taken:
        logger.info("%s says: %s", options.settings or SETTINGS_FILE.name, ", ".join(taken))


def run(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    open_reader: Callable[[Path | None, float | None], FrameReader],
    hardware: Hardware | None,
) -> int:
    """Build the parts, run the loop, close the parts. Returns the exit status."""
    check_usage(parser, options)
    with ExitStack() as stack, Interruptible():
        reader = open_reader(options.model, options.min_confidence)
        camera = stack.enter_context(
            open_camera(options.source, rotate=options.rotate, max_frames=options.max_frames, hardware=hardware)
        )
        check_fit(parser, options, camera)
        if camera.kind is not Kind.STILLS and options.capture is None:
            reader = SteadyReader(reader)
        if options.roi is not None:  # around it: what moves elsewhere is nothing to follow
            reader = RegionReader(reader, options.roi)
        if options.capture == SHEET:
            collection = Collection(options.into or CALIBRATION_DIGITS, options.writer)
            sheets = SheetImport(collection, reader, insist=options.insist)
            return take_sheets(camera, stack.enter_context(closing(sheets)))
        outputs = stack.enter_context(closing(open_outputs(options, camera)))
        read_to_the_end = recognize(camera, reader, outputs)
    return 3 if camera.unreadable and read_to_the_end else 0


def recognize(camera: Camera, reader: FrameReader, outputs: Output) -> bool:
    """Read a frame, read its digits, show it. False: the user stopped before the end."""
    for shot in camera:
        if not outputs.show(shot, reader.read(shot.frame)):
            return False
        del shot  # a frame may have 150 MB: it goes before the next one is decoded
    return True


def take_sheets(camera: Camera, sheets: SheetImport) -> int:
    """Take each picture for a filled capture sheet. Returns the exit status: 1 where none is one, 3 where some are."""
    taken = failed = 0
    for shot in camera:
        try:
            sheets.take(shot)
            taken += 1
        except SourceError as error:
            logger.error("%s: %s", shot.source, error)
            failed += 1
    return 0 if not (failed or camera.unreadable) else 3 if taken else 1


def open_outputs(options: argparse.Namespace, camera: Camera) -> Outputs:
    """What the options ask for. What waits for the user is last."""
    shown = [open_capture(options, camera)] if options.capture is not None else open_shown(options, camera)
    outputs: list[Output] = []
    if options.json is not None:
        outputs.append(JsonLines(options.json))
    if options.annotate is not None:
        outputs.append(AnnotatedStills(options.annotate))
    if options.record is not None:
        outputs.append(Recording(options.record, fps=camera.fps))
    return Outputs([*outputs, *shown])


def open_shown(options: argparse.Namespace, camera: Camera) -> list[Output]:
    """Text, a window, both (stills) or none."""
    stills = camera.kind is Kind.STILLS
    show = choose_show(options)
    outputs: list[Output] = []
    if show == "text" or (show == "window" and stills and options.json != STDOUT):
        outputs.append(Text(every=stills))
    if show == "window":
        outputs.append(Window(stills=stills, fps=camera.fps))
    return outputs


def open_capture(options: argparse.Namespace, camera: Camera) -> Output:
    """Somebody who labels digits by keys, or the import of what has one label."""
    stills = camera.kind is Kind.STILLS
    collection = Collection(options.into or CALIBRATION_DIGITS, options.writer)
    if is_import(options, camera):
        return CaptureImport(collection, options.capture, every=stills, region=options.roi, insist=options.insist)
    everything = None if options.capture == BY_KEYS else options.capture
    face = open_face(options, keys_needed=everything is None)
    labeller = Labeller(
        collection,
        tell=face.tell,
        everything=everything,
        stills=stills,
        region=options.roi,
        insist=options.insist,
    )
    return Capture(labeller, face, stills=stills, fps=camera.fps)


def open_face(options: argparse.Namespace, *, keys_needed: bool) -> Face:
    """A window, else the terminal, which may have no keys.

    Raises:
        DigitReaderError: there are no keys, and they are needed.
    """
    if choose_show(options) == "window":
        return CaptureWindow()
    if sys.stdin is not None and sys.stdin.isatty():
        return CaptureTerminal(sys.stdin)
    if keys_needed:
        raise DigitReaderError(
            "no keys to label by: there is no window, and stdin is no terminal. Start it in a terminal, "
            "or name the label of all that is shown: --capture 7"
        )
    return CaptureTerminal(None)


def choose_show(options: argparse.Namespace) -> str:
    """Where readings are shown: "window", "text" or "none"."""
    if options.show in ("text", "none"):
        return str(options.show)
    problem = display_problem()
    if problem is None:
        return "window"
    instead = "none" if options.json == STDOUT else "text"
    logger.info("no window, %s instead: %s", "JSON lines" if instead == "none" else instead, problem)
    return instead


if __name__ == "__main__":
    run_command(main)
