# Everything from a bare checkout with nothing but python3: make demo, make test.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help ready demo test coverage lint bench docs screenshots clean

help:
	@echo 'make demo         a plant with demo people on this machine; Ctrl-C stops it'
	@echo 'make test         everything that is checked: lint, both databases, docs, the record covered whole'
	@echo 'make coverage     the same, and measures all the rest as well: half as long again'
	@echo 'make lint         the checks that run nothing'
	@echo 'make docs         write the generated pages and run every code block'
	@echo 'make bench        measure the claims beside their peers'
	@echo 'make screenshots  the pictures of the documentation'
	@echo 'make clean        remove what can be made again; plants are kept'

# Rebuilt when the locked packages or the project itself change. pip checks every hash and asks for nothing else.
$(READY): requirements.lock pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11, 3.12 or 3.13 is needed; install python3 (Debian: apt-get install python3-venv).' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'python3 cannot make a virtual environment (Debian: apt-get install python3-venv).' >&2; exit 1; }
	@echo 'Installing the locked packages ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

ready: $(READY)

# exec: Ctrl-C reaches the supervisor alone, which then ends what it started.
demo: $(READY)
	@exec $(BIN)/batchwright demo

test: $(READY)
	@.ci/system --check
	@$(BIN)/python -m tests.tools.everything

coverage: $(READY)
	@$(BIN)/python -m tests.tools.everything --coverage

lint: $(READY)
	@$(BIN)/python -m tests.tools.everything --lint

docs: $(READY)
	@$(BIN)/python -m tests.tools.twin_pages
	@$(BIN)/python -m tests.tools.house_ways
	@$(BIN)/python -m tests.tools.pages
	@$(BIN)/python -m pytest -q tests/house/test_docs.py

bench: $(READY)
	@$(BIN)/batchwright bench

screenshots: $(READY)
	@$(BIN)/python -m tests.tools.screenshots

clean:
	rm -rf build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
