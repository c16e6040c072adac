# Everything there is to do with Rollcall. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8080
XOD_PORT ?= 8090
FRESH ?=
SECONDS ?= 300
SEED ?= 1
CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2
CARGO_MACHETE_VERSION := 0.9.2
SCHEMATHESIS_VERSION := 4.32.5

WASM_BINDGEN_VERSION := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
TOOLS := $(CURDIR)/target/tools
NODE_BIN := $(CURDIR)/end2end/node_modules/.bin
export PATH := $(TOOLS)/bin:$(NODE_BIN):$(PATH)
export GOAL := $(firstword $(MAKECMDGOALS))
export PORT XOD_PORT FRESH BESIDE

WASM_BINDGEN := $(TOOLS)/wasm-bindgen-$(WASM_BINDGEN_VERSION)-optimised
CARGO_DENY := $(TOOLS)/cargo-deny-$(CARGO_DENY_VERSION)
CARGO_FUZZ := $(TOOLS)/cargo-fuzz-$(CARGO_FUZZ_VERSION)
CARGO_MACHETE := $(TOOLS)/cargo-machete-$(CARGO_MACHETE_VERSION)
SCHEMATHESIS := $(TOOLS)/schemathesis-$(SCHEMATHESIS_VERSION)
WASM_SPLIT := $(TOOLS)/wasm-split-of-ours
WASM_TARGET := $(TOOLS)/wasm-target
NODE_MODULES := end2end/node_modules/.package-lock.json
APP := target/app/index.html
# The sign-in and the dashboard in React, to measure ours beside.
TWIN := target/react/index.html
TWIN_MODULES := end2end/bench/node_modules/.package-lock.json
APP_SOURCES := $(shell find app shared/src style -type f -not -name size.json) Cargo.lock Cargo.toml .tools/build-app.mjs .tools/wasm-split/join-small-chunks.patch
WASM := --target wasm32-unknown-unknown
# Tools are compiled as quickly as can be.
INSTALL := CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --force --root $(TOOLS)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24
	@printf '\n  Variables: PORT=%s XOD_PORT=%s (ports), FRESH=1 (make run: start over)\n' '$(PORT)' '$(XOD_PORT)'

run: app server ## build what is missing, then run Rollcall, the XoD simulator and three demo schools
	@node .tools/run.mjs

dev: $(WASM_BINDGEN) $(WASM_TARGET) ## the front-end loop: hot reload, API proxied, server restarted on change
	@node .tools/dev.mjs

test: lint test-rust test-browser size-check ## run all tests there are; fails if anything failed or could not run
	@echo 'All tests passed.'

lint: $(WASM_TARGET) audit ## formatting, clippy and documentation, native and wasm32, warnings as errors; make audit
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy -p rollcall-app -p rollcall-shared $(WASM) -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items
	RUSTDOCFLAGS='-D warnings' cargo doc -p rollcall-app --no-deps --document-private-items $(WASM)

test-rust: ## unit, property, API and store-contract tests, on SQLite and on a PostgreSQL of their own
	@.tools/with-postgres .tools/test-rust

test-browser: app $(NODE_MODULES) ## browser tests in Chromium, against the built app
	@.tools/need chromium chromium chromium
	@.tools/need pdftotext poppler-utils poppler-utils
	cargo build -p rollcall-server -p xod-simulator
	cd end2end && npx playwright test

app: $(APP) ## build the app (WebAssembly) in release mode, compressed, into target/app

server: ## build the server and the simulator in release mode
	@echo '== Building the server and the simulator (some minutes the first time)'
	cargo build --release -p rollcall-server -p xod-simulator

size: app ## print what has to be fetched for a sign-in, the dashboard and each area
	@node .tools/size.mjs

size-check: app # hold them to the records in app/size.json
	@node .tools/size.mjs --check

tools: $(WASM_SPLIT) $(WASM_BINDGEN) $(WASM_TARGET) $(NODE_MODULES) ## fetch the build tools only

bench: server bench-planner ## measure a sync of 450 to 20,000 people on both engines; fails if a target is missed
	@.tools/need psql postgresql-client
	@.tools/need time time
	@FSYNC=on .tools/with-postgres node .tools/bench.mjs

bench-growth: server ## measure by how much nights without a change make PostgreSQL grow
	@.tools/need psql postgresql-client
	@FSYNC=off .tools/with-postgres node .tools/growth.mjs

load-time: app server $(TWIN) ## measure in Chromium how long people wait, beside the same in React; BESIDE=folder: an older Rollcall too
	@.tools/need chromium chromium chromium
	@node .tools/load-time.mjs

bench-dev: $(WASM_BINDGEN) $(WASM_TARGET) $(NODE_MODULES) ## measure how long `make dev` takes to show a change of a style sheet, of a text
	@.tools/need chromium chromium chromium
	@node .tools/bench-dev.mjs

bench-planner: ## measure the planner alone, with 100,000 people
	cargo bench -p rollcall-engine --bench planner

crash-test: ## kill the server at every named point and at 204 random moments of runs, SEED=1
	ROLLCALL_CRASH_TEST=long ROLLCALL_CRASH_SEED=$(SEED) .tools/with-postgres \
	  cargo test -p rollcall-server --test crash -- --nocapture --test-threads=2

test-api: $(SCHEMATHESIS) ## ask a running server all that docs/openapi.json says, and odd things (needs Python 3.10)
	cargo build -p rollcall-server -p xod-simulator
	@node .tools/test-api.mjs $(SCHEMATHESIS)/bin/python

fuzz: $(CARGO_FUZZ) ## fuzz the decoding of XoD's replies for SECONDS=300 (needs a nightly compiler)
	@mkdir -p server/fuzz/corpus/replies
	cd server && RUSTUP_TOOLCHAIN=nightly $(TOOLS)/bin/cargo-fuzz run --target-dir ../target/fuzz replies \
	  fuzz/corpus/replies fuzz/seeds -- -max_total_time=$(SECONDS) -max_len=4096 -dict=fuzz/replies.dict

audit: $(CARGO_DENY) $(CARGO_MACHETE) ## licences, bans and sources of all dependencies; no dependency unused
	cargo deny check bans licenses sources
	cargo machete

clean: ## remove what was built, and the demo's data
	rm -rf target end2end/node_modules .data

$(APP): $(APP_SOURCES) | $(WASM_SPLIT) $(WASM_BINDGEN) $(WASM_TARGET) $(NODE_MODULES)
	@echo '== Building the app (about four minutes the first time)'
	@node .tools/build-app.mjs
	@touch $(APP)

$(WASM_SPLIT): .tools/wasm-split/Cargo.toml .tools/wasm-split/join-small-chunks.patch
	@echo '== Fetching wasm-split (about two minutes, once)'
	@.tools/need patch patch patch
	@rm -rf $(TOOLS)/wasm-split && mkdir -p $(TOOLS)
	@cp -r "$$(.tools/wasm-split/source)" $(TOOLS)/wasm-split
	@patch -d $(TOOLS)/wasm-split -p1 -s < .tools/wasm-split/join-small-chunks.patch
	@printf '\n[workspace]\n' >> $(TOOLS)/wasm-split/Cargo.toml
	$(INSTALL) --path $(TOOLS)/wasm-split --bin wasm-split-cli --features build-binary --locked
	@touch $@

# `make dev` waits for it at every change: what goes through the module is optimised.
$(WASM_BINDGEN):
	@echo '== Fetching wasm-bindgen $(WASM_BINDGEN_VERSION) (about two minutes, once)'
	$(INSTALL) wasm-bindgen-cli --version $(WASM_BINDGEN_VERSION) --no-default-features --bin wasm-bindgen \
	  $(foreach crate,walrus wasmparser wasm-encoder wasm-bindgen-cli-support id-arena leb128 rustc-demangle wasm-bindgen-shared,--config profile.dev.package.$(crate).opt-level=2)
	@touch $@

$(CARGO_DENY):
	$(INSTALL) cargo-deny --version $(CARGO_DENY_VERSION) --locked
	@touch $@

$(CARGO_FUZZ):
	$(INSTALL) cargo-fuzz --version $(CARGO_FUZZ_VERSION) --locked
	@touch $@

$(CARGO_MACHETE):
	$(INSTALL) cargo-machete --version $(CARGO_MACHETE_VERSION) --locked
	@touch $@

$(SCHEMATHESIS):
	@echo '== Fetching schemathesis $(SCHEMATHESIS_VERSION)'
	@.tools/need python3 python3 python3-venv
	@python3 -m venv --clear $@.unfinished
	@$@.unfinished/bin/python -m pip install --quiet --disable-pip-version-check schemathesis==$(SCHEMATHESIS_VERSION)
	@mv $@.unfinished $@

$(WASM_TARGET):
	@mkdir -p $(TOOLS)
	rustup target add wasm32-unknown-unknown
	@touch $@

$(NODE_MODULES): end2end/package.json end2end/package-lock.json
	@echo '== Fetching npm packages'
	cd end2end && npm ci --no-fund --no-audit
	@touch $@

$(TWIN_MODULES): end2end/bench/package.json end2end/bench/package-lock.json
	@echo '== Fetching npm packages for the pages in React'
	cd end2end/bench && npm ci --no-fund --no-audit
	@touch $@

$(TWIN): $(TWIN_MODULES) app/index.html $(wildcard end2end/bench/*.html end2end/bench/*.js end2end/bench/src/*) $(wildcard style/*.css)
	cd end2end/bench && npx vite build --outDir $(CURDIR)/target/react --emptyOutDir
	cp -r app/pictures target/react/pictures && cp -r style/fonts target/react/fonts
	node .tools/compress.mjs target/react

.PHONY: help run dev test lint test-rust test-browser test-api app server size size-check bench load-time bench-dev bench-growth bench-planner tools crash-test fuzz audit clean
