# Two commands do everything on a machine with git, make and Python 3.11+: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced
# Tests find the same uv that set the environment up.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test check test-user test-slow format docs clean

demo: $(STAMP)
	@$(BIN)/autopack demo

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

# What behaves differently for root: run it as an ordinary user.
test-user: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" tests/safety/test_attacks_by_builders.py tests/unit/test_sandbox.py tests/unit/test_confine.py \
		tests/unit/test_seccomp.py tests/unit/test_snapshot.py tests/unit/test_paths.py tests/unit/test_process.py

test-slow: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m autopack.testing.docs --check
	$(BIN)/python -m autopack.scaffold --check

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)
	$(BIN)/python -m autopack.testing.docs --write

# uv comes into the environment itself, so nothing needs to stand on the machine; once synced, nothing is fetched again.
$(STAMP): uv.lock pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 15) else "error: autopack needs Python 3.11 to 3.14\nhint: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "hint: the venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv sync --quiet --locked --active --inexact --python $(BIN)/python
	@touch $@

clean:
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache
