#!/usr/bin/env bash
# Prints where the binary to walk through stands: CARELOOM_BINARY if set (`make test` has just built one), else
# one that it builds. Building again here would pick other features for the same crates, and so compile most of
# them twice.
set -euo pipefail
if [ -n "${CARELOOM_BINARY:-}" ]; then
  [ -x "$CARELOOM_BINARY" ] || { echo "CARELOOM_BINARY names no program: $CARELOOM_BINARY" >&2; exit 1; }
  realpath "$CARELOOM_BINARY"
  exit
fi
cargo build --quiet --package careloom
realpath "${CARGO_TARGET_DIR:-target}/debug/careloom"
