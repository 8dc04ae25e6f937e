"""How large the screen is: OpenCV cannot tell."""

import ctypes

SMALL = 800, 480
"""The smallest screen that is sold for a Pi: what fits there fits everywhere."""


class _Monitor(ctypes.Structure):
    """XineramaScreenInfo."""

    _fields_ = (("number", ctypes.c_int), *((name, ctypes.c_short) for name in ("x", "y", "width", "height")))


def find_screen_size() -> tuple[int, int]:
    """Width and height of the screen, px; of several the smallest of each; SMALL where the display does not say it."""
    try:
        xlib, xinerama = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXinerama.so.1")
    except OSError:
        return SMALL
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xinerama.XineramaQueryScreens.restype = ctypes.POINTER(_Monitor)
    display = ctypes.c_void_p(xlib.XOpenDisplay(None))
    if not display:
        return SMALL
    count = ctypes.c_int(0)
    monitors = xinerama.XineramaQueryScreens(display, ctypes.byref(count))
    sizes = [(monitors[n].width, monitors[n].height) for n in range(count.value)]
    if monitors:
        xlib.XFree(monitors)
    xlib.XCloseDisplay(display)
    if not sizes:
        return SMALL
    return min(width for width, _ in sizes), min(height for _, height in sizes)
