#!/usr/bin/env bash
# End to end: starts the demo as its users do, at an ordinary Wednesday morning whatever day it is, and walks
# through it in Chromium (web/e2e).
set -euo pipefail
binary="$(scripts/binary.sh)"
folder="$(mktemp -d)"
cleanup() {
  [ -n "${server:-}" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
port="$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')"
hl7_port=$((20000 + RANDOM % 10000))
"$binary" demo --now 2026-06-03T10:00:00+01:00 --people "${CARELOOM_E2E_PEOPLE:-60}" --folder "$folder/demo" --port "$port" --hl7-port "$hl7_port" >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 1 600); do
  grep -q '^ready' "$folder/log" && break
  if ! kill -0 "$server" 2>/dev/null; then cat "$folder/log" >&2; exit 1; fi
  sleep 0.5
done
grep -q '^ready' "$folder/log" || { echo "the demo was not ready within five minutes" >&2; tail -n 20 "$folder/log" >&2; exit 1; }
CARELOOM_BINARY="$binary" CARELOOM_DEMO="$folder/demo" node web/e2e/main.mjs "http://127.0.0.1:$port" "${CARELOOM_SHOTS:-}" || { tail -n 20 "$folder/log" >&2; exit 1; }
