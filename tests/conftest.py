"""What several test files share."""

import os
import shutil

import pytest


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
