#!/usr/bin/env bash
# Sends what the OpenAPI document allows, and much that it does not, and fails on any server error.
# Schemathesis (pinned below, from PyPI) makes the requests; the server runs on an empty store with a
# few resources in it. CARELOOM_SCHEMATHESIS_EXAMPLES sets how many requests each operation gets.
set -euo pipefail
version=4.32.5
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
binary="$(scripts/binary.sh)"
venv="$target/schemathesis-$version"
if [ ! -x "$venv/bin/schemathesis" ]; then
  if ! python3 -c 'import ensurepip' 2>/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; } >/tmp/careloom-apt.log 2>&1 || true
  fi
  python3 -m venv "$venv" || { echo "schemathesis needs Python: apt-get install python3-venv" >&2; exit 1; }
  "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi
folder="$(mktemp -d)"
cleanup() {
  [ -n "${server:-}" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
port="$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')"
cat >"$folder/careloom.toml" <<TOML
[server]
listen = "127.0.0.1:$port"
data = "$folder/data"
TOML
"$binary" serve --config "$folder/careloom.toml" >"$folder/log" 2>&1 &
server=$!
base="http://127.0.0.1:$port/fhir"
for _ in $(seq 1 100); do
  curl --silent --fail --output /dev/null "$base/metadata" && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
  sleep 0.1
done
put() {
  curl --silent --fail --output /dev/null -X PUT -H 'content-type: application/fhir+json' "$base/$1" -d "$2"
}
put Patient/1 '{"resourceType":"Patient","id":"1","name":[{"family":"Smith"}],"birthDate":"1970"}'
put Observation/1 '{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"},"valueQuantity":{"value":1}}'
cd "$folder"
# The plain document for every interaction, then one type with its whole shape and parameters.
run() {
  "$venv/bin/schemathesis" run "$base/openapi.json$1" "${@:2}" \
    --url "$base" --checks not_a_server_error --phases fuzzing --seed 1 --workers 2 \
    --max-examples "${CARELOOM_SCHEMATHESIS_EXAMPLES:-20}" --request-timeout 30 --no-color \
    >"$folder/report" 2>&1 && kill -0 "$server" && grep -E "generated" "$folder/report" && return
  cat "$folder/report" >&2
  tail -n 20 "$folder/log" >&2
  exit 1
}
run ""
run "?_type=Patient" --include-path-regex '^/Patient'
