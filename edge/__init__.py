"""The edge side: camera frames in, readings of handwritten digits out. No TensorFlow here, nothing from train/."""

import sys

from edge.ending import end_at_once

if sys.argv[:1] == ["-m"]:  # one of its commands is being started, by `python -m`
    end_at_once()
