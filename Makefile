# make run    the whole system on this machine: environment, database, demo, web, jobs
# make test   everything that is tested, the journeys in a browser included
# make check  format, lint, types, import contracts, migrations
# Each target sets up what it needs; a second run finds it done.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check demo bench words clean browser

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
WORKERS ?= 2
unexport PYTHONPATH PYTHONDONTWRITEBYTECODE  # each process reads what another has compiled: half of a start

help:
	@sed -n 's/^# //p' Makefile

run: $(READY)
	@exec $(PYTHON) run.py serve

demo: $(READY)
	@$(PYTHON) run.py demo

words: $(READY)
	@$(PYTHON) run.py words

bench: $(READY_DEV)
	@$(PYTHON) -m bench

test: $(READY_DEV) browser
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(READY_DEV)
	@bash .ci/check $(VENV)/bin

browser: $(READY_DEV)
	@bash .ci/browser $(VENV)/bin

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache var/test
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON):
	@bash .ci/environment $(VENV)

$(READY): requirements.lock | $(PYTHON)
	@bash .ci/environment $(VENV) requirements.lock
	@touch $@

# The development lock names all of the other one, so whoever has it is ready to run too.
$(READY_DEV): requirements-dev.lock requirements.lock | $(PYTHON)
	@bash .ci/environment $(VENV) requirements-dev.lock
	@touch $(READY) $@
