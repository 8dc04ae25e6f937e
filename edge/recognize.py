"""Reads handwritten digits from a camera, pictures or a video: arguments -> parts -> loop."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

if not __package__:  # started as `python edge/recognize.py`: let `import edge` find this checkout
    sys.path[0] = str(Path(__file__).resolve().parents[1])

# What OpenCV and FFmpeg say about a broken file is said by us in one line; both look at this only once.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

try:  # the one place where a Python that lacks the edge's packages is noticed
    from edge.cameras import PICTURE_SUFFIXES, ROTATIONS, Camera, Hardware, Kind, open_camera
    from edge.contract import Box
    from edge.errors import DigitReaderError
    from edge.outputs import Output, Outputs
    from edge.outputs.display import display_problem
    from edge.outputs.json_lines import STDOUT, JsonLines
    from edge.outputs.recording import AnnotatedStills, Recording
    from edge.outputs.text import Text
    from edge.outputs.window import Window
    from edge.reader import open_reader
    from edge.region import FrameReader, RegionReader, parse_region
except ImportError as error:
    # No name: a numpy that does not fit the OpenCV. Any other name is a mistake of ours.
    if (error.name or "cv2").partition(".")[0] not in ("numpy", "cv2"):
        raise
    sys.exit(
        f"numpy or OpenCV cannot be imported by {sys.executable} ({error}). "
        "Run `make demo` once, it sets up .venv; then `.venv/bin/python edge/recognize.py`."
    )

EPILOG = """\
examples
  python edge/recognize.py                            the best camera found; a window if there is a display, else text
  python edge/recognize.py --source 0                 USB camera 0
  python edge/recognize.py --source pi --rotate 180   the Pi camera, mounted upside down
  python edge/recognize.py --source photo.jpg         one picture; also a folder, a video file, http://... or rtsp://...
  python edge/recognize.py --source photos/ --annotate out/           pictures with boxes and labels, in out/
  python edge/recognize.py --source clip.mp4 --record out.mp4         the same for a video
  python edge/recognize.py --source photos/ --show none --json -      one JSON object per frame on stdout

keys in the window: q quits, s saves a snapshot, space freezes, h shows the keys; a still waits for a key

exit status: 0 all was read, or you quit; 1 nothing could be read, and a line says why; 2 wrong usage;
3 some picture files could not be read, and are named; 130 Ctrl-C
"""

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
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(
            f"unrecognized arguments: {' '.join(unknown)}. What to read is named by --source; --help shows all options"
        )
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("picamera2").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` closes camera and recording just as Ctrl-C does
    try:
        return run(parser, options, open_reader, hardware)
    except DigitReaderError as error:
        logger.error("%s", error)
        return 1
    except BrokenPipeError:  # `| head` has seen enough; what is still buffered must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # an output: cameras and the model report their own
        logger.error("cannot write (%s). Make room, or name another place.", error.strerror)
        return 1
    except KeyboardInterrupt:
        return 130


def run(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    open_reader: Callable[[Path | None, float | None], FrameReader],
    hardware: Hardware | None,
) -> int:
    """Build the parts, run the loop, close the parts. Returns the exit status."""
    check_usage(parser, options)
    with ExitStack() as stack:
        reader = open_reader(options.model, options.min_confidence)
        if options.roi is not None:
            reader = RegionReader(reader, options.roi)
        camera = stack.enter_context(
            open_camera(options.source, rotate=options.rotate, max_frames=options.max_frames, hardware=hardware)
        )
        check_fit(parser, options, camera)
        outputs = stack.enter_context(closing(open_outputs(options, camera)))
        read_to_the_end = recognize(camera, reader, outputs)
    return 3 if camera.unreadable and read_to_the_end else 0


def recognize(camera: Camera, reader: FrameReader, outputs: Output) -> bool:
    """Read a frame, read its digits, show it. False: the user stopped before the end."""
    for shot in camera:  # noqa: SIM110 - the loop is the whole program, and should look like one
        if not outputs.show(shot, reader.read(shot.frame)):
            return False
    return True


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="recognize.py",
        description="Reads handwritten digits from a camera, pictures or a video.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--source", metavar="NAME", help="pi, 0 (a USB camera), a picture, folder, video file or stream address")
    add("--show", choices=("auto", "window", "text", "none"), default="auto", help="where readings are shown")
    add("--json", metavar="PATH", help='one JSON object per frame into a file; "-": stdout, and nothing else there')
    add("--annotate", metavar="DIR", type=Path, help="pictures with their readings drawn in, into this folder")
    add("--record", metavar="FILE", type=Path, help="a camera's or video's frames with their readings, as .mp4")
    add("--model", metavar="FILE", type=Path, help="a .tflite with its .json; else your own in models/local, else ours")
    add(
        "--min-confidence",
        metavar="P",
        type=_confidence,
        help="0 to 1: a digit below it is shown as ?; without this option what the model's .json says",
    )
    add("--rotate", type=int, choices=sorted(ROTATIONS), default=0, help="turn frames clockwise by so many degrees")
    add("--roi", metavar="X,Y,W,H", type=_region, help="read only this region; pixels of the frame after --rotate")
    add("--max-frames", metavar="N", type=_count, help="stop after N frames")
    return parser


def check_usage(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with status 2 when the options contradict each other or would overwrite what is read."""
    if options.json == STDOUT and options.show == "text":
        parser.error("--json - leaves no room on stdout for --show text; give --json a file, or --show none")
    if options.record is not None and options.record.suffix.lower() != ".mp4":
        parser.error(f"--record {options.record}: name a file that ends in .mp4")
    if options.source is None:
        return
    source = Path(options.source)
    for name, path in (("--json", options.json), ("--record", options.record)):
        if path is not None and _is_read(Path(path), source):
            parser.error(f"{name} {path} would overwrite what --source reads; name another file")
    if options.annotate is not None and options.annotate.resolve() in (source.resolve(), source.resolve().parent):
        parser.error(f"--annotate {options.annotate} holds the pictures that --source reads; name another folder")


def check_fit(parser: argparse.ArgumentParser, options: argparse.Namespace, camera: Camera) -> None:
    """End with status 2 when an output does not fit the camera."""
    if options.record is not None and camera.kind is Kind.STILLS:
        parser.error(f"--record wants a camera or a video, and {camera.name} is pictures; use --annotate DIR")
    if options.annotate is not None and camera.kind is not Kind.STILLS:
        parser.error(f"--annotate wants pictures, and {camera.name} is a camera or a video; use --record FILE.mp4")


def open_outputs(options: argparse.Namespace, camera: Camera) -> Outputs:
    """What the options ask for. The window is last: it waits for the user."""
    stills = camera.kind is Kind.STILLS
    show = choose_show(options)
    outputs: list[Output] = []
    if options.json is not None:
        outputs.append(JsonLines(options.json))
    if show == "text" or (show == "window" and stills and options.json != STDOUT):
        outputs.append(Text(every=stills))
    if options.annotate is not None:
        outputs.append(AnnotatedStills(options.annotate))
    if options.record is not None:
        outputs.append(Recording(options.record, fps=camera.fps))
    if show == "window":
        outputs.append(Window(stills=stills, fps=camera.fps))
    return Outputs(outputs)


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


def _is_read(path: Path, source: Path) -> bool:
    """Whether `path` is the source, or a picture in the source's folder."""
    if not (path.exists() and source.exists()):
        return False
    return path.samefile(source) or (path.parent.samefile(source) and path.suffix.lower() in PICTURE_SUFFIXES)


def _confidence(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected 0 to 1, got {text}")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return value


def _region(text: str) -> Box:
    try:
        return parse_region(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
