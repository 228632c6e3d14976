#!/usr/bin/env bash
# Builds Careloom and runs the simulated area; arguments go to `careloom demo`.
set -euo pipefail
echo "building careloom (the first time takes some minutes)"
cargo build --release --quiet --package careloom
exec "${CARGO_TARGET_DIR:-target}/release/careloom" demo "$@"
