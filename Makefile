# `make app` starts the app, `make test` checks everything. Each sets up what it needs, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: app test venv bench load record clean

app: $(VENV)/app.stamp
	@$(BIN)/python tools/check_port.py $(PORT)
	$(BIN)/streamlit run app.py --server.port $(PORT)

venv: $(VENV)/app.stamp $(VENV)/dev.stamp

test: $(VENV)/dev.stamp $(VENV)/browser.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --cov --cov-report=term --numprocesses 2 --dist loadfile --no-loadscope-reorder

bench: $(VENV)/dev.stamp $(VENV)/browser.stamp
	$(BIN)/python -m dropout_demo bench

load: $(VENV)/dev.stamp
	$(BIN)/python -m tests.load

record: $(VENV)/app.stamp
	$(BIN)/python -m dropout_demo record

clean:
	rm -rf $(VENV) .coverage .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.stamp: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-compile -r requirements.txt
	touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt $(VENV)/app.stamp
	$(BIN)/python -m pip install --quiet --no-compile -r requirements-dev.txt
	touch $@

$(VENV)/browser.stamp: tools/browser.sh $(VENV)/dev.stamp
	sh tools/browser.sh $(BIN)/python
	touch $@
