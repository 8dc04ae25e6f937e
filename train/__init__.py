"""The workstation side: trains, converts and evaluates the model that edge/ runs."""

from train.quiet import keep_quiet

keep_quiet()
