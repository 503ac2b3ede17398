# Two commands set everything up: `make demo` and `make test`. `make` alone lists what there is.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
# What is wrong with it; nothing if it is there and new enough.
UNFIT = $(if $(PYTHON),$(shell $(PYTHON) -c 'import sys; sys.version_info < (3, 11) and \
  sys.stdout.write("%s is %s" % (sys.executable, sys.version.split()[0]))' 2>/dev/null || echo '$(PYTHON) does not run'),there is none)
VENV := .venv
BIN := $(VENV)/bin
# Two processes: most of the tests' time is spent in reasoners and validators, one core each.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types tests benchmarks downloads wheel lock clean

help:  ## explain the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: $(VENV)/installed  ## create .venv and install what the lock file names

$(VENV)/installed: requirements.lock pyproject.toml
	$(if $(UNFIT),$(error Python 3.11 or newer is needed, but $(UNFIT); name one: make PYTHON=/path/to/python3.11))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

ask = @printf '\n$$ amcc query %s\n' '$(1)' && $(BIN)/amcc query $(1)

demo: setup  ## compile the graph and ask it three questions
	@$(BIN)/amcc build --quiet --out downloads
	$(call ask,who-chaired --evidence)
	$(call ask,commitments-by-status -p status="under consideration" --evidence)
	$(call ask,affiliations --evidence)

test: setup lint types tests  ## check style and types, and run every test

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: setup
	$(BIN)/mypy

tests: setup
	$(BIN)/pytest -q -n $(JOBS) --dist loadgroup

benchmarks: setup  ## print the figures of docs/figures.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-benchmarks.lock
	@missed=0; for name in cold_start receipts doctor reasoning positions serving validation; do \
	  echo; echo "benchmarks/$$name.py"; $(BIN)/python benchmarks/$$name.py || missed=1; \
	done; exit $$missed

downloads: setup  ## write the graph in every format to downloads/
	$(BIN)/amcc build --out downloads

wheel: setup  ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build --no-isolation

lock: setup  ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-emit-package amcc-kg --output-file requirements.lock
	uv pip compile pyproject.toml --extra benchmarks --constraints requirements.lock --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-package amcc-kg \
	  --output-file requirements-benchmarks.lock

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist downloads .mypy_cache .pytest_cache .ruff_cache .hypothesis
