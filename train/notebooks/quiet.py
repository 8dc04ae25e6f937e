"""TensorFlow tells much about itself that a beginner can do nothing with."""

import logging
import os


def hush_tensorflow() -> None:
    """Import it now, unheard, and let it speak of errors alone from then on."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)  # its C++ half writes past Python
        import tensorflow  # noqa: F401, PLC0415
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
