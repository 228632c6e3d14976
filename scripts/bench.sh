#!/usr/bin/env bash
# Builds the release binary and prints the figures of docs/performance.md.
set -euo pipefail
cargo build --release --quiet --package careloom --package bench
target="${CARGO_TARGET_DIR:-target}"
exec "$target/release/bench" --server "$target/release/careloom" "${@:-all}"
