"""Set-up: what is decided on which machine, and that an environment is called done only when it is."""

import ast
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import SetupError
from edge.install import (
    PI_PYTHON,
    ROOT,
    Machine,
    Plan,
    check_python,
    is_done,
    is_pi_os,
    plan_edge,
    plan_train,
    set_up,
    without_windows,
)

DESKTOP = Machine(pi_os=False, bits=64, missing_libraries=())
BARE_SERVER = Machine(pi_os=False, bits=64, missing_libraries=("libGL.so.1",))
PI = Machine(pi_os=True, bits=64, missing_libraries=())
PI_32_BIT = Machine(pi_os=True, bits=32, missing_libraries=())
PC_32_BIT = Machine(pi_os=False, bits=32, missing_libraries=())


def packages(requirements: str) -> list[str]:
    """The lines that pip acts on."""
    return [line.split("#")[0].strip() for line in requirements.splitlines() if line.split("#")[0].strip()]


def names(plan: Plan) -> list[str]:
    return [re.split(r"[^\w.-]", package)[0] for package in packages(plan.requirements)]


class TestIsPiOs:
    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            ({"etc/rpi-issue": "Raspberry Pi reference", "etc/os-release": "ID=debian"}, True),
            ({"proc/device-tree/model": "Raspberry Pi 5 Model B\0", "etc/os-release": 'NAME="x"\nID=debian\n'}, True),
            ({"proc/device-tree/model": "Raspberry Pi Zero 2 W\0", "etc/os-release": "ID=raspbian\n"}, True),
            ({"proc/device-tree/model": "Raspberry Pi 4\0", "etc/os-release": "ID=ubuntu\nID_LIKE=debian\n"}, False),
            ({"proc/device-tree/model": "Radxa ROCK 5B\0", "etc/os-release": "ID=debian\n"}, False),
            ({"etc/os-release": "ID=debian\n"}, False),
            ({}, False),
        ],
    )
    def test_is_told_by_the_system_not_by_the_board_alone(
        self, tmp_path: Path, files: dict[str, str], expected: bool
    ) -> None:
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        assert is_pi_os(tmp_path) is expected


class TestPlan:
    def test_a_desktop_gets_all_by_pip(self) -> None:
        wanted = ["numpy", "opencv-python", "ai-edge-litert", "pillow", "pillow-heif", "av", "tomlkit"]
        assert names(plan_edge(DESKTOP)) == wanted

    def test_without_the_window_libraries_opencv_comes_headless_in_the_same_version(self) -> None:
        with_windows, headless = (packages(plan_edge(machine).requirements) for machine in (DESKTOP, BARE_SERVER))
        assert headless == [line.replace("opencv-python==", "opencv-python-headless==") for line in with_windows]
        assert headless != with_windows

    def test_it_says_why_there_will_be_no_window(self) -> None:
        assert [plan_edge(DESKTOP).no_window, plan_edge(BARE_SERVER).no_window] == ["", "no libGL.so.1"]

    def test_the_workstation_too_goes_without_windows(self) -> None:
        assert "opencv-python" in names(plan_train(DESKTOP))
        assert "opencv-python" not in names(plan_train(BARE_SERVER))
        assert "opencv-python-headless" in names(plan_train(BARE_SERVER))

    @pytest.mark.parametrize(("machine", "runtime"), [(PI, "ai-edge-litert"), (PI_32_BIT, "tflite-runtime")])
    def test_on_a_pi_pip_adds_the_runtime_and_tomlkit_to_what_apt_brings(self, machine: Machine, runtime: str) -> None:
        plan = plan_edge(machine)
        assert (names(plan), plan.python, plan.uses_apt) == ([runtime, "tomlkit"], PI_PYTHON, True)

    def test_the_environments_do_not_share_a_folder(self) -> None:
        assert [plan_edge(DESKTOP).folder, plan_train(DESKTOP).folder] == [".venv", ".venv-train"]

    def test_a_32_bit_system_is_told_what_to_use(self) -> None:
        with pytest.raises(SetupError, match="Use a 64-bit system"):
            plan_edge(PC_32_BIT)
        with pytest.raises(SetupError, match=r"no TensorFlow\. Run this on a 64-bit workstation"):
            plan_train(PI_32_BIT)

    def test_only_the_wheel_itself_is_renamed(self) -> None:
        assert without_windows("opencv-python-headless==1\nopencv-python==1\n#opencv-python") == (
            "opencv-python-headless==1\nopencv-python-headless==1\n#opencv-python"
        )


class TestCheckPython:
    @pytest.mark.parametrize(
        ("plan", "version"),
        [
            (plan_edge(DESKTOP), (3, 11)),
            (plan_edge(DESKTOP), (3, 14)),
            (plan_train(DESKTOP), (3, 13)),
            (plan_edge(PI), (3, 13)),
            (plan_edge(PI_32_BIT), (3, 11)),
        ],
    )
    def test_accepts_what_has_wheels(self, plan: Plan, version: tuple[int, int]) -> None:
        assert check_python(plan, version, missing=[]) is None

    @pytest.mark.parametrize(
        ("plan", "version", "words"),
        [
            (plan_edge(DESKTOP), (3, 9), "3.11 is needed, .* is 3.9.* PYTHON=python3"),
            (plan_train(DESKTOP), (3, 14), "Python 3.13 or 3.12 or 3.11 is needed, .* is 3.14.* PYTHON=python3"),
            (plan_edge(PI), (3, 9), "is 3.9. Use the current 64-bit Raspberry Pi OS"),
            (plan_edge(PI_32_BIT), (3, 13), "Python 3.11 is needed, .* is 3.13. Use the current 64-bit"),
        ],
    )
    def test_names_the_python_that_is_needed(self, plan: Plan, version: tuple[int, int], words: str) -> None:
        with pytest.raises(SetupError, match=words):
            check_python(plan, version, missing=[])

    @pytest.mark.parametrize(
        ("plan", "missing", "command"),
        [
            (plan_edge(DESKTOP), ["ensurepip"], "`sudo apt install python3.11-venv`"),
            (plan_edge(PI), ["picamera2"], "`sudo apt install python3-picamera2`"),
            (
                plan_edge(PI),
                ["ensurepip", "cv2", "numpy", "PIL", "picamera2", "av"],
                "`sudo apt install python3.11-venv python3-opencv python3-numpy python3-pil python3-picamera2 "
                "python3-av`",
            ),
        ],
    )
    def test_says_in_one_line_what_apt_has_to_bring(self, plan: Plan, missing: list[str], command: str) -> None:
        with pytest.raises(SetupError) as caught:
            check_python(plan, (3, 11), missing)
        assert command in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_asks_a_pi_for_opencv_numpy_pillow_and_picamera2_but_a_desktop_for_none(self) -> None:
        assert plan_edge(PI).needs == ("ensurepip", "cv2", "numpy", "PIL", "picamera2", "av")
        assert plan_edge(DESKTOP).needs == ("ensurepip",)


class TestSetUp:
    def test_makes_the_environment_once(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path)
        plan = python.plan("numpy\nopencv-python==4.14.0.94")
        set_up(plan, tmp_path)
        first = python.calls()
        set_up(plan, tmp_path)
        assert (len(first) > 0, python.calls()) == (True, first)

    def test_an_interrupted_one_is_made_again(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path, fails_at="pip install")
        plan = python.plan("numpy")
        with pytest.raises(SetupError, match="the same command again"):
            set_up(plan, tmp_path)
        assert not is_done(plan, tmp_path / plan.folder)

    def test_says_what_it_takes_before_anything_is_downloaded(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        plan = replace(FakePython(tmp_path).plan("numpy"), size_gb=0.001)
        set_up(plan, tmp_path)
        assert re.search(r"into \.venv: it takes 0\.001 GB, [\d.]+ GB are free", capfd.readouterr().out)

    def test_a_disk_without_room_is_told_before_anything_is_downloaded(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path)
        with pytest.raises(SetupError, match=r"\.venv takes 1e\+06 GB, and the disk has [\d.]+ GB left\. Make room"):
            set_up(replace(python.plan("numpy"), size_gb=1e6), tmp_path)
        assert [call for call in python.calls() if "pip" in call] == []

    def test_the_workstation_s_is_known_to_be_large(self) -> None:
        assert plan_train(DESKTOP).size_gb > 2 > plan_edge(DESKTOP).size_gb > plan_edge(PI).size_gb > 0

    def test_other_requirements_make_it_again(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path)
        set_up(python.plan("numpy==1"), tmp_path)
        assert not is_done(python.plan("numpy==2"), tmp_path / ".venv")

    def test_a_python_that_is_gone_makes_it_again(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path)
        set_up(python.plan("numpy"), tmp_path)
        (tmp_path / ".venv/bin/python").unlink()
        assert not is_done(python.plan("numpy"), tmp_path / ".venv")

    def test_a_window_build_that_cannot_be_imported_gives_way_to_the_headless_one(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        python = FakePython(tmp_path, windows_work=False)
        set_up(python.plan("numpy\nopencv-python==4.14.0.94"), tmp_path)
        assert [call for call in python.calls() if "pip" in call] == [
            "pip install: numpy opencv-python==4.14.0.94",
            "pip uninstall -qy opencv-python",
            "pip install: numpy opencv-python-headless==4.14.0.94",
        ]
        assert "`sudo apt install libgl1 libglib2.0-0 libsm6`" in capfd.readouterr().out

    def test_on_a_pi_apts_packages_shine_through_and_pip_takes_no_dependencies(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path)
        set_up(python.plan("ai-edge-litert", uses_apt=True), tmp_path)
        assert "venv --clear --system-site-packages" in python.calls()
        assert "pip install --no-deps: ai-edge-litert" in python.calls()

    def test_a_runtime_that_builds_no_interpreter_is_no_success(self, tmp_path: Path) -> None:
        (tmp_path / "models").mkdir()
        (tmp_path / "models/digits.tflite").touch()
        python = FakePython(tmp_path, fails_at="build an interpreter")
        with pytest.raises(SetupError, match=r"the TFLite runtime in \.venv fails: broken"):
            set_up(python.plan("numpy"), tmp_path)
        assert not is_done(python.plan("numpy"), tmp_path / ".venv")

    def test_nothing_is_made_when_apt_packages_are_missing(self, tmp_path: Path) -> None:
        python = FakePython(tmp_path, lacks=["picamera2"])
        with pytest.raises(SetupError, match="python3-picamera2"):
            set_up(python.plan("ai-edge-litert", uses_apt=True), tmp_path)
        assert not (tmp_path / ".venv").exists()

    @pytest.mark.slow
    def test_a_real_environment_without_numpy_is_not_called_done(self, tmp_path: Path) -> None:
        plan = Plan(".venv", sys.executable, (3, 14), requirements="")
        with pytest.raises(SetupError, match="cannot import numpy: ModuleNotFoundError"):
            set_up(plan, tmp_path)
        assert not is_done(plan, tmp_path / plan.folder)


class TestFiles:
    @pytest.mark.parametrize("name", ["install", "menu"])
    def test_an_old_python_can_read_the_menu_and_set_up(self, name: str) -> None:
        source = (ROOT / f"edge/{name}.py").read_text()
        assert isinstance(ast.parse(source, feature_version=(3, 7)), ast.Module)

    def test_set_up_needs_nothing_but_the_standard_library(self) -> None:
        tree = ast.parse((ROOT / "edge/install.py").read_text())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names} == {
            "edge.ending",
            "edge.errors",
        }

    @pytest.mark.parametrize(
        "name",
        ["edge/requirements.txt", "edge/requirements-pi.txt", "edge/requirements-pi-32bit.txt"],
    )
    def test_the_edge_installs_no_tensorflow(self, name: str) -> None:
        assert not [line for line in packages((ROOT / name).read_text()) if re.match("tensorflow|keras", line)]

    @pytest.mark.parametrize("name", ["edge/requirements.txt", "edge/requirements-pi.txt"])
    def test_the_workstation_has_the_edges_versions(self, name: str) -> None:
        exact = [line for line in packages((ROOT / name).read_text()) if "==" in line]
        locked = packages((ROOT / "train/requirements.lock").read_text())
        assert (len(exact) > 0, set(exact) - set(locked)) == (True, set())

    def test_the_lock_pins_each_package_and_names_no_place(self) -> None:
        lines = (ROOT / "train/requirements.lock").read_text().splitlines()
        assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?|#.*", line)] == []
        assert [line for line in lines if re.search(r"://|--|/", line.split("#")[0])] == []


class FakePython:
    """A Python that makes environments like itself, installs what it is told, and remembers what that was.

    Args:
        folder: where it lives and keeps its diary.
        fails_at: the step that says "broken" and fails.
        windows_work: False where the window build of OpenCV cannot be imported.
        lacks: modules that it cannot find.
    """

    SOURCE = """#!{real}
import json, pathlib, shutil, sys
settings, arguments = json.loads({settings!r}), sys.argv[1:]
diary = pathlib.Path({folder!r}, "diary")
installed = pathlib.Path({folder!r}, "installed")

def note(step):
    with diary.open("a") as file:
        file.write(step + "\\n")
    if settings["fails_at"] and step.startswith(settings["fails_at"]):
        sys.exit("ERROR: broken")

if arguments[0] == "-c" and "find_spec" in arguments[1]:
    print(json.dumps([[3, 11], [name for name in arguments[2:] if name in settings["lacks"]]]))
elif arguments[0] == "-c" and "Interpreter" in arguments[1]:
    note("build an interpreter")
elif arguments[0] == "-c":
    note(arguments[1])
    if arguments[1] == "import cv2" and "opencv-python==" in installed.read_text() and not settings["windows_work"]:
        sys.exit("ImportError: libGL.so.1: cannot open shared object file")
elif arguments[1] == "venv":
    note(" ".join(arguments[1:-1]))
    (pathlib.Path(arguments[-1]) / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(__file__, pathlib.Path(arguments[-1]) / "bin/python")
elif arguments[1:3] == ["pip", "uninstall"]:
    note(" ".join(arguments[1:]))
    installed.write_text("")
else:
    requirements = pathlib.Path(arguments[-1]).read_text()
    note("pip install" + " --no-deps" * ("--no-deps" in arguments) + ": " + " ".join(requirements.split()))
    installed.write_text(requirements)
"""

    def __init__(
        self, folder: Path, *, fails_at: str = "", windows_work: bool = True, lacks: Sequence[str] = ()
    ) -> None:
        self.path, self.diary = folder / "python3", folder / "diary"
        settings = json.dumps({"fails_at": fails_at, "windows_work": windows_work, "lacks": list(lacks)})
        self.path.write_text(self.SOURCE.format(real=sys.executable, settings=settings, folder=str(folder)))
        self.path.chmod(0o755)

    def plan(self, requirements: str, *, uses_apt: bool = False) -> Plan:
        return Plan(".venv", str(self.path), (3, 13), requirements, uses_apt)

    def calls(self) -> list[str]:
        return self.diary.read_text().splitlines()
