"""`make deploy`, `make pull`: edge code and models to a Pi, the digits captured there back; by rsync over ssh.

make deploy PI=user@host               edge code and models into edge-digit-reader/ in the home there
make deploy PI=user@host TO=reader     into another folder
make deploy PI=/media/me/card          the same into a folder that is mounted here
make deploy PI=user@host DRY=1         print the command and what it would send; change nothing
make pull PI=user@host                 calibration_digits/ from there into calibration_digits/ here

deploy: your models, the whole set, go to models/local/ there, the shipped ones to models/. Where you have none of your
own here (after `make factory-model`, say), the Pi is to use the shipped ones too, and those in its models/local/ move
aside. All that is replaced or moved aside lies in models/local/previous/<UTC time>/ there; pictures and other files
stay as they are.
pull: adds the pictures that are not here yet; it overwrites and deletes nothing, here or there.

Port and key come from ~/.ssh/config, or for once by RSYNC_RSH="ssh -p 2222 -i key".
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.ending import run_command
from edge.errors import DigitReaderError, ModelError, SetupError
from train.store import MEMBERS, PREVIOUS, ROOT, SET, finish_install, load_record, next_of, sha256, timestamp

FOLDER = "edge-digit-reader"
"""The default folder, in the home of the Pi's user."""
SENT = (
    "edge",
    "models",
    "tests/sample_pages",  # what `make demo` reads
    "calibration_digits/README.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "README.bn.md",
)
DIGITS = "calibration_digits"
MODELS, LOCAL = "models", "models/local"
INK, CROP = ".ink.png", ".crop.png"
"""As in edge.contract, which a plain Python cannot load."""


HOST = re.compile(r"(?:\w[\w.+-]*@)?(?:\w[\w.-]*|\[[0-9A-Fa-f:.]+(?:%\w+)?\])")
"""[user@]host, where host is a name, one of ~/.ssh/config too, an IPv4 address, or an IPv6 address in brackets. Nothing
else: ssh would take what begins with a dash for an option, rsync what it does not take for a host for a folder here."""


@dataclass(frozen=True, slots=True)
class Place:
    """The other side: a machine that ssh reaches, or a folder that is mounted here."""

    name: str
    """user@host, or the folder's path."""
    folder: str
    """Of the reader, in the home there, or in that folder."""

    @property
    def is_mounted(self) -> bool:
        """Whether it is a folder here."""
        return self.name.startswith(("/", "."))

    @property
    def fault(self) -> str:
        """Why neither ssh nor rsync may be given this; "" where they may."""
        if self.folder.startswith(("-", ":")):
            return f"TO={self.folder} begins with {self.folder[0]}; if that is its name, TO=./{self.folder}"
        if self.is_mounted or HOST.fullmatch(self.name):
            return ""
        if self.name.count(":") > 1 and "[" not in self.name:
            return f"PI={self.name}: an IPv6 address stands in brackets, PI=user@[fe80::1]"
        if ":" in self.name and "[" not in self.name:
            return f"PI={self.name}: leave out what follows the colon and name the folder there by TO="
        return f"PI={self.name} is no user@host; a folder that is mounted here is /path or ./path"

    def __str__(self) -> str:
        """As rsync names it."""
        return f"{Path(self.name).resolve()}/{self.folder}" if self.is_mounted else f"{self.name}:{self.folder}"


def push(place: Place, *, root: Path = ROOT, dry_run: bool = False) -> None:
    """Bring edge code and models to the Pi; each file changes there at once, all of them at the end.

    Raises:
        ModelError: the models of one's own here are no set.
        SetupError: rsync is missing here or there.
        DigitReaderError: it stopped; says why.
    """
    (root / LOCAL).mkdir(exist_ok=True)  # rsync looks for what is missing in a folder that is there
    if not dry_run:
        finish_install(root / LOCAL)
    check_set(root)
    previous = f"{LOCAL}/{PREVIOUS}/{timestamp()}"
    options = ["--relative", "--checksum", "--delay-updates", "--exclude=__pycache__", *_choose_models()]
    # A model of one's own that is not here is not to be there either; what goes or is replaced is kept there.
    options += ["--delete-delay", "--backup", f"--backup-dir={previous}"]
    # The plug may be pulled as soon as this says "done".
    options += ["--rsync-path=trap sync EXIT; rsync"]
    run_rsync(place, options, [*SENT, f"{place}/"], root, dry_run=dry_run)
    if dry_run:
        return
    own = root / LOCAL / "digits.tflite"
    uses = f"your model {sha256(own)[:12]}" if own.exists() else "the shipped model"
    print(f"done. The reader in {place} uses {uses} from its next start.")
    print(f"Where it replaced files there, this takes them back: cp -rp {previous}/. .")
    print(
        f"There: cd {shlex.quote(place.folder)}, `make demo` the first time, then `make recognize` or `make capture`."
    )


def check_set(root: Path) -> None:
    """Look whether one's own models here, if there are any, are a whole set: else the Pi would refuse it.

    Raises:
        ModelError: the card or a member is missing, or is of another set.
    """
    model = root / LOCAL / "digits.tflite"
    if not model.is_file():
        return
    look = load_record(model.with_suffix(".json"), sha256(model)).get("second_look") or {}
    for name in MEMBERS:
        places = [root / folder / f"{name}.tflite" for folder in (LOCAL, MODELS)]
        found = [sha256(path) for path in places if path.is_file()]
        if name != model.stem and look.get(f"{name}_sha256") not in found:
            raise ModelError(
                f"{LOCAL}/{model.name} has no card that fits, or not the {name}.tflite that its card names. "
                "Run `make convert`, or `make factory-model` to go back to the shipped models."
            )


def pull(place: Place, *, root: Path = ROOT, dry_run: bool = False) -> None:
    """Bring the pictures that were captured on the Pi here, and count the new ones."""
    here = root / DIGITS
    before = _count_by_label(here)
    options = ["--ignore-existing", "--exclude=.*", "--exclude-from=-"]
    paths = [f"{place}/{DIGITS}/", f"{DIGITS}/"]
    run_rsync(place, options, paths, root, dry_run=dry_run, typed="\n".join(_rules(here)))
    if dry_run:
        return
    new = _count_by_label(here) - before
    if not new:
        print(f"no new pictures in {place}/{DIGITS}. Capture some there: make capture")
        return
    print(f"{new.total()} new: {', '.join(f'{count} of {label}' for label, count in sorted(new.items()))}.")
    print("Next: make finetune")


def run_rsync(
    place: Place, options: list[str], paths: list[str], folder: Path, *, dry_run: bool, typed: str = ""
) -> None:
    """Run rsync in a folder; it lists what it sends. `typed` is what it reads as its input.

    Raises:
        SetupError: rsync is missing here or there.
        DigitReaderError: it stopped; says why.
    """
    if shutil.which("rsync") is None:
        raise SetupError("rsync is missing here. Run `sudo apt install rsync`.")
    if place.is_mounted and not Path(place.name).is_dir():
        raise DigitReaderError(f"no folder {place.name}. Is it mounted? A Pi in the network is PI=user@host.")
    # No owners, groups and modes: they differ on the other side, and a FAT stick has none.
    command = ["rsync", "--recursive", "--times", "--compress", "--protect-args", "--out-format=%o %n"]
    if not place.is_mounted:
        command.append(f"--rsh={os.environ.get('RSYNC_RSH', 'ssh -o ConnectTimeout=10')}")
    command += ["--dry-run"] * dry_run + [*options, "--", *paths]
    if dry_run:
        print(f"nothing is changed; this would be done in {folder}:\n{shlex.join(command)}", flush=True)
    # ssh asks for passwords on the terminal itself.
    done = subprocess.run(command, cwd=folder, input=typed, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise _explain(done.returncode, done.stderr, place)
    sys.stderr.write(done.stderr)


def _choose_models() -> list[str]:
    """Of models/ the two sets alone are sent, and nothing is deleted there but members of one's own set."""
    own = [f"{LOCAL}/{name}" for name in SET]
    waiting = [str(next_of(Path(name))) for name in own]
    rules = [f"show /{name}" for name in (LOCAL + "/", *own, *(f"{MODELS}/{name}" for name in SET))]
    rules += [f"hide /{MODELS}/**", *(f"risk /{name}" for name in own + waiting), "protect **"]
    return [f"--filter={rule}" for rule in rules]


def _explain(status: int, words: str, place: Place) -> DigitReaderError:
    """What a failed rsync means for the user, by its exit status and what it and ssh wrote."""
    if status == 127 or re.search(r"rsync: (command )?not found", words):
        return SetupError(f"rsync is missing on {place.name}. Run there: sudo apt install rsync")
    if "change_dir" in words:
        return DigitReaderError(
            f"no {DIGITS}/ in {place}. Name the reader's folder there by TO=, or `make deploy` first."
        )
    # That the other side is gone, rsync can only notice; ssh knows why. Which status comes of it is a matter of chance.
    lines = [line for line in words.splitlines() if not re.match(r"rsync .*error|rsync:.*(closed|Broken pipe)", line)]
    reason = next((line for line in lines if line.startswith("rsync: ")), lines[-1] if lines else "it does not say why")
    if status in (12, 255) and not reason.startswith("rsync: "):
        return DigitReaderError(f"no connection to {place.name} ({reason}). Try `ssh {place.name}` until that works.")
    return DigitReaderError(f"rsync stopped with status {status} ({reason}). Mend that and type the same again.")


def _rules(here: Path) -> Iterator[str]:
    """A captured digit that was moved to another label here is not to come back under its former one, ink and crop.

    Only what was pulled by halves gets its other half, where it lies now.
    """
    inks, crops = ({path.name.removesuffix(end): path for path in here.rglob(f"*{end}")} for end in (INK, CROP))
    for stem, path in (crops | inks).items():
        if (stem in inks) != (stem in crops):
            folder = re.sub(r"([*?\[])", r"\\\1", path.parent.relative_to(here).as_posix())
            yield f"+ /{folder}/{stem}{CROP if stem in inks else INK}"
        yield from (stem + INK, stem + CROP)


def _count_by_label(folder: Path) -> Counter[str]:
    """A digit's ink and crop are one."""
    files = (path.relative_to(folder) for path in folder.glob("*/**/*") if path.is_file())
    samples = {(path.parent, path.name.removesuffix(INK).removesuffix(CROP)) for path in files}
    return Counter(parent.parts[0] for parent, _ in samples)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 where it did not work, with a line that says why; 2 where PI= is missing or no such thing."""
    parser = argparse.ArgumentParser(
        prog="train.deploy",
        usage="make deploy|pull PI=user@host [TO=folder] [DRY=1]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("direction", choices=("push", "pull"), help="push is `make deploy`")
    parser.add_argument("pi", help="user@host, or a folder that is mounted here: /path or ./path")
    parser.add_argument("--to", default=FOLDER, metavar="FOLDER", help=f"in the home there; {FOLDER} without it")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
    options = parser.parse_args(arguments)
    target = "deploy" if options.direction == "push" else "pull"
    if not options.pi:
        parser.error(f"which Pi? Type `make {target} PI=user@host`, for example PI=pi@raspberrypi.local")
    place = Place(options.pi, options.to.rstrip("/"))
    if place.fault:
        parser.error(place.fault)
    try:
        {"push": push, "pull": pull}[options.direction](place, dry_run=options.dry_run)
    except DigitReaderError as error:
        print(f"{target}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{target}: stopped. The same command goes on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    run_command(main)
