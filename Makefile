# `make` alone prints the menu. Each recipe is one line; the work is done in Python.
PYTHON ?= python3
EDGE := .venv/bin/python
TRAIN := .venv-train/bin/python

.DEFAULT_GOAL := menu
.PHONY: menu demo recognize check test train convert evaluate pages readme-picture clean edge-side train-side

menu:
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

demo: edge-side ## read the bundled pages with the shipped model; annotated pictures go to demo/
	$(EDGE) edge/recognize.py --source tests/pages --model models/digits.tflite --annotate demo

recognize: edge-side ## read live: ARGS="--source 0" (a camera), "--source photos/", "--help"
	$(EDGE) edge/recognize.py $(ARGS)

check: train-side ## lint, types and all tests: just what CI runs
	$(TRAIN) -m ruff format --check . && $(TRAIN) -m ruff check . && $(TRAIN) -m mypy && $(TRAIN) -m pytest

test: train-side ## the fast tests alone
	$(TRAIN) -m pytest -m "not slow"

train: train-side ## train base.keras in models/local/ (QUICK=1 in minutes, SHIP=1 into models/)
	$(TRAIN) -m train.pretrain $(if $(QUICK),--quick) $(if $(SHIP),--ship)

convert: train-side ## make the int8 model and its card (MODEL=x.keras, FORCE=1 past the gate, SHIP=1 into models/)
	$(TRAIN) -m train.convert $(if $(MODEL),--model "$(MODEL)") $(if $(FORCE),--force) $(if $(SHIP),--ship)

evaluate: train-side ## accuracy, misses and confusion matrix, float and int8, on MNIST's test digits (SHIP=1: the shipped ones)
	$(TRAIN) -m train.evaluate $(if $(SHIP),--shipped)

pages: train-side ## render the bundled sample pages in tests/pages/ again
	$(TRAIN) -m train.samples

readme-picture: edge-side ## make the README's picture again
	$(EDGE) edge/recognize.py --source tests/pages/1_score_sheet.png --model models/digits.tflite --show none --annotate tests/readme

clean: ## remove what was made here, except models and your digits
	rm -rf .venv .venv-train .venv-compat build demo .mypy_cache .pytest_cache .ruff_cache .hypothesis

edge-side:
	@$(PYTHON) edge/install.py

train-side:
	@$(PYTHON) edge/install.py --train
