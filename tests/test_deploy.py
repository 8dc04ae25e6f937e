"""The way to the Pi and back: by rsync into a folder, and through a real ssh server."""

import getpass
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import ModelError
from edge.reading.reader import SHIPPED_MODEL
from train import store
from train.deploy import Place, pull, push

ROOT = Path(__file__).resolve().parents[1]
SSHD = "/usr/sbin/sshd"


@pytest.fixture(autouse=True)
def rsync(require_program) -> None:
    require_program("rsync", package="rsync")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Of the workstation: with models of its own."""
    folder = tmp_path / "checkout"
    for name in ("edge", "train", "models", "tests/sample_pages"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("local", "__pycache__"))
    for name in ("LICENSE", "Makefile", "README.md", "README.bn.md", "calibration_digits/README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    local = folder / "models" / "local"
    local.mkdir()
    for name in store.SET:
        shutil.copy(SHIPPED_MODEL.with_name(name), local)
    (local / "finetuned.keras").write_bytes(b"keras")
    return folder


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A mounted card: the other side without a network."""
    (tmp_path / "card").mkdir()
    return tmp_path / "card"


@pytest.fixture
def pi(card: Path) -> Path:
    """The reader's folder there, with what its user made."""
    folder = card / "reader"
    for name in ("calibration_digits/7/anna/1.ink.png", "settings.toml", "edge/mine.py", "models/local/mine.txt"):
        write(folder / name, "from the Pi")
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def teach(local: Path) -> bytes:
    """Another classifier with its card, as after `make finetune convert`."""
    card = json.loads((local / "digits.json").read_text())
    (local / "digits.tflite").write_bytes(b"mine")
    (local / "digits.json").write_text(json.dumps(card | {"sha256": store.sha256(local / "digits.tflite")}))
    return b"mine"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(checkout: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    # -S: as the plain python3 of a machine on which nothing was set up
    return subprocess.run(
        [sys.executable, "-S", "-m", "train.deploy", *arguments],
        cwd=checkout,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


class TestPush:
    def test_what_lies_there_then_reads_the_bundled_pages_with_the_own_model(self, checkout: Path, card: Path) -> None:
        push(Place(str(card), "reader"), root=checkout)
        call = [sys.executable, "edge/recognize.py", "--source", "tests/sample_pages", "--show", "none", "--json", "-"]
        done = subprocess.run(call, cwd=card / "reader", capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) == len(list((ROOT / "tests" / "sample_pages").iterdir()))
        assert "models/local" not in done.stderr  # it has nothing to say against the local model

    def test_make_offers_there_what_works_there(self, checkout: Path, card: Path) -> None:
        push(Place(str(card), "reader"), root=checkout)
        done = subprocess.run(["make", "-s"], cwd=card / "reader", capture_output=True, text=True, check=True)
        assert [line.split()[1] for line in done.stdout.splitlines()] == ["demo", "recognize", "capture", "clean"]

    def test_local_goes_to_local_and_shipped_to_shipped(self, checkout: Path, card: Path) -> None:
        mine = teach(checkout / "models" / "local")
        push(Place(str(card), "reader"), root=checkout)
        there = files(card / "reader" / "models")
        assert sorted(there) == sorted([*store.SET, *(f"local/{name}" for name in store.SET)])
        assert (there["local/digits.tflite"], there["digits.tflite"]) == (mine, SHIPPED_MODEL.read_bytes())
        assert there["local/finder.tflite"] == SHIPPED_MODEL.with_name("finder.tflite").read_bytes()

    def test_a_set_that_is_not_whole_stays_here(self, checkout: Path, card: Path) -> None:
        (checkout / "models" / "local" / "crops.tflite").unlink()
        push(Place(str(card), "reader"), root=checkout)  # the shipped one will do: it is the same
        (checkout / "models" / "local" / "crops.tflite").write_bytes(b"another")
        (checkout / "models" / "crops.tflite").write_bytes(b"another")
        before = files(card)
        with pytest.raises(ModelError, match=r"not the crops\.tflite that its card names.*make convert"):
            push(Place(str(card), "reader"), root=checkout)
        assert files(card) == before

    def test_a_classifier_without_its_card_stays_here(self, checkout: Path, card: Path) -> None:
        (checkout / "models" / "local" / "digits.json").unlink()
        with pytest.raises(ModelError, match="no card that fits"):
            push(Place(str(card), "reader"), root=checkout)

    def test_an_install_that_was_killed_here_is_finished_first(self, checkout: Path, card: Path) -> None:
        finder = checkout / "models" / "local" / "finder.tflite"
        finder.rename(store.next_of(finder))
        push(Place(str(card), "reader"), root=checkout)
        assert sorted(path.name for path in (card / "reader" / "models" / "local").iterdir()) == sorted(store.SET)

    def test_what_its_user_made_there_stays(self, checkout: Path, card: Path, pi: Path) -> None:
        before = files(pi)
        push(Place(str(card), "reader"), root=checkout)
        assert before.items() <= files(pi).items()

    def test_settings_are_each_machines_own(self, checkout: Path, card: Path, pi: Path) -> None:
        write(checkout / "settings.toml", "of the workstation")
        push(Place(str(card), "reader"), root=checkout)
        push(Place(str(card), "fresh"), root=checkout)
        assert files(pi)["settings.toml"] == b"from the Pi"
        assert "settings.toml" not in files(card / "fresh")

    def test_what_is_replaced_there_is_kept_there(self, checkout: Path, card: Path, pi: Path) -> None:
        write(pi / "edge" / "reading" / "reader.py", "former")
        former = [f"models/local/{name}" for name in store.SET]
        for name in former:
            write(pi / name, "former")
        push(Place(str(card), "reader"), root=checkout)
        (kept,) = (pi / "models" / "local" / "previous").iterdir()
        assert files(kept) == dict.fromkeys(["edge/reading/reader.py", *former], b"former")

    def test_after_factory_model_the_pi_is_back_at_the_shipped_one_too(
        self, checkout: Path, card: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        push(Place(str(card), "reader"), root=checkout)
        assert f"uses your model {store.sha256(SHIPPED_MODEL)[:12]}" in capsys.readouterr().out
        there = card / "reader" / "models"
        write(there / "local" / "finder.next.tflite", "of an install that was killed there")
        write(there / "local" / "mine.txt", "of its user")
        write(there / "local" / "previous" / "2026" / "digits.tflite", "of former times")
        shutil.rmtree(checkout / "models" / "local")
        push(Place(str(card), "reader"), root=checkout)
        assert "uses the shipped model" in capsys.readouterr().out
        assert sorted(path.name for path in (there / "local").iterdir()) == ["mine.txt", "previous"]
        former, kept = sorted((there / "local" / "previous").iterdir())
        assert files(former) == {"digits.tflite": b"of former times"}
        own = [*store.SET, "finder.next.tflite"]
        assert sorted(files(kept)) == sorted(f"models/local/{name}" for name in own)

    def test_what_it_says_takes_the_former_models_back(
        self, checkout: Path, card: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        push(Place(str(card), "reader"), root=checkout)
        there = card / "reader"
        before = files(there)
        teach(checkout / "models" / "local")
        push(Place(str(card), "reader"), root=checkout)
        assert files(there) != before
        (back,) = re.findall(r"takes them back: (.+)", capsys.readouterr().out)[-1:]
        subprocess.run(back, shell=True, cwd=there, check=True)
        assert before.items() <= files(there).items()

    def test_a_second_time_nothing_is_sent(self, checkout: Path, card: Path, capfd: pytest.CaptureFixture[str]) -> None:
        push(Place(str(card), "reader"), root=checkout)
        assert "send edge/reading/reader.py" in capfd.readouterr().out
        (checkout / "edge" / "reading" / "reader.py").touch()  # as a fresh clone does
        push(Place(str(card), "reader"), root=checkout)
        assert "send" not in capfd.readouterr().out

    @pytest.mark.usefixtures("pi")
    def test_a_dry_run_prints_the_command_and_what_it_would_send(
        self, checkout: Path, card: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        before = files(card)
        push(Place(str(card), "reader"), root=checkout, dry_run=True)
        printed = capfd.readouterr().out.splitlines()
        assert printed[1].startswith("rsync ")
        assert {"send edge/reading/reader.py", "send models/local/digits.tflite"} <= set(printed)
        assert files(card) == before


class TestPull:
    @pytest.fixture(autouse=True)
    def here(self, checkout: Path) -> None:
        write(checkout / "calibration_digits" / "7" / "anna" / "0.ink.png", "from here")

    def test_brings_and_counts_what_is_new(
        self, checkout: Path, card: Path, pi: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("7/anna/2.ink.png", "other/anna/3.ink.png", "7/anna/.part-9-4.ink.png"):
            write(pi / "calibration_digits" / name, "from the Pi")
        pull(Place(str(card), "reader"), root=checkout)
        assert capsys.readouterr().out == "3 new: 2 of 7, 1 of other.\nNext: make finetune\n"
        assert sorted(files(checkout / "calibration_digits")) == [
            "7/anna/0.ink.png",
            "7/anna/1.ink.png",
            "7/anna/2.ink.png",
            "README.md",
            "other/anna/3.ink.png",
        ]

    def test_what_was_moved_to_another_label_here_does_not_come_back(
        self, checkout: Path, card: Path, pi: Path
    ) -> None:
        digits = checkout / "calibration_digits"
        write(pi / "calibration_digits/3/anna/five.ink.png", "a five")
        pull(Place(str(card), "reader"), root=checkout)
        (digits / "5/anna").mkdir(parents=True)
        (digits / "3/anna/five.ink.png").rename(digits / "5/anna/five.ink.png")
        pull(Place(str(card), "reader"), root=checkout)
        assert [path.relative_to(digits).parts[0] for path in digits.rglob("five.ink.png")] == ["5"]

    def test_ink_and_crop_are_counted_as_one_and_come_together(
        self, checkout: Path, card: Path, pi: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("7/anna/2.ink.png", "7/anna/2.crop.png", "7/anna/3.crop.png"):
            write(pi / "calibration_digits" / name, "from the Pi")
        pull(Place(str(card), "reader"), root=checkout)
        assert capsys.readouterr().out.startswith("3 new: 3 of 7.\n")

    def test_neither_of_them_comes_back_after_it_was_moved_here(self, checkout: Path, card: Path, pi: Path) -> None:
        digits = checkout / "calibration_digits"
        for name in ("five.ink.png", "five.crop.png", "six.ink.png", "six.crop.png"):
            write(pi / "calibration_digits/3/anna" / name, "from the Pi")
        pull(Place(str(card), "reader"), root=checkout)
        (digits / "5/anna").mkdir(parents=True)
        for name in ("five.ink.png", "five.crop.png", "six.ink.png"):  # six's crop is left behind
            (digits / "3/anna" / name).rename(digits / "5/anna" / name)
        pull(Place(str(card), "reader"), root=checkout)
        found = [path.relative_to(digits).as_posix() for path in digits.rglob("*anna/[fs]*")]
        assert sorted(found) == [
            "3/anna/six.crop.png",
            "5/anna/five.crop.png",
            "5/anna/five.ink.png",
            "5/anna/six.ink.png",
        ]

    def test_what_came_by_halves_gets_its_other_half(self, checkout: Path, card: Path, pi: Path) -> None:
        digits = checkout / "calibration_digits"
        for name in ("[1] b/a.ink.png", "[1] b/a.crop.png"):
            write(pi / "calibration_digits/3" / name, "from the Pi")
        pull(Place(str(card), "reader"), root=checkout)
        (digits / "3/[1] b/a.crop.png").unlink()
        pull(Place(str(card), "reader"), root=checkout)
        assert (digits / "3/[1] b/a.crop.png").is_file()

    def test_never_overwrites_and_takes_nothing_away_there(self, checkout: Path, card: Path, pi: Path) -> None:
        write(pi / "calibration_digits" / "7" / "anna" / "0.ink.png", "another one from the Pi")
        before = files(card)
        pull(Place(str(card), "reader"), root=checkout)
        assert (checkout / "calibration_digits/7/anna/0.ink.png").read_text() == "from here"
        assert files(card) == before

    @pytest.mark.usefixtures("pi")
    def test_nothing_new_says_so(self, checkout: Path, card: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pull(Place(str(card), "reader"), root=checkout)
        capsys.readouterr()
        pull(Place(str(card), "reader"), root=checkout)
        assert "no new pictures" in capsys.readouterr().out

    @pytest.mark.usefixtures("pi")
    def test_a_dry_run_changes_nothing(self, checkout: Path, card: Path, capfd: pytest.CaptureFixture[str]) -> None:
        before = files(checkout)
        pull(Place(str(card), "reader"), root=checkout, dry_run=True)
        assert "7/anna/1.ink.png" in capfd.readouterr().out
        assert files(checkout) == before


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "status", "message"),
        [
            (["push", ""], 2, "which Pi? Type `make deploy PI=user@host`"),
            (["pull", ""], 2, "which Pi? Type `make pull PI=user@host`"),
            (["push", "pi@host:reader"], 2, "name the folder there by TO="),
            (["push", "h[::1"], 2, "PI=h[::1 is no user@host"),
            (["push", "h]::1["], 2, "PI=h]::1[ is no user@host"),
            (["push", "fe80::1"], 2, "an IPv6 address stands in brackets"),
            (["push", "media/card"], 2, "a folder that is mounted here is /path or ./path"),
            (["push", "--", "-oProxyCommand=touch executed"], 2, "is no user@host"),
            (["pull", "--", "--rsh=touch executed"], 2, "is no user@host"),
            (["push", "host:`touch executed`"], 2, "name the folder there by TO="),
            (["push", "host;touch executed"], 2, "is no user@host"),
            (["push", "host\nx"], 2, ""),
            (["push", "user@"], 2, "is no user@host"),
            (["push", "host", "--to=-x"], 2, "TO=./-x"),
            (["push", "host", "--to=:module"], 2, "TO=./:module"),
            (["push", "/not/mounted"], 1, "no folder /not/mounted. Is it mounted?"),
            (["pull", "."], 1, "no calibration_digits/ in"),
        ],
    )
    def test_is_named_with_what_to_type(self, checkout: Path, arguments: list[str], status: int, message: str) -> None:
        before = files(checkout)
        done = run(checkout, *arguments)
        assert done.returncode == status
        assert message in done.stderr.splitlines()[-1]
        assert sorted(files(checkout).keys() - before.keys()) == []  # no folder of that name, nothing executed

    @pytest.mark.parametrize(
        "name", ["pi", "pi@raspberrypi.local", "me.too@192.168.0.9", "pi@[fe80::1%eth0]", "[::1]", "my_alias", "/card"]
    )
    def test_what_ssh_or_a_mounted_card_may_be_called_is_none(self, name: str) -> None:
        assert Place(name, "reader").fault == ""

    def test_no_path_is_taken_for_an_option(
        self, checkout: Path, card: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        push(Place(str(card), "reader"), root=checkout, dry_run=True)
        command = shlex.split(capfd.readouterr().out.splitlines()[1])
        assert [word for word in command[command.index("--") :] if word.startswith("-")] == ["--"]

    def test_no_rsync_here(self, checkout: Path, card: Path) -> None:
        done = run(checkout, "push", str(card), PATH="/nowhere")
        assert (done.returncode, done.stderr) == (
            1,
            "deploy: rsync is missing here. Run `sudo apt install rsync`.\n",
        )


@pytest.fixture(scope="module")
def ssh_keys(tmp_path_factory: pytest.TempPathFactory, require, require_program) -> Path:
    """A folder with a host key and a user's key."""
    require_program(SSHD, package="openssh-server")
    require_program("ssh", package="openssh-client")
    require(os.geteuid() != 0 or Path("/run/sshd").is_dir(), "sshd run by root needs a folder: mkdir /run/sshd")
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    return folder


class Server:
    """A real ssh server on this machine, and how rsync reaches it."""

    def __init__(self, keys: Path, *settings: str) -> None:
        self.port = free_port()
        self.rsh = f"ssh -F none -p {self.port} -i {keys}/user -o IdentitiesOnly=yes -o UserKnownHostsFile={keys}/known"
        self.rsh += " -o StrictHostKeyChecking=accept-new"
        self.name = f"{getpass.getuser()}@127.0.0.1"
        options = [f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {keys}/host", "PidFile none", *settings]
        options += [f"AuthorizedKeysFile {keys}/user.pub", "StrictModes no", "UsePAM no"]
        call = [SSHD, "-D", "-f", "/dev/null", *(f"-o{option}" for option in options)]
        self.process = subprocess.Popen(call, stderr=subprocess.DEVNULL)
        self._wait_until_it_listens()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def _wait_until_it_listens(self) -> None:
        for _ in range(100):
            assert self.process.poll() is None, "sshd does not start"
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("sshd does not listen")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(ssh_keys: Path) -> Iterator[Server]:
    running = Server(ssh_keys)
    yield running
    running.stop()


class TestBySsh:
    def test_there_and_back(self, checkout: Path, pi: Path, server: Server) -> None:
        sent = run(checkout, "push", server.name, "--to", str(pi), RSYNC_RSH=server.rsh)
        assert sent.returncode == 0, sent.stderr
        assert json.loads((pi / "models/local/digits.json").read_text())["sha256"] == store.sha256(SHIPPED_MODEL)
        assert (pi / "edge" / "recognize.py").is_file()
        back = run(checkout, "pull", server.name, "--to", str(pi), RSYNC_RSH=server.rsh)
        assert back.stdout.endswith("1 new: 1 of 7.\nNext: make finetune\n"), back.stderr
        assert (checkout / "calibration_digits/7/anna/1.ink.png").read_text() == "from the Pi"

    def test_a_folder_with_a_blank_in_its_name(self, checkout: Path, tmp_path: Path, server: Server) -> None:
        assert run(checkout, "push", server.name, "--to", f"{tmp_path}/my reader", RSYNC_RSH=server.rsh).returncode == 0
        assert (tmp_path / "my reader" / "Makefile").is_file()

    def test_a_folder_whose_name_a_shell_would_execute(self, checkout: Path, tmp_path: Path, server: Server) -> None:
        name = "a`touch b`$(touch c);touch d|touch e'f\"g"
        done = run(checkout, "push", server.name, "--to", f"{tmp_path}/there {name}", RSYNC_RSH=server.rsh)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / f"there {name}" / "Makefile").is_file()
        assert not [one for folder in (Path.home(), checkout, tmp_path) for one in "bcde" if (folder / one).exists()]

    @pytest.mark.usefixtures("ssh_keys")
    def test_a_pi_that_is_off(self, checkout: Path) -> None:
        done = run(checkout, "push", "pi@127.0.0.1", RSYNC_RSH=f"ssh -F none -p {free_port()}")
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("deploy: no connection to pi@127.0.0.1 (ssh: connect to host 127.0.0.1 port ")
        assert "Connection refused" in line
        assert line.endswith("Try `ssh pi@127.0.0.1` until that works.")

    def test_a_pi_that_nobody_knows(self, checkout: Path) -> None:
        done = run(checkout, "pull", "pi@nowhere.invalid")
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("pull: no connection to pi@nowhere.invalid (ssh: Could not resolve hostname")

    def test_a_folder_that_cannot_be_made_there(self, checkout: Path, tmp_path: Path, server: Server) -> None:
        done = run(checkout, "push", server.name, "--to", f"{tmp_path}/not/there", RSYNC_RSH=server.rsh)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "No such file or directory" in line

    def test_a_key_that_is_not_known_there(self, checkout: Path, server: Server) -> None:
        another = server.rsh.replace("/user ", "/host ") + " -o BatchMode=yes"
        done = run(checkout, "pull", server.name, RSYNC_RSH=another)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "Permission denied" in line

    @pytest.mark.parametrize("direction", ["push", "pull"])
    def test_no_rsync_there(self, checkout: Path, ssh_keys: Path, direction: str) -> None:
        bare = Server(ssh_keys, "SetEnv PATH=/nowhere")
        done = run(checkout, direction, bare.name, RSYNC_RSH=bare.rsh)
        bare.stop()
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.endswith(f"rsync is missing on {bare.name}. Run there: sudo apt install rsync")
