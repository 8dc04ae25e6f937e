# `make` alone prints the menu. What a target runs stands in edge/menu.py; `make deploy` leaves out the workstation's.
# No setting (PI=host, ARGS="...") ever meets the shell, nor is it expanded by make: it travels in the environment.
PYTHON ?= python3
override MAKE_SETTINGS := $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
$(foreach name,$(MAKE_SETTINGS),$(eval override $(name) := $$(value $(name))))
override MAKE_GOALS := $(MAKECMDGOALS)
export PYTHON MAKE_SETTINGS MAKE_GOALS $(MAKE_SETTINGS)

.DEFAULT_GOAL := menu
.NOTPARALLEL:
.PHONY: menu help demo recognize capture capture-sheet check test train finetune convert evaluate predict notebook factory-model deploy pull \
	bench bench-hands bench-reading bench-following pages readme-pictures clean

menu help:
	@"$$PYTHON" edge/menu.py

demo: ## read the bundled pages with the shipped model; annotated pictures go to demo/
	@"$$PYTHON" edge/menu.py demo

recognize: ## read live: ARGS="--source 0" (a camera), "--source photos/", "--help"
	@"$$PYTHON" edge/menu.py recognize

capture: ## collect labelled handwriting for `make finetune`: ARGS="--source 0 --writer anna", ARGS="7 --source scans/"
	@"$$PYTHON" edge/menu.py capture

capture-sheet: ## capture_sheet.pdf to print, fill and photograph: then make capture ARGS="sheet --source photo.jpg --writer anna"
	@"$$PYTHON" edge/menu.py capture-sheet

check: ## lint, types and all tests: just what CI runs
	@"$$PYTHON" edge/menu.py check

test: ## the fast tests alone
	@"$$PYTHON" edge/menu.py test

train: ## train the networks into models/local/ (ONLY=finder, crops or digits, QUICK=1 in minutes, EXTRA=folder, zip or csv of yours for digits, SHIP=1 into models/)
	@"$$PYTHON" edge/menu.py train

finetune: ## teach the base model your hand: calibration_digits/ -> models/local/finetuned.keras (FORCE=1 past the gate)
	@"$$PYTHON" edge/menu.py finetune

convert: ## make the int8 set and its card (MODEL=x.keras: the classifier, FORCE=1 past the gate, SHIP=1 into models/)
	@"$$PYTHON" edge/menu.py convert

evaluate: ## one report: base, fine-tuned, int8 on MNIST, your digits, DIR=labelled folders, or one of LABEL=7 (SHIP=1: the shipped models)
	@"$$PYTHON" edge/menu.py evaluate

predict: ## one picture, what the models and the reader make of it: IMAGE=x.jpg (MODEL=x.keras or x.tflite)
	@"$$PYTHON" edge/menu.py predict

notebook: ## for beginners: train a small network and draw digits for it, in the browser (LANGUAGE=bn in Bangla, ARGS="--no-browser")
	@"$$PYTHON" edge/menu.py notebook

factory-model: ## back to the shipped models: what is in models/local/ moves to models/local/previous/
	@"$$PYTHON" edge/menu.py factory-model

deploy: ## models and edge code to a Pi: PI=user@host (TO=folder there, DRY=1 only prints what it would do)
	@"$$PYTHON" edge/menu.py deploy

pull: ## the calibration digits that were captured on a Pi: PI=user@host (TO=folder there, DRY=1 only prints)
	@"$$PYTHON" edge/menu.py pull

bench: ## how long a frame of ten digits takes, stage by stage, against a plain tutorial pipeline (ARGS="--rounds 50")
	@"$$PYTHON" edge/menu.py bench

bench-hands: ## how well a few pictures teach a hand: rendered hands, and HANDS="folders of real ones"
	@"$$PYTHON" edge/menu.py bench-hands

bench-reading: ## where reading breaks, one condition at a time (ARGS="--condition blur"); on all kinds of paper: PART="known strangers sealed"; score sheets: SHEETS="strangers sealed"
	@"$$PYTHON" edge/menu.py bench-reading

bench-following: ## how steadily and how soon a reading follows what a camera sees, on rendered videos (ARGS="--videos 200")
	@"$$PYTHON" edge/menu.py bench-following

pages: ## render the bundled sample pages in tests/sample_pages/ again
	@"$$PYTHON" edge/menu.py pages

readme-pictures: ## make the README's pictures again; a hand is learned for one of them, which takes some ten minutes
	@"$$PYTHON" edge/menu.py readme-pictures

clean: ## remove what was made here, the set-ups too; models and your digits stay
	@"$$PYTHON" edge/menu.py clean && rm -rf .venv .venv-train .venv-compat build demo capture_sheet.pdf .mypy_cache .pytest_cache .ruff_cache .hypothesis
