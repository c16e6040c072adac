# Everything there is to do with Rollcall. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8080
XOD_PORT ?= 8090
FRESH ?=
SECONDS ?= 300
SEED ?= 1
CARGO_FUZZ_VERSION := 0.13.2

TRUNK_VERSION := 0.21.14
WASM_BINDGEN_VERSION := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
TOOLS := $(CURDIR)/target/tools
NODE_BIN := $(CURDIR)/end2end/node_modules/.bin
export PATH := $(TOOLS)/bin:$(NODE_BIN):$(PATH)
export PORT XOD_PORT FRESH

TRUNK := $(TOOLS)/trunk-$(TRUNK_VERSION)
WASM_BINDGEN := $(TOOLS)/wasm-bindgen-$(WASM_BINDGEN_VERSION)
CARGO_FUZZ := $(TOOLS)/cargo-fuzz-$(CARGO_FUZZ_VERSION)
WASM_TARGET := $(TOOLS)/wasm-target
NODE_MODULES := end2end/node_modules/.package-lock.json
APP := target/app/index.html
APP_SOURCES := $(shell find app shared/src style -type f -not -name size.json) Cargo.lock Cargo.toml
WASM := --target wasm32-unknown-unknown

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24
	@printf '\n  Variables: PORT=%s XOD_PORT=%s (ports), FRESH=1 (make run: start over)\n' '$(PORT)' '$(XOD_PORT)'

run: app server ## build what is missing, then run Rollcall, the XoD simulator and three demo schools
	@node .tools/run.mjs

dev: $(TRUNK) $(WASM_BINDGEN) $(WASM_TARGET) $(NODE_MODULES) ## the front-end loop: hot reload, API proxied, server restarted on change
	@node .tools/dev.mjs

test: lint test-rust test-browser size-check ## run all tests there are; fails if anything failed or could not run
	@echo 'All tests passed.'

lint: $(WASM_TARGET) ## formatting and clippy, native and wasm32, warnings as errors
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy -p rollcall-app -p rollcall-shared $(WASM) -- -D warnings

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

size: app ## print the app's first load: raw, gzip, brotli
	@node .tools/size.mjs

size-check: app # hold the first load to the record in app/size.json
	@node .tools/size.mjs --check

tools: $(TRUNK) $(WASM_BINDGEN) $(WASM_TARGET) $(NODE_MODULES) ## fetch the build tools only

bench: server bench-planner ## measure a sync of 450 to 20,000 people on both engines; fails if a target is missed
	@.tools/need psql postgresql-client
	@.tools/need time time
	@FSYNC=on .tools/with-postgres node .tools/bench.mjs

bench-planner: ## measure the planner alone, with 100,000 people
	cargo bench -p rollcall-server --bench planner

crash-test: ## kill the server at every named point and at 204 random moments of runs, SEED=1
	ROLLCALL_CRASH_TEST=long ROLLCALL_CRASH_SEED=$(SEED) .tools/with-postgres \
	  cargo test -p rollcall-server --test crash -- --nocapture --test-threads=2

fuzz: $(CARGO_FUZZ) ## fuzz the decoding of XoD's replies for SECONDS=300 (needs a nightly compiler)
	@mkdir -p server/fuzz/corpus/replies
	cd server && RUSTUP_TOOLCHAIN=nightly $(TOOLS)/bin/cargo-fuzz run --target-dir ../target/fuzz replies \
	  fuzz/corpus/replies fuzz/seeds -- -max_total_time=$(SECONDS) -max_len=4096 -dict=fuzz/replies.dict

audit: ## licences, bans and sources of all dependencies (needs cargo-deny)
	cargo deny check bans licenses sources

clean: ## remove what was built, and the demo's data
	rm -rf target end2end/node_modules .data

$(APP): $(APP_SOURCES) | $(TRUNK) $(WASM_BINDGEN) $(WASM_TARGET) $(NODE_MODULES)
	@echo '== Building the app (about four minutes the first time)'
	cd app && trunk build --release --offline
	@node .tools/compress.mjs target/app
	@touch $(APP)

$(TRUNK):
	@echo '== Fetching trunk $(TRUNK_VERSION) (about four minutes, once)'
	cargo install trunk --version $(TRUNK_VERSION) --locked --no-default-features --debug --force --root $(TOOLS)
	@touch $@

$(WASM_BINDGEN):
	@echo '== Fetching wasm-bindgen $(WASM_BINDGEN_VERSION) (about two minutes, once)'
	cargo install wasm-bindgen-cli --version $(WASM_BINDGEN_VERSION) --debug --force --root $(TOOLS)
	@touch $@

$(CARGO_FUZZ):
	cargo install cargo-fuzz --version $(CARGO_FUZZ_VERSION) --locked --debug --force --root $(TOOLS)
	@touch $@

$(WASM_TARGET):
	@mkdir -p $(TOOLS)
	rustup target add wasm32-unknown-unknown
	@touch $@

$(NODE_MODULES): end2end/package.json end2end/package-lock.json
	@echo '== Fetching npm packages'
	cd end2end && npm ci --no-fund --no-audit
	@touch $@

.PHONY: help run dev test lint test-rust test-browser app server size size-check bench bench-planner tools crash-test fuzz audit clean
