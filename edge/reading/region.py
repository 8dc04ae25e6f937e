"""Reads one region of interest of each frame; boxes stay in pixels of the whole frame."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from edge.contract import Box, Frame, Reading
from edge.errors import SourceError


class FrameReader(Protocol):
    """What reads a frame: `edge.reading.reader.Reader`, or something around it."""

    def read(self, frame: Frame) -> Reading:
        """The reading of one frame."""


class RegionReader:
    """Reads a region of each frame, as if the rest were not there.

    Args:
        reader: reads the crop.
        region: where to read, in pixels of the frame.
    """

    def __init__(self, reader: FrameReader, region: Box) -> None:
        self._reader = reader
        self._region = region

    def read(self, frame: Frame) -> Reading:
        """The reading of the region, its boxes in pixels of the whole frame.

        Raises:
            SourceError: the region lies outside of the frame.
        """
        height, width = frame.shape[:2]
        region = self._region
        crop = frame[region.y : region.bottom, region.x : region.right]
        if crop.size == 0:
            raise SourceError(
                f"--roi {','.join(map(str, region.as_list()))} (or regions in settings.toml) lies outside "
                f"of the frame, which is {width}x{height} px after --rotate."
            )
        reading = self._reader.read(np.ascontiguousarray(crop))
        return replace(
            reading,
            lines=tuple(replace(line, box=_shift(line.box, region)) for line in reading.lines),
            candidates=tuple(replace(one, box=_shift(one.box, region)) for one in reading.candidates),
            width=width,
            height=height,
        )


def parse_region(text: str) -> Box:
    """A box from "x,y,width,height".

    Raises:
        ValueError: it is written otherwise, or describes no pixel.
    """
    try:
        x, y, width, height = (int(number) for number in text.split(","))
    except ValueError as error:
        raise ValueError(f"expected four whole numbers x,y,width,height, got {text!r}") from error
    if x < 0 or y < 0 or width < 1 or height < 1:
        raise ValueError(f"x and y must be 0 or more, width and height 1 or more, got {text!r}")
    return Box(x, y, width, height)


def _shift(box: Box, region: Box) -> Box:
    return replace(box, x=box.x + region.x, y=box.y + region.y)
