"""A picture that a web server hands out whole, no stream: read as one still, just as from a file."""

import base64
import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from edge.cameras.base import Camera, Kind
from edge.cameras.opencv import hide_login
from edge.contract import Frame, Shot
from edge.errors import SourceError
from edge.picture import decode_picture

MAX_BYTES = 64 * 2**20
"""More is no picture of a page."""
PIECE = 2**16
FetchPicture = Callable[[str, float], bytes | None]
"""As `fetch_picture`."""


class Snapshot(Camera):
    """The one still at an address.

    Args:
        name: the address, without its login.
        frame: the picture there.
        rotate: 0, 90, 180 or 270 degrees clockwise.
        max_frames: end after so many frames.
    """

    kind = Kind.STILLS

    def __init__(self, name: str, frame: Frame, *, rotate: int = 0, max_frames: int | None = None) -> None:
        super().__init__(name, rotate=rotate, max_frames=max_frames)
        self._frame = frame

    def _shots(self) -> Iterator[Shot]:
        yield Shot(self._frame, self.name, 0, datetime.now(UTC))

    def close(self) -> None:
        """Nothing is open."""


def open_snapshot(
    url: str, *, fetch_picture: FetchPicture, timeout_s: float, rotate: int = 0, max_frames: int | None = None
) -> Snapshot | None:
    """The still at an http address; None where there is a stream, or nothing that can be had in this way."""
    content = fetch_picture(url, timeout_s)
    if content is None:
        return None
    try:
        frame = decode_picture(io.BytesIO(content)).frame
    except SourceError:  # OpenCV's capture may know better what it is
        return None
    return Snapshot(hide_login(url), frame, rotate=rotate, max_frames=max_frames)


def fetch_picture(url: str, timeout_s: float) -> bytes | None:
    """The content of a picture, where an http server says that it is one."""
    due = time.perf_counter() + timeout_s
    try:
        with urlopen(_build_request(url), timeout=timeout_s) as answer:
            kind: str = answer.headers.get_content_type()
            if not kind.startswith("image/"):
                return None
            content = bytearray()
            while piece := answer.read1(PIECE):
                content += piece
                if len(content) > MAX_BYTES or time.perf_counter() > due:
                    return None
    except (OSError, HTTPException, ValueError):  # not to be had, or no address: OpenCV is asked, and its failure told
        return None
    return bytes(content)


def _build_request(url: str) -> Request:
    """An http request, with the login that the address holds."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    request = Request(parts._replace(netloc=host).geturl(), headers={"User-Agent": "edge-digit-reader"})
    if at:
        words = base64.b64encode(unquote(login).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {words}")
    return request
