# Every command one must know. Needs git, Python 3.11 and make; the rest comes into .venv.
PYTHON ?= python3
UV := .venv/bin/uv
MEMBERS := libs/events libs/streams libs/localkafka services/intake services/classifier services/router services/notifier ops
EDITABLE := $(foreach m,$(MEMBERS),-e ./$(m))
MANIFESTS := pyproject.toml $(foreach m,$(MEMBERS),$(m)/pyproject.toml)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup lock demo test check format bench clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

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
