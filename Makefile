# One front door: every command works on a fresh machine with Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint docs screenshots tour bench catalog lock clean

demo: .venv/run  ## install, then replicate the built-in simulator into DuckDB
	$(BIN)/tiktok-ads demo

test: lint  ## install what is needed, then lint, types, import contracts and all tests
	$(BIN)/python -m pytest -n 2

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/dev  ## write the generated pages anew
	$(BIN)/python docs/generate.py

screenshots: .venv/dev  ## take the pictures of the web app anew; needs Chromium
	$(BIN)/python -m docs.screenshots

tour: .venv/dev  ## record the way from the first start to a chart of spend; needs Chromium
	$(BIN)/python -m docs.tour

bench: .venv/dev  ## measure, and print the figures of the README
	$(BIN)/python -m benchmarks

catalog: .venv/dev  ## make the fast copy of the catalog from its YAML
	$(BIN)/python -m tiktok_ads.catalog.build

lock:  ## pin the newest versions that pyproject.toml admits; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group build -o locks/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev --all-extras -c locks/run.txt -o locks/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group build --extra app --extra xlsx --extra postgres -c locks/run.txt -o locks/app.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		examples/dbt/requirements.in -o locks/dbt.txt
	for tool in dagster prefect airflow; do \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			pyproject.toml examples/$$tool/requirements.in --group build -c locks/run.txt \
			-o locks/$$tool.txt; \
	done

example-%: .venv/run  ## run one of examples/ against the simulator, its tool in an environment of its own
	$(BIN)/python examples/run.py $*

.venv/run: locks/run.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r locks/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: locks/dev.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r locks/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ .venv/run

.venv/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed')"
	$(PYTHON) -m venv .venv

clean:
	rm -rf .venv .mypy_cache .ruff_cache dist tiktok_ads_demo.duckdb
