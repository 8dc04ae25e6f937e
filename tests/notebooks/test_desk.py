"""The desk: what the page sends is answered at once, kept only on request; drawn upon in a real JupyterLab."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from edge.contract import DIGITS
from edge.reading.classifier import Network
from edge.reading.reader import SHIPPED_MODEL
from tests.pictures import draw_digit, encode, glyph_of
from train.notebooks.answer import answer_picture
from train.notebooks.desk import Desk
from train.notebooks.files import draw_picture

ROOT = Path(__file__).resolve().parents[2]
CELL = f"""
import sys
from functools import partial
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from edge.reading.classifier import Network
from edge.reading.reader import SHIPPED_MODEL
from train.notebooks.answer import answer_picture
from train.notebooks.desk import Desk
read = partial(answer_picture, logits=Network(SHIPPED_MODEL.read_bytes(), SHIPPED_MODEL).logits)
Desk(read, Path("own"))
"""
SEVEN = [(60, 60), (210, 60), (120, 230)]
FOUR = [(90, 50), (70, 150), (210, 150)], [(170, 90), (170, 240)]
"""Corners of strokes on the sheet, px."""
KERNEL_IS_IDLE = """
const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
const session = panel && panel.sessionContext && panel.sessionContext.session;
return Boolean(session && session.kernel && session.kernel.status === "idle");
"""

logits = Network(SHIPPED_MODEL.read_bytes(), SHIPPED_MODEL).logits
read = partial(answer_picture, logits=logits)


def send(desk: Desk, content: bytes | None = None, **message: str) -> None:
    """As the page does it, through ipywidgets' own door."""
    desk._handle_custom_msg(message, [] if content is None else [memoryview(content)])


def shown(page: str) -> str:
    """The answer on the page; "" where there is none."""
    found = re.search(r'class="answer"[^>]*>(.)<', page)
    return found[1] if found else ""


class TestDesk:
    def test_a_picture_is_answered_at_once(self) -> None:
        desk = Desk(read)
        send(desk, draw_picture(glyph_of(7)), name="drawing.png")
        assert shown(desk.answer) == "7"

    def test_a_picture_that_cannot_be_used_is_named_with_its_reason(self) -> None:
        desk = Desk(read)
        send(desk, b"%PDF", name="<scan>.pdf")
        assert desk.answer == "<p>&lt;scan&gt;.pdf: no picture by its suffix (.pdf); save it as .png or .jpg</p>"

    def test_clear_takes_the_answer_away(self) -> None:
        desk = Desk(read)
        send(desk, draw_picture(glyph_of(7)), name="drawing.png")
        send(desk)
        assert desk.answer == ""

    def test_keeps_a_picture_byte_for_byte_under_its_label(self, tmp_path: Path) -> None:
        desk, first, second = Desk(read, tmp_path), draw_picture(glyph_of(4)), encode(draw_digit(4), ".jpg")
        for content, name in ((first, "drawing.png"), (second, "photo.jpg")):
            send(desk, content, name=name)
            send(desk, keep="4")
        kept = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
        assert kept == {"4/001.png": first, "4/002.jpg": second}
        assert "Kept as a 4" in desk.answer

    def test_nothing_drawn_is_not_kept(self, tmp_path: Path) -> None:
        desk = Desk(read, tmp_path)
        send(desk, draw_picture(glyph_of(4)), name="drawing.png")
        send(desk)
        send(desk, keep="4")
        assert (list(tmp_path.iterdir()), "Draw a digit" in desk.answer) == ([], True)

    @pytest.mark.parametrize(("folder", "labels"), [(None, []), (Path("own"), list(DIGITS))])
    def test_has_buttons_to_keep_only_where_there_is_a_folder(self, folder: Path | None, labels: list[str]) -> None:
        assert Desk(read, folder).labels == labels


@pytest.fixture
def lab(tmp_path: Path, require_program) -> Iterator[str]:
    """The address of a notebook with a desk in it, in a JupyterLab of our own that works in tmp_path."""
    require_program("chromium", package="chromium")
    require_program("chromedriver", package="chromium-driver")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # else JupyterLab asks which one
    book = nbformat.v4.new_notebook(metadata=kernel, cells=[nbformat.v4.new_code_cell(CELL)])
    nbformat.write(book, tmp_path / "desk.ipynb")
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    call = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    call += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]  # no internet
    with (tmp_path / "said.txt").open("w") as said:
        server = subprocess.Popen(call, cwd=tmp_path, env=os.environ | own, stdout=said, stderr=said)
    try:
        address = wait(lambda: find_server(tmp_path / "RUNTIME"))
        yield f"{address['url']}lab/tree/desk.ipynb?token={address['token']}"
    finally:
        server.terminate()
        server.wait(timeout=60)


@pytest.fixture
def browser(lab: str) -> Iterator[webdriver.Chrome]:
    """Chromium on that page, its one cell run, the desk there."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for option in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000"):
        options.add_argument(option)
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    try:
        driver.get(lab)
        wait(lambda: driver.find_elements(By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell"))
        wait(lambda: driver.execute_script(KERNEL_IS_IDLE))
        driver.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        wait(lambda: driver.find_elements(By.CSS_SELECTOR, "canvas.sheet"))
        yield driver
    finally:
        driver.quit()


def find_server(folder: Path) -> dict[str, str] | None:
    """What JupyterLab says about itself once it listens."""
    found = list(folder.glob("jpserver-*.json"))
    return json.loads(found[0].read_text()) if found else None


def wait(look: Callable[[], object], timeout_s: float = 60.0) -> Any:
    end = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < end, f"nothing after {timeout_s} s"
        time.sleep(0.2)
    return seen


def draw(browser: webdriver.Chrome, corners: list[tuple[int, int]]) -> None:
    """One stroke of the mouse."""
    sheet = browser.find_element(By.CSS_SELECTOR, "canvas.sheet")
    middle = sheet.size["width"] // 2, sheet.size["height"] // 2
    stroke = ActionChains(browser, duration=50)
    for number, (x, y) in enumerate(corners):
        stroke.move_to_element_with_offset(sheet, x - middle[0], y - middle[1])
        if number == 0:
            stroke.click_and_hold()
    stroke.release().perform()


def press(browser: webdriver.Chrome, words: str) -> None:
    next(one for one in browser.find_elements(By.CSS_SELECTOR, ".jp-OutputArea button") if one.text == words).click()


def said(browser: webdriver.Chrome) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, ".said").get_attribute("innerHTML"))


@pytest.mark.slow
class TestDeskInJupyterLab:
    """One story: a JupyterLab and a browser take long to start."""

    def test_draw_read_keep_clear_upload(self, browser: webdriver.Chrome, tmp_path: Path) -> None:
        draw(browser, SEVEN)
        wait(lambda: shown(said(browser)) == "7")
        assert len(re.findall(r"<th>\d</th>", said(browser))) == len(DIGITS)

        press(browser, "7")
        wait(lambda: "Kept as a 7" in said(browser))
        assert answer_picture((tmp_path / "own" / "7" / "001.png").read_bytes(), "001.png", logits).label == "7"

        press(browser, "Clear")
        wait(lambda: said(browser) == "")
        for stroke in FOUR:
            draw(browser, stroke)
        wait(lambda: shown(said(browser)) == "4")

        (tmp_path / "three.jpg").write_bytes(encode(draw_digit(3, width=800, height=600, side=400), ".jpg"))
        browser.find_element(By.CSS_SELECTOR, ".jp-OutputArea input[type=file]").send_keys(str(tmp_path / "three.jpg"))
        wait(lambda: shown(said(browser)) == "3")
