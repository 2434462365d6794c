# Each target sets up what it needs, then does it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
# Compiled once, not at each of a hundred starts, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.ready ## make .venv with the locked dependencies (6.5 GB, 2-4 minutes)

.venv/.ready: requirements.lock pyproject.toml
	@echo "setup: installing $$(grep -c '==' requirements.lock) locked packages into .venv"
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --no-deps --require-hashes --no-compile -r requirements.lock \
		2> .venv/pip.log | awk -v total="$$(grep -c '==' requirements.lock)" \
		'/^Collecting/ && ++n % 25 == 0 {printf "setup: fetched %d of %d\n", n, total; fflush()} \
		/^Installing/ {print "setup: unpacking"; fflush()}' \
		|| { cat .venv/pip.log >&2; exit 1; }
	@.venv/bin/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: reproduce
reproduce: setup ## run the whole graph at params.yaml, then show the table and the figures
	@snakemake --cores all
	@echo
	@cat results/tables/table1.md
	@echo
	@echo "Tables:   $$(ls results/tables/*.md | tr '\n' ' ')"
	@echo "Figures:  $$(find results/figures -name '*.png' | sort | tr '\n' ' ')"
	@echo "Runs:     .venv/bin/mlflow ui --backend-store-uri sqlite:///mlflow.db"

.PHONY: lint
lint: setup ## format check, lint, types, Snakemake's own lint
	@ruff format --check .
	@ruff check .
	@mypy
	@snakemake --lint

.PHONY: test
test: lint ## lint, then all tests
	@pytest

.PHONY: bench
bench: setup ## speeds, each beside a reference doing the same work
	@for module in benchmarks/bench_*.py; do python -m benchmarks.$$(basename $$module .py); done

.PHONY: sync-dvc sync-snakemake
sync-dvc: setup ## after Snakemake ran: record its results in dvc.lock and the cache
	@python -m workflow.sync dvc
sync-snakemake: setup ## after DVC ran or pulled: record its results in Snakemake's metadata
	@python -m workflow.sync snakemake
