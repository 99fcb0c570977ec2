# mot-bench: every command here does its own set-up. All that is needed is Python 3.11 or newer and make.
#   make fairness    the main job          make smoke    a look in one minute          make help    the rest

VENV := .venv
BIN := $(VENV)/bin
OUT := results
# ARGS go to mot-bench run (make fairness ARGS="--jobs 4"), TESTS to pytest (make test TESTS="-k kalman").
ARGS :=
# Files stay whole on one worker: what a file makes once is made once.
TESTS := -n auto --dist loadfile --no-loadscope-reorder
# TORCH=cpu takes torch's CPU build, some 200 MB, instead of a CUDA build of several GB.
TORCH ?= default
TORCH_PIN = $(shell sed -n 's/^torch==//p' constraints.txt)
CPU_INDEX := https://download.pytorch.org/whl/cpu

READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_DOCS := $(VENV)/.ready-docs

.DEFAULT_GOAL := help
.PHONY: help fairness smoke test test-exhaustive fuzz lint format gate docs setup setup-dev clean
.DELETE_ON_ERROR:

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

fairness: $(READY)  ## the main job: trains, tracks, reports; prints where the report is
	@$(BIN)/mot-bench run --suite fairness --out $(OUT)/fairness $(ARGS)
	@echo "Report: $(abspath $(OUT)/fairness/report.html)"

smoke: $(READY)  ## all trackers on small generated data, and a tiny network, in a minute
	@$(BIN)/mot-bench run --suite smoke --out $(OUT)/smoke $(ARGS)
	@echo "Report: $(abspath $(OUT)/smoke/report.html)"

test: $(READY_DEV)  ## the tests (TESTS="..." goes to pytest)
	@$(BIN)/python -m pytest $(TESTS)

test-exhaustive: $(READY_DEV)  ## all tests, with the whole of every matrix (an hour)
	@$(BIN)/python -m pytest $(TESTS) --exhaustive

fuzz: $(READY_DEV)  ## every reader on damaged files, at full size (ARGS="tracks --inputs 100" for less)
	@cd tests && ../$(BIN)/python -m fuzzing $(ARGS)

lint: $(READY_DEV)  ## ruff and strict mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY_DEV)  ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

gate: smoke  ## compare the smoke suite with the committed baseline
	@$(BIN)/mot-bench gate $(OUT)/smoke --baseline tests/baselines/smoke.json

docs: $(READY_DOCS)  ## the documentation as a site in build/site (opens from disk)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --config-file docs/mkdocs.yml
	@echo "Documentation: $(abspath build/site/index.html)"

setup: $(READY)  ## only the virtual environment in .venv

setup-dev: $(READY_DEV)  ## the same with what tests and checks need

clean:  ## remove .venv, build files and caches (results stay)
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first interpreter that is new enough; 3.11 is the tested one. PYTHON=/path/to/python overrides.
$(VENV)/pyvenv.cfg:
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "error: mot-bench needs Python 3.11 or newer; found none of: $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python). Name one: make PYTHON=/path/to/python ..." >&2; exit 2; \
	fi; \
	if ! $$found -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "error: $$found has no venv or ensurepip; on Debian and Ubuntu install python3-venv (or python3.11-venv)" >&2; exit 2; \
	fi; \
	echo "Making $(VENV) with $$found ($$($$found -V))"; \
	$$found -m venv $(VENV)

$(READY): $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing mot-bench and what it needs into $(VENV) (once, a few minutes)"
	@$(if $(filter cpu,$(TORCH)),$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --index-url $(CPU_INDEX) "torch==$(TORCH_PIN)")
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(READY_DEV): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(READY_DOCS): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]' || \
	  { echo "error: the packages of the extra docs could not be installed (see above); the site needs them" >&2; exit 2; }
	@touch $@
