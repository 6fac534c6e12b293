PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: run test setup seed setup-dev lint clean

run: setup
	$(BIN)/python -m core serve

# Where Python is told not to keep what it compiles, each of many processes would compile everything anew.
test: export PYTHONDONTWRITEBYTECODE =
# What is timed has the machine to itself: two calls at once, each with three browsers, are late on a slow one.
test: setup-dev lint
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not real_time"
	$(BIN)/python -m pytest -m real_time

setup: seed $(VENV)/learned

seed: $(VENV)/installed
	@$(BIN)/python -m core seed --if-empty

setup-dev: $(VENV)/installed-dev

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sidetone needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements.txt requirements-whisper.txt requirements-dev.txt | $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/installed $@

$(VENV)/learned: | seed
	@$(BIN)/python -m core learn --if-none
	@touch $@

clean:
	rm -rf $(VENV) data/*.duckdb data/*.duckdb.wal .mypy_cache .ruff_cache .pytest_cache .hypothesis
