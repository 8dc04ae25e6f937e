"""Set-up: makes .venv (the edge side, no TensorFlow) or .venv-train (edge, workstation and test tools).

python3 edge/install.py           .venv
python3 edge/install.py --train   .venv-train

Standard library only, and readable by Python 3.7, so that an older Python gets a sentence instead of a traceback.
A second run finds everything done; an interrupted one is done again.
"""

from __future__ import annotations

import os
import sys

if not __package__:  # started as `python3 edge/install.py`: let `import edge` find this checkout
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib takes its time
    from edge.ending import end_at_once

    end_at_once()

import argparse
import ctypes
import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from edge.ending import run_command
from edge.errors import SetupError

ROOT = Path(__file__).resolve().parents[1]
STAMP = "edge-digit-reader.txt"
"""Inside a finished environment: the Python that made it and what was installed."""
OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = {"ai-edge-litert": (3, 14), "tflite-runtime": (3, 11), "tensorflow": (3, 13)}
"""The last Python that each has wheels for."""
PI_PYTHON = "/usr/bin/python3"
"""The only Python that sees what apt installs: libcamera's bindings exist nowhere else."""
PI_PACKAGES = {
    "cv2": "python3-opencv",
    "numpy": "python3-numpy",
    "PIL": "python3-pil",
    "picamera2": "python3-picamera2",
    "av": "python3-av",
}
"""Module -> apt package, on Raspberry Pi OS."""
SIZES_GB = {".venv-train": 2.7, ".venv": 0.5}
"""What an environment takes on the disk, with all that is in it."""
PI_SIZE_GB = 0.1
"""Of .venv on Raspberry Pi OS, where apt has brought the rest."""
WINDOW_LIBRARIES = {"libGL.so.1": "libgl1", "libglib-2.0.so.0": "libglib2.0-0", "libSM.so.6": "libsm6"}
"""What the wheel of opencv-python 4.14 takes from the system, and the Debian packages that bring it (and with them
libX11, libXext, libICE and libxcb). Without libSM alone the import works, but the first window aborts the program."""

LOOK = """
import importlib.util, json, sys
print(json.dumps([list(sys.version_info[:2]), [m for m in sys.argv[1:] if importlib.util.find_spec(m) is None]]))
"""
BUILD_INTERPRETER = """
import sys
try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tflite_runtime.interpreter import Interpreter
Interpreter(model_path=sys.argv[1]).allocate_tensors()
"""


@dataclass(frozen=True)
class Machine:
    """What decides how the environments are made here."""

    pi_os: bool
    """Raspberry Pi OS: OpenCV, numpy and picamera2 come from apt."""
    bits: int
    """Of the programs, 32 or 64 (the kernel may have more)."""
    missing_libraries: tuple[str, ...]
    """Those of WINDOW_LIBRARIES that cannot be loaded."""


@dataclass(frozen=True)
class Plan:
    """One environment: how it is made and what goes into it."""

    folder: str
    """.venv or .venv-train."""
    python: str
    """Path of the Python that makes it."""
    newest_python: tuple[int, int]
    requirements: str
    """The text that pip is given."""
    uses_apt: bool = False
    """On Raspberry Pi OS: apt's packages shine through, and pip adds to them without dependencies."""
    no_window: str = ""
    """Why OpenCV comes without windows; "" where it has them."""
    size_gb: float = 0.0
    """What it takes on the disk; 0: nobody knows."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Modules that `python` must have before anything is made."""
        return ("ensurepip", *(PI_PACKAGES if self.uses_apt else ()))


def main(arguments: list[str] | None = None) -> int:
    """Make the environment that was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--train", action="store_true", help="make .venv-train instead of .venv")
    options = parser.parse_args(arguments)
    try:
        machine = look_at_machine()
        set_up(plan_train(machine) if options.train else plan_edge(machine))
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: stopped. The same command does it again.", file=sys.stderr)
        return 130
    return 0


def look_at_machine(root: Path = Path("/")) -> Machine:
    """Find out where we are; `root` is another folder in tests only."""
    missing = [name for name in WINDOW_LIBRARIES if sys.platform == "linux" and not _can_load(name)]
    return Machine(is_pi_os(root), bits=64 if sys.maxsize > 2**32 else 32, missing_libraries=tuple(missing))


def is_pi_os(root: Path) -> bool:
    """True on Raspberry Pi OS, also on a plain Debian on a Pi; other systems on a Pi have no picamera2 in apt."""
    on_a_pi = "Raspberry Pi" in _read(root / "proc/device-tree/model")
    debian = re.search(r'^ID="?(debian|raspbian)\b', _read(root / "etc/os-release"), re.MULTILINE)
    return (root / "etc/rpi-issue").exists() or (on_a_pi and debian is not None)


def plan_edge(machine: Machine, root: Path = ROOT) -> Plan:
    """What .venv is on `machine`.

    Raises:
        SetupError: there is no TFLite runtime for it.
    """
    if machine.pi_os:
        name, runtime = (
            ("requirements-pi.txt", "ai-edge-litert")
            if machine.bits == 64
            else ("requirements-pi-32bit.txt", "tflite-runtime")
        )
        requirements = (root / "edge" / name).read_text(encoding="utf-8")
        return Plan(".venv", PI_PYTHON, NEWEST_PYTHON[runtime], requirements, uses_apt=True, size_gb=PI_SIZE_GB)
    if machine.bits == 32:
        raise SetupError("of all 32-bit systems only Raspberry Pi OS has a TFLite runtime. Use a 64-bit system.")
    return _plan(".venv", "ai-edge-litert", root / "edge/requirements.txt", machine)


def plan_train(machine: Machine, root: Path = ROOT) -> Plan:
    """What .venv-train is on `machine`.

    Raises:
        SetupError: there is no TensorFlow for it.
    """
    if machine.bits == 32:
        raise SetupError("32-bit systems have no TensorFlow. Run this on a 64-bit workstation.")
    return _plan(".venv-train", "tensorflow", root / "train/requirements.lock", machine)


def _plan(folder: str, runtime: str, requirements: Path, machine: Machine) -> Plan:
    text = requirements.read_text(encoding="utf-8")
    plan = Plan(folder, sys.executable, NEWEST_PYTHON[runtime], text, size_gb=SIZES_GB[folder])
    if not machine.missing_libraries:
        return plan
    missing = f"no {', no '.join(machine.missing_libraries)}"
    return replace(plan, requirements=without_windows(text), no_window=missing)


def without_windows(requirements: str) -> str:
    """The same requirements with the headless wheel of OpenCV, same version."""
    return re.sub(r"^opencv-python(?![\w-])", "opencv-python-headless", requirements, flags=re.MULTILINE)


def check_python(plan: Plan, version: tuple[int, int], missing: list[str]) -> None:
    """Stop before anything is made.

    Args:
        plan: what is to be made.
        version: of the plan's Python.
        missing: those of the plan's `needs` that this Python cannot find.

    Raises:
        SetupError: this Python cannot make the environment; the message says what to do.
    """
    if not OLDEST_PYTHON <= version <= plan.newest_python:
        raise SetupError(_wrong_python(plan, version))
    packages = [f"python{version[0]}.{version[1]}-venv"] if "ensurepip" in missing else []
    packages += [PI_PACKAGES[module] for module in missing if module in PI_PACKAGES]
    if packages:
        raise SetupError(
            f"{plan.python} lacks {', '.join(missing)}. "
            f"Run `sudo apt install {' '.join(packages)}`, then the same command again."
        )


def set_up(plan: Plan, root: Path = ROOT) -> None:
    """Make the environment in `root`, unless it is there.

    Raises:
        SetupError: something is missing or failed; the message says what to do.
    """
    folder = root / plan.folder
    if is_done(plan, folder):
        return
    check_python(plan, *_look_at_python(plan))
    start = time.perf_counter()
    _say(f"making {plan.folder} with {plan.python}")
    # --clear: nothing remains of an interrupted install or of the other OpenCV build (they share one folder).
    options = ["--clear", *(["--system-site-packages"] if plan.uses_apt else [])]
    _run([plan.python, "-m", "venv", *options, str(folder)], failed=f"{plan.folder} cannot be made")
    check_room(plan, folder)
    _pip_install(plan, folder)
    _prove(plan, folder, model=root / "models/digits.tflite")
    (folder / STAMP).write_text(_stamp(plan, folder), encoding="utf-8")
    _say(f"{plan.folder} is ready ({time.perf_counter() - start:.0f} s)")


def check_room(plan: Plan, folder: Path) -> None:
    """Say what is about to be downloaded, and stop where the disk has no room for it.

    Raises:
        SetupError: the disk that `folder` is on has too little room.
    """
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < plan.size_gb:
        raise SetupError(
            f"{plan.folder} takes {plan.size_gb:g} GB, and the disk has {free_gb:.1f} GB left. "
            "Make room, then the same command again."
        )
    if plan.size_gb:
        _say(f"downloading what goes into {plan.folder}: it takes {plan.size_gb:g} GB, {free_gb:.1f} GB are free")


def is_done(plan: Plan, folder: Path) -> bool:
    """True when `folder` was finished by this plan, and the Python that it was made with is still the same."""
    return (folder / "bin/python").exists() and _read(folder / STAMP) == _stamp(plan, folder)


def _stamp(plan: Plan, folder: Path) -> str:
    # An upgrade of the system's Python (python3.11 -> python3.13) orphans the environment and changes this name.
    return f"{(folder / 'bin/python').resolve()}\n{plan.requirements}"


def _pip_install(plan: Plan, folder: Path) -> None:
    if plan.no_window:
        _say_no_window(plan.no_window)
    _pip(folder, plan.requirements, ["--no-deps"] if plan.uses_apt else [])
    headless = without_windows(plan.requirements)
    failure = _failure([str(folder / "bin/python"), "-c", "import cv2"]) if headless != plan.requirements else ""
    if failure:
        _say_no_window(failure)
        _run([str(folder / "bin/python"), "-m", "pip", "uninstall", "-qy", "opencv-python"], failed="pip fails")
        _pip(folder, headless, [])


def _pip(folder: Path, requirements: str, options: list[str]) -> None:
    listed = folder / "requirements.txt"
    listed.write_text(requirements, encoding="utf-8")
    # Wheels only: without one for this machine, pip would try for hours to compile OpenCV.
    options = ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", *options]
    _run(
        [str(folder / "bin/python"), "-m", "pip", "install", *options, "-r", str(listed)],
        failed="pip cannot install what is needed (is this machine online, is the disk full?)",
        show_output=True,
    )


def _prove(plan: Plan, folder: Path, model: Path) -> None:
    """Import what the edge imports, and build an interpreter: to import a TFLite runtime proves nothing."""
    python = str(folder / "bin/python")
    for module in ["numpy", "cv2", "PIL", *(["picamera2"] if plan.uses_apt else [])]:
        _run([python, "-c", f"import {module}"], failed=f"{python} cannot import {module}")
    if model.exists():  # it does not before the very first `make train convert SHIP=1`
        _run([python, "-c", BUILD_INTERPRETER, str(model)], failed=f"the TFLite runtime in {plan.folder} fails")


def _look_at_python(plan: Plan) -> tuple[tuple[int, int], list[str]]:
    """Version of the plan's Python, and which of the plan's needs it lacks."""
    command = [plan.python, "-c", LOOK, *plan.needs]
    try:
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"{plan.python} does not run ({error}). Run `sudo apt install python3`.") from error
    (major, minor), missing = json.loads(answer)
    return (major, minor), missing


def _wrong_python(plan: Plan, version: tuple[int, int]) -> str:
    minors = range(plan.newest_python[1], OLDEST_PYTHON[1] - 1, -1)
    needed = " or ".join(f"3.{minor}" for minor in minors)
    found = f"Python {needed} is needed, {plan.python} is {version[0]}.{version[1]}."
    if plan.uses_apt:
        return f"{found} Use the current 64-bit Raspberry Pi OS."
    other = next((f"python3.{minor}" for minor in minors if shutil.which(f"python3.{minor}")), None)
    if other:
        return f"{found} Add PYTHON={other} to the make command."
    return f"{found} Install one, and add PYTHON=python3.{minors[0]} (for example) to the make command."


def _run(command: list[str], failed: str, show_output: bool = False) -> None:
    failure = _failure(command, show_output)
    if failure:
        raise SetupError(f"{failed}: {failure}. Mend that and run the same command again.")


def _failure(command: list[str], show_output: bool = False) -> str:
    """Run a child: "" when it succeeds, else the last line of what it said about its error."""
    stdout = None if show_output else subprocess.PIPE
    done = subprocess.run(
        command, check=False, stdout=stdout, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    )
    if done.returncode == 0:
        return ""
    said = (done.stdout or "") + done.stderr
    errors: list[str] = re.findall(r"^ERROR: (.+)", said, re.MULTILINE)  # pip's; its hints follow them
    lines: list[str] = re.findall(r"^\s*(\S.*)", said, re.MULTILINE)
    return (errors or lines or [f"exit status {done.returncode}"])[-1].strip().rstrip(".")


def _say_no_window(reason: str) -> None:
    _say(
        f"OpenCV comes without windows here ({reason}). For a window: "
        f"`sudo apt install {' '.join(WINDOW_LIBRARIES.values())}`, then the same command again."
    )


def _say(line: str) -> None:
    print(f"set-up: {line}", flush=True)


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    run_command(main)
