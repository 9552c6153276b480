# VoltWay: two commands, `make run` and `make test`; `make help` lists all.
# PYTHON names another Python; HOST, PORT and DATA_DIR reach every command: make run PORT=9000

.DEFAULT_GOAL := help

# Packages are compiled when they are first imported; a Python that may not keep that would
# take three times as long for each start.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$name; break; fi; done)
BIN := .venv/bin
SETUP = $(PYTHON) tools/setup.py
PAGE := $(wildcard page/package.json)

.PHONY: help python setup setup-test run static style types floors reference page check test bench docs lock

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:.*## /	/' | expand -t 10

python:
	@test -n "$(PYTHON)" || { echo "VoltWay needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.13 ..." >&2; exit 1; }

setup: python ## Make .venv, install the locked packages, build the map page
	@$(SETUP) run

setup-test: python
	@$(SETUP) test

run: setup ## Fill an empty catalogue with the demo; serve http://localhost:8000
	@$(BIN)/voltway demo --if-empty
	@exec $(BIN)/voltway serve

static: setup-test
	@$(MAKE) --no-print-directory -j2 types $(if $(PAGE),page) style floors reference

types:
	$(BIN)/mypy

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

floors:
	$(BIN)/lint-imports

reference:
	$(BIN)/python tools/generate_docs.py --check

page:
	$(SETUP) npm run --silent check
	$(SETUP) npm test --silent

check: static ## Format, lint, types, floors, docs, and the quick tests
	$(BIN)/pytest -q -n 2 --dist loadgroup tests/unit tests/architecture

test: static ## All checks and all tests, with branch coverage
	$(BIN)/python -m slipcover -m pytest -n 2 --dist loadgroup
	$(BIN)/python -m slipcover --fail-under 95 --merge .coverage.json

bench: setup-test ## Measure importing, searching, the toolkit and the page here; minutes
	$(BIN)/voltway bench import
	$(BIN)/voltway bench search
	$(BIN)/voltway bench toolkit
	$(BIN)/voltway bench page

docs: setup-test ## Write the generated reference pages anew
	$(BIN)/python tools/generate_docs.py

lock: python ## Resolve the locked requirements anew (needs uv)
	@$(PYTHON) tools/lock.py
