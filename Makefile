# What a person types. Every target sets up what it needs: Python 3.11, make and git are enough.
PYTHON ?= python3.11
BIN := .venv/bin
YEAR ?= 2021

.DEFAULT_GOAL := help
.PHONY: help venv report test slow cases bench clean

help:  ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 16

venv: .venv/.built  ## .venv with bzmodel in it, from requirements.lock

.venv/.built: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: make venv PYTHON=/path/to/python3.11"; exit 5; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/.built

report: venv  ## publish the example city's report: reports/2021/current/index.html
	$(BIN)/bzmodel run --year $(YEAR)

test: venv  ## all tests but the slow ones
	$(BIN)/python -m pytest -rs

slow: venv  ## the slow tests: README in a fresh clone, kills, cases
	$(BIN)/python -m pytest -m slow

cases: venv  ## publish the case notebooks and the real city: reports/cases/
	$(BIN)/bzmodel run --cases
	$(BIN)/bzmodel run --city data/cases/us-libraries-ohio --year 2018
	$(BIN)/bzmodel certify data/cases/us-libraries-ohio/reports/2018/current/50-allocation/allocation

bench: venv  ## the benchmarks; rewrites the tables in benchmarks/
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/frontier.py

clean:  ## remove what runs and tests leave; never data, never the last published reports
	rm -rf .pytest_cache .ruff_cache .hypothesis build *.egg-info reports/draft
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
