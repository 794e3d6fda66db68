# `make` alone lists the entries. PYTHON chooses the interpreter: make PYTHON=python3.12 up
# Without it .venv keeps the interpreter that it has, whatever the PATH of the day says.

IS_RECENT = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in .venv/bin/python python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c '$(IS_RECENT)' 2>/dev/null && echo $$python && break; done)
TOOL = @python="$(PYTHON)"; \
	test -n "$$python" || { echo "set-up: install Python 3.11 or newer, or say make PYTHON=/path/to/python" >&2; exit 1; }; \
	"$$python" -m tools.bootstrap
BIN = .venv/bin
# Tests that wait for processes leave a core idle; make PARALLEL= test runs one after the other.
PARALLEL ?= --numprocesses=auto --dist=worksteal

.PHONY: help setup setup-bench setup-runtime chromium up test soak faults bench check format format-check lint types \
	contracts migrations-check docs audit lock wheel screenshots clean

help: ## List the entries
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' Makefile

up: setup-runtime ## Set up what is missing and run the whole system until Ctrl-C
	@$(BIN)/ebay-alerts up

test: setup chromium ## Run every test on SQLite, then on PostgreSQL those that depend on the database
	$(BIN)/pytest $(PARALLEL) -m "not soak"
	TEST_BACKEND=postgresql $(BIN)/pytest $(PARALLEL) -m "backend and not soak"

soak: setup ## Run the long tests that `make test` leaves out
	$(BIN)/pytest -m soak

faults: setup ## Have every part of the scaled-out system fail in turn, and count the mails
	$(BIN)/pytest -m faults -s

bench: setup-bench ## Run the benchmarks: one JSON object a line, each against its baseline
	@status=0; for script in bench/[!_]*.py; do \
		test ! -e "$$script" || $(BIN)/python "$$script" || status=1; done; exit $$status

check: format-check lint types contracts migrations-check docs ## Run every check but the tests

format: setup ## Lay out the code and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

format-check: setup ## Check the layout of the code
	$(BIN)/ruff format --check

lint: setup ## Check the code's style
	$(BIN)/ruff check

types: setup ## Check the types
	$(BIN)/mypy
	$(BIN)/mypy --package tools

contracts: setup ## Check which modules import which (.importlinter)
	$(BIN)/lint-imports

migrations-check: setup ## Check that no change of a model lacks its migration
	DJANGO_SETTINGS_MODULE=ebay_alerts.config.settings $(BIN)/python -m django makemigrations --check --dry-run

docs: setup ## Check that the links in the documentation lead somewhere
	$(BIN)/python -m tools.check_links

audit: ## Ask PyPI for known faults of the locked packages (needs the network)
	@python="$(PYTHON)"; "$$python" -m tools.audit

lock: ## Write uv.lock anew from pyproject.toml
	$(TOOL) uv lock

wheel: ## Build the wheel into dist/
	$(TOOL) uv build --wheel

setup: ## Set up .venv for development
	$(TOOL) dev

setup-bench: ## Set up .venv with what benchmarks compare us with, too
	$(TOOL) bench

setup-runtime: ## Set up .venv with what runs the system, and no more
	$(TOOL) runtime

chromium: setup ## See to the browser that tests of pages run in: root has apt install it
	@$(BIN)/python -m tools.chromium

screenshots: setup chromium ## Take the pictures of docs/tour.md anew; FOLDER=/path takes every page, to look at
	$(BIN)/python -m tests.browser.screenshots $(FOLDER)

clean: ## Remove .venv and all that was built; the data in var/ stays
	rm -rf .venv .tools dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find ebay_alerts mock_ebay inbox tools tests bench -name __pycache__ -prune -exec rm -rf {} +
