"""The workstation side: trains, converts and evaluates the model that edge/ runs."""

import edge  # noqa: F401 - from there on, and before TensorFlow, a command listens to Ctrl-C
from train.quiet import keep_quiet

keep_quiet()
