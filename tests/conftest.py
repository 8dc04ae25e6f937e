"""What several test files share."""

import os
import shutil
import signal
import subprocess
import tomllib

import cv2
import pytest

from edge.settings_file import SETTINGS_FILE

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:  # as of a shell's "&", and programs obey it; ours are told to end
        signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


def pytest_sessionstart():
    """Tests see what ships: a settings.toml of one's own in this checkout would change what they read."""
    if SETTINGS_FILE.exists() and tomllib.loads(SETTINGS_FILE.read_text(encoding="utf-8")):
        raise pytest.UsageError(f"{SETTINGS_FILE} would change what the tests see. Move it aside while they run.")


@pytest.fixture(scope="session")
def require():
    """require(there, "what is missing, how to get it"): skip without it; in CI, where it must be there, fail."""

    def check(there, missing):
        if there:
            return
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)

    return check


@pytest.fixture(scope="session")
def require_program(require):
    """require_program("xdotool", package="xdotool"): skip, or in CI fail, where the program is not installed."""

    def check(program, *, package):
        require(shutil.which(program) is not None, f"{program} is missing: sudo apt install {package}")

    return check


@pytest.fixture
def screen(request, require, require_program):
    """The environment of a display of our own, 1280x1024 or as the test's parameter says: Xvfb picks a free number."""
    require_program("Xvfb", package="xvfb")
    require_program("xdotool", package="xdotool")
    require(has_windows(), "this OpenCV has no windows: pip install opencv-python instead of opencv-python-headless")
    read, write = os.pipe()
    call = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        f"{getattr(request, 'param', '1280x1024')}x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(call, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as numbers:
            number = numbers.readline().strip()
        yield {**os.environ, "DISPLAY": f":{number}", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}
        server.terminate()


def has_windows():
    gui = next(line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith("GUI:"))
    return "NONE" not in gui
