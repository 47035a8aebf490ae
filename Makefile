# `make report` and `make test` need git, make, python3.11 and python3.11-venv, nothing else.
# Everything is installed from the lock files into .venv; nothing outside this folder is changed,
# except by `make system`, which installs the Debian packages of system-packages.txt where it may.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1

# An environment knows the folder it was made in, so a copied or moved one is made again.
HERE := $(firstword $(shell printf %s '$(CURDIR)' | cksum))
MADE := $(VENV)/.made-$(HERE)
RUNTIME := $(VENV)/.runtime-$(HERE)
DEVELOPMENT := $(VENV)/.development-$(HERE)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-input
INSTALL_BECALM := $(PIP_INSTALL) --no-deps --no-build-isolation --editable .

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: report
report: $(RUNTIME) ## grade the bundled example and write report.html
	$(BIN)/becalm report examples/local-crs-case -o report.html
	@echo "The report: $(CURDIR)/report.html (open it in a browser; it needs no network)."

.PHONY: test
test: system lint ## the whole suite
	$(BIN)/python -m pytest

.PHONY: test-long
test-long: system lint ## the whole suite with the full counts
	BECALM_LONG=1 $(BIN)/python -m pytest

.PHONY: lint
lint: $(DEVELOPMENT) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: fmt
fmt: $(DEVELOPMENT) ## put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: system
system: ## install the Debian packages that some tests use, or name them
	@scripts/install-system-packages

.PHONY: environment
environment: $(DEVELOPMENT) ## the development environment in .venv

# Every file of every version is hashed, for Python 3.11 on Linux; no address of an index is written.
LOCK := $(BIN)/uv pip compile --quiet --system-certs --generate-hashes --no-annotate --python-version 3.11 \
	--python-platform x86_64-unknown-linux-gnu --custom-compile-command 'make lock' --all-extras pyproject.toml

.PHONY: lock
lock: $(DEVELOPMENT) ## resolve the lock files again (make lock UPGRADE=--upgrade for newer versions)
	$(LOCK) $(UPGRADE) --group build --output-file requirements.lock
	$(LOCK) $(UPGRADE) --group dev --constraints requirements.lock --output-file requirements-dev.lock

.PHONY: docs
docs: $(DEVELOPMENT) ## write the generated pages of docs/
	$(BIN)/python -m scripts.write_pages

BENCHMARKS := bwh_recorded_grades grade fhir imports omop

.PHONY: bench
bench: $(DEVELOPMENT) ## run the measurements in benchmarks/
	@for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python -m "benchmarks.$$script"; done

.PHONY: bench-quick
bench-quick: $(DEVELOPMENT) ## grade a million rows and print the ratio to a plain scan
	$(BIN)/python -m benchmarks.grade

.PHONY: clean
clean: ## remove the environment and the caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist report.html

$(MADE):
	@echo "Making the environment in $(VENV)"
	rm -rf $(VENV)
	python="$${PYTHON:-$$(scripts/find-python)}"; "$$python" -m venv $(VENV)
	touch $@

$(RUNTIME): requirements.lock pyproject.toml $(MADE)
	@echo "Installing becalm and the packages of requirements.lock"
	$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL_BECALM)
	touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml $(MADE)
	@echo "Installing becalm and the packages of requirements-dev.lock"
	$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	$(INSTALL_BECALM)
	touch $@ $(RUNTIME)
