# Needs only Python 3.11+ and make. `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SANDBOX := $(VENV)/.installed-sandbox

.DEFAULT_GOAL := help
.PHONY: help install demo check test style unit brokers docs accuracy bench clean

help:  ## Say what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

define install
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "steward needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(1)]'
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q src
endef

$(STAMP): pyproject.toml constraints.txt
	$(call install,dev)
	@touch $@ $(SANDBOX)

$(SANDBOX): pyproject.toml constraints.txt
	$(call install,sandbox)
	@touch $@

install: $(STAMP)  ## Make .venv with steward in it, all extras and what tests need

demo: $(SANDBOX)  ## A real cluster, real trouble, and the audit of it
	$(BIN)/steward demo

check: style unit  ## Style, types, import contracts, unit and property tests, docs in step (no brokers)

test: unit brokers  ## Everything but the fault suite (make accuracy), on real Apache Kafka brokers

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -q -m 'not brokers' -n 2 --dist loadfile

brokers: $(STAMP)
	$(BIN)/pytest -m 'brokers and not faults' -n 2 --dist loadgroup

docs: $(STAMP)  ## Write docs/reference and docs/monitoring anew from the registries, the checks and the settings
	$(BIN)/python -m steward.interfaces.reference docs

accuracy: $(STAMP)  ## Inject every fault into real brokers, and write what diagnoses made of them
	$(BIN)/pytest -q tests/faults --accuracy docs/reference/diagnosis-accuracy.md

bench: $(STAMP)  ## The figures, both sides in one run
	$(BIN)/python bench/run.py

clean:  ## Remove .venv and caches (not the sandbox: steward sandbox down --purge)
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
