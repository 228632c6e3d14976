# The project's commands. `make demo` needs nothing but Rust, Node.js and a C compiler; `make test` also
# Python with its venv module.

CARGO ?= cargo
export CARGO_TERM_COLOR ?= never
# Property tests draw the same cases every time, so that a red run means the change; `make soak`
# draws new ones, and many more.
test: export PROPTEST_RNG_SEED ?= 20260603

.PHONY: demo test lint assets tools browser bench soak definitions clean

demo: tools assets
	@scripts/demo.sh

test: tools assets browser
	$(CARGO) fmt --all --check
	$(CARGO) xtask tidy
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	$(CARGO) test --workspace --no-fail-fast
	@CARELOOM_BINARY="$${CARGO_TARGET_DIR:-target}/debug/careloom" scripts/e2e.sh
	@CARELOOM_BINARY="$${CARGO_TARGET_DIR:-target}/debug/careloom" scripts/schemathesis.sh

lint: tools assets
	$(CARGO) fmt --all --check
	$(CARGO) xtask tidy
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings

# Styles and icons of the pages, from the packages pinned in web/package-lock.json.
assets: tools
	@scripts/assets.sh

tools:
	@scripts/tools.sh

browser:
	@scripts/browser.sh

# Figures for docs/performance.md; long, quiet machine wanted.
bench: tools assets
	@scripts/bench.sh

# Crash and load tests that are too long for `make test`.
soak: tools assets
	@scripts/soak.sh

# Rebuilds the embedded definitions from their packages; needs the npm registry.
definitions:
	$(CARGO) xtask definitions

clean:
	$(CARGO) clean
	rm -rf .demo web/node_modules
