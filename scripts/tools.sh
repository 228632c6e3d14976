#!/usr/bin/env bash
# Says in one line what is missing to build Careloom; silent when nothing is.
set -u
missing=()
command -v cargo >/dev/null || missing+=("Rust (cargo; https://rustup.rs)")
command -v node >/dev/null || missing+=("Node.js 18 or later (node)")
command -v npm >/dev/null || missing+=("npm")
command -v cc >/dev/null || command -v gcc >/dev/null || missing+=("a C compiler (apt-get install build-essential)")
if [ "${#missing[@]}" -gt 0 ]; then
  (IFS=';'; echo "careloom cannot be built, this is missing: ${missing[*]}" >&2)
  exit 1
fi
