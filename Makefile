# Each target sets up what it needs, then does it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHONS := 3.11 3.12 3.13
PORT ?= 5000
DRAW_PORT ?= 8000
DIR ?= drawing-page
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
# Compiled once, not at each of a hundred starts, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.ready ## make .venv with the locked packages (6.5 GB, 2-4 minutes); PYTHON= names another Python

LOCKS := requirements.lock requirements-dev.lock
.venv/.ready: $(LOCKS) pyproject.toml
	@python=$(PYTHON); for version in $(PYTHONS); do \
		[ -n "$$python" ] || ! python$$version -c '' 2> /dev/null || python=python$$version; done; \
	[ -n "$$python" ] || { echo "setup: none of Python $(PYTHONS) found; name one by PYTHON=" >&2; exit 1; }; \
	found=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	[[ " $(PYTHONS) " == *" $$found "* ]] \
		|| { echo "setup: $$python is Python $$found, wanted one of $(PYTHONS)" >&2; exit 1; }; \
	echo "setup: Python $$found ($$(command -v $$python))"; \
	$$python -m venv --clear .venv
	@echo "setup: installing $$(cat $(LOCKS) | grep -c '==') locked packages into .venv"
	@.venv/bin/python -m pip install --no-deps --require-hashes --no-compile $(LOCKS:%=-r %) \
		2> .venv/pip.log | awk -v total="$$(cat $(LOCKS) | grep -c '==')" \
		'/^Collecting/ && ++n % 25 == 0 {printf "setup: fetched %d of %d\n", n, total; fflush()} \
		/^Installing/ {print "setup: unpacking"; fflush()}' \
		|| { cat .venv/pip.log >&2; exit 1; }
	@.venv/bin/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

RESOLVE := uv pip compile pyproject.toml --quiet --universal --python-version $(firstword $(PYTHONS)) \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.PHONY: lock
lock: ## write both locks anew for all Pythons (network); versions stay unless UPGRADE=--upgrade
	@command -v uv > /dev/null || { echo "lock: needs uv: make setup, or pip install uv" >&2; exit 1; }
	@$(RESOLVE) $(UPGRADE) --output-file requirements.lock
	@$(RESOLVE) $(UPGRADE) --extra dev --constraint requirements.lock \
		$$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements.lock) \
		--output-file requirements-dev.lock
	@sed -i -e '/^# The following packages/,$$d' -e '/^$$/d' -e '/--override (workspace)$$/d' $(LOCKS)

VENDOR := src/facepencil/serving/page/vendor

.PHONY: page
page: node_modules/.ready ## bring the page's library to the version of package-lock.json (needs npm)
	@sed '/^\/\/# sourceMappingURL/d' node_modules/perfect-freehand/dist/esm/index.mjs \
		> $(VENDOR)/perfect-freehand.js
	@cp node_modules/perfect-freehand/LICENSE $(VENDOR)/perfect-freehand.LICENSE

node_modules/.ready: package.json package-lock.json .npmrc
	@command -v npm > /dev/null || { echo "page: needs Node 20 or newer with npm" >&2; exit 1; }
	@npm ci --silent
	@touch $@

# On a cluster: make ablation PROFILE=profiles/slurm
SNAKEMAKE := snakemake $(if $(PROFILE),--profile $(PROFILE),--cores all)

.PHONY: reproduce
reproduce: setup ## run the whole graph at params.yaml, then show the table and the figures
	@$(SNAKEMAKE)
	@echo
	@cat results/tables/main/table1.md
	@echo
	@echo "Page:     $$(ls results/tables/*/page.html)"
	@echo "Tables:   $$(ls results/tables/*/*.md | tr '\n' ' ')"
	@echo "Figures:  $$(find results/figures -name '*.png' | sort | tr '\n' ' ')"
	@echo "Runs:     make ui"

.PHONY: ablation
ablation: setup ## compute what the table `ablation` of params.yaml lacks, then show it
	@grep -q '^  ablation:' params.yaml || { echo "ablation: params.yaml has no table of that name;" \
		"presets/ablation.yaml has: cp presets/ablation.yaml params.yaml" >&2; exit 1; }
	@$(SNAKEMAKE) ablation
	@echo
	@cat results/tables/ablation/table1.md
	@echo
	@echo "Page:     results/tables/ablation/page.html (sortable, faces side by side, offline)"

.PHONY: keep-results
keep-results: setup ## write a finished table into docs/results: TABLE=main NAME=folder
	@python -m workflow.keep $(or $(TABLE),main) $(if $(NAME),--name $(NAME))

.PHONY: verify-results
verify-results: setup ## make the tables of docs/results anew, and one row from nothing; ROW=TABLE/VARIANT/SEED or none
	@python -m workflow.verify $(if $(ROW),--row $(ROW))

.PHONY: ui
ui: setup ## compare all runs in MLflow: prints the address, serves until Ctrl-C
	@facepencil track ui --port $(PORT)

.PHONY: draw
draw: setup ## draw a face and see it appear: prints the address, serves until Ctrl-C
	@facepencil draw --port $(DRAW_PORT)

.PHONY: draw-page
draw-page: setup node_modules/.ready ## write the drawing page with a model in it, for any browser without a server, into DIR
	@facepencil draw --export $(DIR)

.PHONY: experiments
experiments: setup ## compare DVC's experiments: metrics and params that differ, no hashes
	@dvc exp show --no-pager --only-changed --drop '(?!Exp)[^.]*$$|.*/|params.yaml'

.PHONY: lint
lint: setup node_modules/.ready ## format, lint and types of the code, of the page and of the workflow
	@npm run --silent lint
	@ruff format --check .
	@snakefmt --check Snakefile workflow
	@ruff check .
	@mypy
	@snakemake --lint

.PHONY: hooks
hooks: setup ## run the checks of make lint before each commit
	@pre-commit install

.PHONY: test
test: lint ## lint, then all tests: whole runs of the graph beside the rest
	@shared=$$(mktemp -d) && trap "rm -rf $$shared" EXIT && export FACEPENCIL_SHARED=$$shared \
		&& $(MAKE) --no-print-directory -j2 test-runs test-rest

RUNS := tests/workflow
.PHONY: test-runs test-rest
test-runs: setup
	@pytest $(RUNS)

test-rest: setup node_modules/.ready
	@pytest $(RUNS:%=--ignore=%)

# DVC finds dvc-ssh and dvc-s3 by itself; moto is the emulator of S3, psycopg2-binary speaks PostgreSQL.
.PHONY: sharing-test
sharing-test: setup ## push, pull and track with real servers (see docs/sharing.md): some minutes
	@pytest -m sharing tests/workflow

.PHONY: cluster-test
cluster-test: setup ## jobs on a Slurm of two nodes, which fail in every way (root, slurm-wlm and munge)
	@pytest -m cluster -rs -s tests/workflow/test_slurm_faults.py

.PHONY: torture
torture: setup ## faults at length: kills, full disks, hostile photos, spoilt shards (as root: all of it)
	@pytest tests/faults --torture --timeout 7200

.PHONY: bench
bench: setup ## speeds, each beside a reference doing the same work
	@for module in benchmarks/bench_*.py; do python -m benchmarks.$$(basename $$module .py); done

.PHONY: sync
sync: setup ## record in dvc.lock and DVC's cache what Snakemake made (a whole run does so itself)
	@python -m workflow.sync

.PHONY: accept
accept: setup ## after a refactoring: where results are the same bytes, the finished ones stand
	@python -m workflow.accept

.PHONY: prune
prune: setup ## list what params.yaml does not ask for (PARAMS= names more files); YES=1 removes it
	@python -m workflow.prune $(if $(YES),--yes) $(or $(PARAMS),params.yaml)
