# The two commands a newcomer needs are `make demo` and `make test`; everything they use is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Tests that need nothing but Python. The contract judges the record of its whole run: it keeps to one process.
ALONE := not postgresql and not redis and not browser and not clients and not scanner
.DEFAULT_GOAL := help

.PHONY: help demo test check bench growth profile screenshots format migrations schema graphiql locks clean

help:
	@echo "make demo        server, sandbox and sample people on http://127.0.0.1:$(PORT) (PORT=… moves it)"
	@echo "make test        the tests that need nothing but Python"
	@echo "make check       everything that CI checks, PostgreSQL, Redis and a browser included"
	@echo "make bench       how fast each path is, against its floor and its peers (ROWS='agenda small' for these alone)"
	@echo "make growth      how cost follows size, from once to a hundred times as much (GROUPS='rooms members' for these alone)"
	@echo "make profile     where the time of one path goes (ROW=agenda)"
	@echo "make graphiql    fetch GraphiQL's files from npm, to be served from our own origin"
	@echo "make screenshots pictures of the console on the demo, for the README (needs Chromium)"
	@echo "make format      format the code"
	@echo "make migrations  write a migration for what changed in the models (NAME=what_changed)"
	@echo "make schema      export schema/schema.graphql"
	@echo "make locks       resolve the requirement locks anew"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the server needs into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(VENV)/.bench: requirements-bench.txt $(VENV)/.development
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

demo: $(VENV)/.runtime
	@exec $(BIN)/python -m app.cli demo --port $(PORT)

test: $(VENV)/.development
	$(BIN)/python -m pytest -m "$(ALONE)" --ignore tests/contract -n auto --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m "$(ALONE)" tests/contract

check: $(VENV)/.development
	bash .ci/run

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.bench $(ROWS)

growth: $(VENV)/.development
	$(BIN)/python -m benchmarks.growth $(GROUPS)

profile: $(VENV)/.bench
	$(BIN)/python -m benchmarks.profile $(ROW)

screenshots: $(VENV)/.development
	$(BIN)/python -m tests.browser.screenshots docs/screenshots

format: $(VENV)/.development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migrations: $(VENV)/.development
	$(BIN)/python -m tortoise -c app.database.engine.TORTOISE_ORM makemigrations -n $(NAME)

schema: $(VENV)/.runtime
	$(BIN)/python -m schema.export

graphiql: $(VENV)/.runtime
	$(BIN)/python -m app.graphql.fetch_graphiql app/web/static/graphiql

locks: $(VENV)/.development
	$(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --generate-hashes --python-version 3.11 \
		--upgrade -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --generate-hashes --python-version 3.11 \
		--upgrade --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --generate-hashes --python-version 3.11 \
		--upgrade --extra bench -c requirements-dev.txt -o requirements-bench.txt pyproject.toml
	echo wapiti3 | $(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --generate-hashes \
		--python-version 3.11 --upgrade -o tests/scanning/requirements.txt -
	echo hatchling | $(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --generate-hashes \
		--python-version 3.11 --upgrade -c requirements-dev.txt -o docker/requirements-build.txt -
	printf 'compose-spec\nhadolint-bin\n' | $(BIN)/uv pip compile --quiet --universal --no-header --no-annotate \
		--generate-hashes --python-version 3.11 --upgrade -o tests/docker/requirements.txt -

clean:
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
