# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test browser prove lint docs bench clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## the documented case to the day, how it could have ended, and what could ever happen in a small court
	$(BIN)/courtsim run jupiter-2019-as-it-happened
	$(BIN)/courtsim run jupiter-2019 --cases 1000
	$(BIN)/courtsim check two-track-example

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n auto --dist worksteal

browser:  ## what the tests of a report in a browser need, where it is missing and Debian's packages may be installed
	@command -v chromium >/dev/null && command -v pdftoppm >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium poppler-utils; } || \
	  echo "no chromium and no right to install it: the tests of reports in a browser will be skipped"

prove: $(VENV)/.installed  ## what takes longer than tests may: its results are kept in docs/evidence/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[prove]'
	$(BIN)/python -m tests.prove.branches core
	$(BIN)/python -m tests.prove.branches package
	$(BIN)/python -m tests.prove.mutation
	$(BIN)/python -m tests.prove.seeds 10 2000
	$(BIN)/python -m tests.prove.fuzz 1000000
	$(BIN)/python -m tests.prove.engines 60
	$(BIN)/python -m tests.prove.machine 100
	$(BIN)/python -m tests.prove.solve_against_simulation
	$(BIN)/python -m tests.prove.report_in_browser
	$(BIN)/python -m tests.prove.kills
	$(BIN)/python -m tests.prove.queues
	$(BIN)/python docs/make_calibration.py
	$(BIN)/python docs/make_comparison.py
	$(BIN)/python -m tests.prove.road_traffic

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed  ## the pages of docs/ as a site in site/, their generated parts written anew
	$(BIN)/python docs/make_law.py
	$(BIN)/python docs/make_parameters.py
	$(BIN)/python docs/make_validation.py
	$(BIN)/python docs/make_reference.py
	$(BIN)/mkdocs build --quiet --strict

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/bench_simulate.py
	$(BIN)/python benchmarks/bench_sample.py
	$(BIN)/python benchmarks/bench_shell.py
	$(BIN)/python benchmarks/bench_solve.py
	$(BIN)/python benchmarks/bench_store.py
	$(BIN)/python benchmarks/bench_caseload.py

clean:
	rm -rf $(VENV) dist build site .pytest_cache .mypy_cache .ruff_cache .hypothesis
