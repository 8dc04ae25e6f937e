"""The command line: options, examples, and what contradicts each other."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from edge.cameras import PICTURE_SUFFIXES, Camera, Kind, hide_login
from edge.collecting.capture import CALIBRATION_DIGITS, check_writer
from edge.collecting.doubt import INSIST
from edge.collecting.import_sheet import SHEET
from edge.contract import LABELS
from edge.outputs.json_lines import STDOUT
from edge.reading.region import parse_region
from edge.settings import SETTINGS, SHOWS, Region, Settings, check_confidence, check_rotation
from edge.settings_file import SETTINGS_FILE

BY_KEYS = "keys"
"""The value of --capture without a label."""
EPILOG = """\
examples
  python edge/recognize.py                            the best camera found; a window if there is a display, else text
  python edge/recognize.py --source 0                 USB camera 0
  python edge/recognize.py --source pi --rotate 180   the Pi camera, mounted upside down
  python edge/recognize.py photo.jpg                  one picture; also a folder, a video file, http://... or rtsp://...
  python edge/recognize.py --source photos/ --annotate out/           pictures with boxes and labels, in out/
  python edge/recognize.py --source clip.mp4 --record out.mp4         the same for a video
  python edge/recognize.py --source photos/ --show none --json -      one JSON object per frame on stdout
  python edge/recognize.py --capture --writer anna                    label your digits by keys, for `make finetune`
  python edge/recognize.py --capture 7 --source 0                     each time the scene is still, all digits are 7s
  python edge/recognize.py --capture 7 --source scans/                scans with nothing but 7s; no keys, no display
  python edge/recognize.py --capture sheet --source photo.jpg         a filled capture sheet (`make capture-sheet`)
  python edge/recognize.py --write-settings                           settings.toml, to say for good what you say here

settings
  --source, --rotate, --roi, --model, --min-confidence, --show and --json may stand in settings.toml, --roi as regions.
  The command line goes before it. It is yours: git and `make deploy` leave it alone. --settings /dev/null: none of it.

keys in the window: q quits, s saves a snapshot (in snapshots/), space freezes, h shows the keys; a still waits for one

keys of --capture, in the window and in a terminal
  0 to 9   label the digit under the cross: the one whose box holds the middle of the picture (or of --roi), else the
           nearest that is about as tall as the largest; it has a box of its own colour
  o        it is not a digit: for what is misread as one
  Tab      move the cross to the next digit; a click moves it there too
  u        undo, as often as you like
  a        auto-capture: what comes under the cross is saved with the label chosen last as soon as the scene is still
  space    freeze a camera's picture, go on
  n        next picture      h  show the keys      q, Esc  quit
In a still or frozen picture the cross goes to the next digit, in reading order, after each label: just type what is
written. A still begins at its first digit.

exit status: 0 all was read, or you quit; 1 nothing could be read, and a line says why; 2 wrong usage;
3 some files could not be read, or not to their end, and are named; 130 Ctrl-C
"""


def build_parser() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(
        prog="recognize.py",
        description="Reads handwritten digits from a camera, pictures or a video.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--source",
        metavar="NAME",
        help=f"{_explain('source')}; the word --source may be left out",
    )
    add("--show", choices=SHOWS, help=_explain("show"))
    add("--json", metavar="PATH", help=_explain("json"))
    add("--annotate", metavar="DIR", type=Path, help="pictures with their readings drawn in, into this folder")
    add(
        "--record",
        metavar="FILE",
        type=Path,
        help="a camera's or video's frames with their readings, as .mp4; it plays up to its last second after a kill "
        "or a power cut, too, and leaves 32 MiB of the disk free",
    )
    add("--model", metavar="FILE", type=Path, help=_explain("model"))
    add(
        "--min-confidence",
        metavar="P",
        type=_confidence,
        help=_explain("min_confidence", allowed=True),
    )
    add("--rotate", metavar="DEGREES", type=_degrees, help=_explain("rotate", allowed=True))
    add("--roi", dest="regions", metavar="X,Y,W,H", type=_regions, help=_explain("regions"))
    add("--max-frames", metavar="N", type=_count, help="stop after N frames")
    add(
        "--capture",
        metavar="LABEL",
        nargs="?",
        const=BY_KEYS,
        type=_label,
        help="collect labelled handwriting: by keys; with LABEL (0 to 9, other) for all that is shown; or from a sheet",
    )
    add(INSIST, action="store_true", help="--capture LABEL or sheet: save also what clearly is something else")
    add("--writer", metavar="NAME", type=_writer, help="whose hand is captured; else the session's date and time")
    add("--into", metavar="DIR", type=Path, help=f"where captured digits go; else {CALIBRATION_DIGITS.name}/ here")
    add("--settings", metavar="FILE", type=Path, help=f"settings that hold for good; else {SETTINGS_FILE.name}, if any")
    add("--write-settings", action="store_true", help="write that file with all that can be set, explained, and end")
    return parser


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options. A name that belongs to none of them is the source; ends with status 2 where that cannot be."""
    options, rest = parser.parse_known_args(arguments)
    if len(rest) == 1 and options.source is None and not rest[0].startswith("-"):
        options.source = rest.pop()
    if rest:
        parser.error(
            f"unrecognized arguments: {' '.join(map(hide_login, rest))}. What to read is one name or folder "
            "(--source photos/); --help shows all options"
        )
    return options


def fill_in(options: argparse.Namespace, settings: Settings) -> list[str]:
    """Take from the settings what the command line leaves open, and what does not contradict it.

    Returns:
        The names of those that are not as they would be without a file.
    """
    silenced, defaults = _find_silenced(options, settings), Settings()
    taken = []
    for name in SETTINGS:
        if getattr(options, name) is None:
            value, default = getattr(settings, name), getattr(defaults, name)
            setattr(options, name, default if name in silenced else value)
            taken += [name] * (getattr(options, name) != default)
    options.roi = options.regions[0].box if options.regions else None
    return taken


def _find_silenced(options: argparse.Namespace, settings: Settings) -> set[str]:
    """Settings that have no place beside what the command line asks for."""
    silenced = set()
    if options.capture is not None:
        silenced |= {"show", "json"}
    if options.capture == SHEET:
        silenced.add("regions")
    if options.json == STDOUT:
        silenced.add("show")
    if options.show == "text" and settings.json == STDOUT:
        silenced.add("json")
    return silenced


def check_usage(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with status 2 when the options contradict each other or would overwrite what is read."""
    if options.json == STDOUT and options.show == "text":
        parser.error("--json - leaves no room on stdout for --show text; give --json a file, or --show none")
    if options.record is not None and options.record.suffix.lower() != ".mp4":
        parser.error(f"--record {options.record}: name a file that ends in .mp4")
    _check_capture(parser, options)
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
    if options.capture == SHEET and camera.kind is not Kind.STILLS:
        parser.error(f"--capture {SHEET} wants pictures, and {camera.name} is a camera or a video; take a photo of it")
    if is_import(options, camera) and options.show == "window":
        parser.error(
            f"--capture {options.capture} takes all of {camera.name} without a window; leave --show window out"
        )


def is_import(options: argparse.Namespace, camera: Camera) -> bool:
    """Whether all that a finite source shows is captured at once, without keys."""
    return options.capture in LABELS and camera.kind is not Kind.LIVE


def _check_capture(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.insist and options.capture not in (*LABELS, SHEET):
        parser.error(f"{INSIST} is for labels that the reader doubts; add --capture 7, or --capture {SHEET}")
    if options.capture is None:
        for name, value in (("--writer", options.writer), ("--into", options.into)):
            if value is not None:
                parser.error(f"{name} {value} is for what is captured; add --capture")
        return
    if options.capture == SHEET:
        _check_sheet(parser, options)
    if options.json == STDOUT:
        parser.error("--capture speaks on stdout; give --json a file")
    if options.capture == BY_KEYS and options.show == "none":
        parser.error("--capture without a label needs keys: leave --show none out, or name a label (--capture 7)")


def _check_sheet(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """A sheet is taken by itself, without a window, and its marks say what is read."""
    if options.source is None:
        parser.error(f"--capture {SHEET} wants its photo or scan: --source photo.jpg, or a folder of them")
    for name in ("json", "annotate", "record", "roi"):
        if getattr(options, name) is not None:
            parser.error(f"--{name} has no place beside --capture {SHEET}, which only fills {CALIBRATION_DIGITS.name}/")
    if options.show == "window":
        parser.error(f"--capture {SHEET} takes all boxes without a window; leave --show window out")


def _is_read(path: Path, source: Path) -> bool:
    """Whether `path` is the source, or a picture in the source's folder."""
    if not (path.exists() and source.exists()):
        return False
    return path.samefile(source) or (path.parent.samefile(source) and path.suffix.lower() in PICTURE_SUFFIXES)


def _explain(name: str, *, allowed: bool = False) -> str:
    setting = SETTINGS[name]
    unit = f" {setting.unit}" if setting.unit else ""
    return f"{setting.allowed}{unit}: " * allowed + f"{setting.meaning}; default: {setting.default}"


def _confidence(text: str) -> float:
    try:
        return check_confidence(float(text.replace(",", ".")))  # 0,7 is how half of the world writes it
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {SETTINGS['min_confidence'].allowed}, got {text}") from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return int(text)


def _degrees(text: str) -> int:
    try:
        return check_rotation(int(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {SETTINGS['rotate'].allowed}, got {text}") from error


def _regions(text: str) -> tuple[Region, ...]:
    try:
        return (Region(parse_region(text)),)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _label(text: str) -> str:
    if text not in (*LABELS, SHEET, BY_KEYS):
        raise argparse.ArgumentTypeError(
            f"expected 0 to 9, other, sheet, or nothing; got {text}. Pictures: --source {text}"
        )
    return text


def _writer(text: str) -> str:
    try:
        return check_writer(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
