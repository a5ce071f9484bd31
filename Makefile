# make run            serve the app on http://localhost:8501
# make share          serve it on the local network, for everyone with the key that it prints
# make test           run the test suite
# make faults         run the long fault tests: kills, full disks, damaged images
# make test-cluster   run the tests with real servers of other projects
# make lint           check style and types
# make docs           write the list of commands and options into docs/command-line.md
# make bench          measure against the named baselines

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run share test faults test-cluster lint docs bench clean

run: $(VENV)/runtime
	$(BIN)/streamlit run app.py

share: $(VENV)/runtime
	$(BIN)/python -m core share $(ARGS)

test: $(VENV)/development
	$(BIN)/python tests/install_browser.py
	@# Reordered, the files of few and long tests would come last, some of them alone.
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

faults: $(VENV)/development
	$(BIN)/python -m pytest -m slow -n 2 $(ARGS)

test-cluster: $(VENV)/development $(VENV)/cluster
	$(BIN)/python -m pytest -m cluster $(ARGS)

lint: $(VENV)/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/oxlint core

docs: $(VENV)/development
	$(BIN)/python -m tests.cli.command_line_page

bench: $(VENV)/development
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; call make with PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/development: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

$(VENV)/cluster: requirements.txt requirements-cluster.txt tests/cluster/requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r tests/cluster/requirements.txt
	touch $@
