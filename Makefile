# `make` alone prints the menu. Each recipe is one line; the work is done in Python.
PYTHON ?= python3
EDGE := .venv/bin/python
TRAIN := .venv-train/bin/python

.DEFAULT_GOAL := menu
.PHONY: menu demo recognize capture check test train finetune convert evaluate predict factory-model deploy pull \
	bench bench-hands bench-reading pages readme-picture clean edge-side train-side

menu:
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

demo: edge-side ## read the bundled pages with the shipped model; annotated pictures go to demo/
	$(EDGE) edge/recognize.py --source tests/sample_pages --model models/digits.tflite --annotate demo

recognize: edge-side ## read live: ARGS="--source 0" (a camera), "--source photos/", "--help"
	$(EDGE) edge/recognize.py $(ARGS)

capture: edge-side ## collect labelled handwriting for `make finetune`: ARGS="--source 0 --writer anna", ARGS="7 --source scans/"
	$(EDGE) edge/recognize.py --capture $(ARGS)

check: train-side ## lint, types and all tests: just what CI runs
	$(TRAIN) -m ruff format --check . && $(TRAIN) -m ruff check . && $(TRAIN) -m mypy && $(TRAIN) -m pytest

test: train-side ## the fast tests alone
	$(TRAIN) -m pytest -m "not slow"

train: train-side ## train the networks into models/local/ (ONLY=finder, crops or digits, QUICK=1 in minutes, EXTRA=folder, zip or csv of yours for digits, SHIP=1 into models/)
	$(TRAIN) -m train.learning.teach $(if $(ONLY),--only "$(ONLY)") $(if $(QUICK),--quick) $(if $(EXTRA),--extra "$(EXTRA)") $(if $(SHIP),--ship)

finetune: train-side ## teach the base model your hand: calibration_digits/ -> models/local/finetuned.keras (FORCE=1 past the gate)
	$(TRAIN) -m train.learning.finetune $(if $(FORCE),--force)

convert: train-side ## make the int8 set and its card (MODEL=x.keras: the classifier, FORCE=1 past the gate, SHIP=1 into models/)
	$(TRAIN) -m train.learning.convert $(if $(MODEL),--model "$(MODEL)") $(if $(FORCE),--force) $(if $(SHIP),--ship)

evaluate: train-side ## one report: base, fine-tuned, int8 on MNIST, your digits, DIR=labelled folders, or one of LABEL=7 (SHIP=1: the shipped models)
	$(TRAIN) -m train.judging.evaluate $(if $(DIR),--dir "$(DIR)") $(if $(LABEL),--label "$(LABEL)") $(if $(SHIP),--shipped)

predict: train-side ## one picture, what the models and the reader make of it: IMAGE=x.jpg (MODEL=x.keras or x.tflite)
	$(TRAIN) -m train.judging.predict "$(IMAGE)" $(if $(MODEL),--model "$(MODEL)")

factory-model: ## back to the shipped models: what is in models/local/ moves to models/local/previous/
	@$(PYTHON) -m train.learning.factory

deploy: ## models and edge code to a Pi: PI=user@host (TO=folder there, DRY=1 only prints what it would do)
	@$(PYTHON) -m train.deploy push "$(PI)" $(if $(TO),--to "$(TO)") $(if $(DRY),--dry-run)

pull: ## the calibration digits that were captured on a Pi: PI=user@host (TO=folder there, DRY=1 only prints)
	@$(PYTHON) -m train.deploy pull "$(PI)" $(if $(TO),--to "$(TO)") $(if $(DRY),--dry-run)

bench: train-side ## how long a frame of ten digits takes, stage by stage, against a plain tutorial pipeline (ARGS="--rounds 50")
	$(TRAIN) -m train.bench.speed $(ARGS)

bench-hands: train-side ## how well a few pictures teach a hand: rendered hands, and HANDS="folders of real ones"
	$(TRAIN) -m train.bench.hands_learned $(if $(HANDS),--hands $(HANDS))

bench-reading: train-side ## where reading breaks, one condition at a time (ARGS="--condition blur"); on all kinds of paper: PART="known strangers sealed"; score sheets: SHEETS="strangers sealed"
	$(TRAIN) -m $(if $(SHEETS),train.bench.score_sheets --part $(SHEETS),$(if $(PART),train.bench.worlds --part $(PART),train.bench.reading)) $(ARGS)

pages: train-side ## render the bundled sample pages in tests/sample_pages/ again
	$(TRAIN) -m train.pages.samples

readme-picture: edge-side ## make the README's picture again
	$(EDGE) edge/recognize.py --source tests/sample_pages/1_score_sheet.png --model models/digits.tflite --show none --annotate tests/readme

clean: ## remove what was made here, except models and your digits
	rm -rf .venv .venv-train .venv-compat build demo .mypy_cache .pytest_cache .ruff_cache .hypothesis

edge-side:
	@$(PYTHON) edge/install.py

train-side:
	@$(PYTHON) edge/install.py --train
