# Every command one must know. Needs git, Python 3.11 and make; the rest comes into .venv.
PYTHON ?= python3
UV := .venv/bin/uv
MEMBERS := libs/events libs/streams libs/localkafka services/intake services/classifier services/router services/notifier services/pulse ops
EDITABLE := $(foreach m,$(MEMBERS),-e ./$(m))
MANIFESTS := pyproject.toml $(foreach m,$(MEMBERS),$(m)/pyproject.toml)
ARGS ?=
UNSEEN ?= data/reports/corpus-unseen.jsonl data/reports/corpus-unseen-2.jsonl data/reports/corpus-unseen-3.jsonl

.DEFAULT_GOAL := help
.PHONY: help setup lock demo test test-containers soak check eval format bench clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

setup: .venv/.ready  ## Make .venv with everything from requirements.lock (then: .venv/bin/siaga --help)

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; v=sys.version_info; sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is needed; {sys.executable} is {v.major}.{v.minor}. Say which one to use: make PYTHON=/path/to/python3.11")'
	@echo "making .venv ..."
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.ready: .venv/bin/uv requirements.lock $(MANIFESTS)
	@echo "installing packages from requirements.lock ..."
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r requirements.lock
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --no-build-isolation $(EDITABLE)
	@touch $@
	@echo "ready: .venv/bin/siaga --help"

lock: .venv/bin/uv  ## Write requirements.lock anew (names, versions, hashes; no hosts)
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate \
	  --custom-compile-command 'make lock' $(foreach m,$(MEMBERS),--no-emit-package siaga-$(notdir $m)) \
	  --group build --group test --group check $(MANIFESTS) -o requirements.lock

demo: setup  ## Play a compressed day through the whole line (ARGS="--once --json out.json")
	@.venv/bin/siaga demo $(ARGS)

LEFT_OUT := "tests in containers: left out, because ARGS chooses tests; run: make test-containers"

test: setup  ## All tests, on a real Kafka; in containers too where Docker runs (ARGS="-k router": the local ones alone)
	@.venv/bin/python -m pytest -n 2 --dist loadgroup $(ARGS)
	@$(if $(ARGS),echo $(LEFT_OUT),$(MAKE) --no-print-directory test-containers)

test-containers: setup  ## The line in containers: builds the images, needs Docker with compose; says so where there is none
	@if why=$$(docker compose version 2>&1 && docker info 2>&1 >/dev/null); then \
	  docker compose build --quiet && .venv/bin/python -m pytest --line containers tests/e2e tests/containers $(ARGS); \
	else \
	  echo "tests in containers: SKIPPED, no Docker engine answers ($$(echo "$$why" | tail -n 1)). The local tests are above."; \
	fi

soak: setup  ## What takes long: 2,000 calls with kills, three brokers, rolling changes (an hour; containers where Docker runs)
	@SIAGA_E2E_CALLS=2000 .venv/bin/python -m pytest --soak tests/e2e/test_kill_campaign.py tests/e2e/test_three_brokers.py $(ARGS)
	@$(MAKE) --no-print-directory test-containers ARGS="--soak $(ARGS)"

check: setup  ## ruff, mypy --strict, import-linter
	@.venv/bin/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@.venv/bin/ruff check .
	@.venv/bin/mypy $(MEMBERS) tests benchmarks
	@.venv/bin/lint-imports --no-cache

format: setup  ## Let ruff format and mend what it can
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

eval: setup  ## Quality of decisions into docs/evaluation.md; each look at the unseen part is counted (UNSEEN= for none)
	@.venv/bin/siaga eval data/reports/corpus-development.jsonl $(addprefix --unseen ,$(UNSEEN)) --errors 2 \
	  --markdown docs/evaluation.md --pictures docs/evaluation $(ARGS)

bench: setup  ## Latency, throughput and rebuild against bare aiokafka and other frameworks (ARGS="--quick")
	@.venv/bin/python -m benchmarks $(ARGS)

clean:  ## Remove what was made here (not the download cache)
	@rm -rf .venv .siaga .mypy_cache .ruff_cache .pytest_cache .hypothesis
