#!/usr/bin/env bash
# Long tests: all Synthea Bundles read back, the process killed at random during load, millions of
# random searches judged, properties on many more cases than `make test` has time for.
set -euo pipefail
export CARELOOM_ALL_SYNTHEA=1
export CARELOOM_KILLS="${CARELOOM_KILLS:-50}"
export CARELOOM_JOB_ROUNDS="${CARELOOM_JOB_ROUNDS:-20}"
export CARELOOM_JUDGED_SEARCHES="${CARELOOM_JUDGED_SEARCHES:-2000000}"
# Properties of the crates that hold no server, on cases drawn anew.
PROPTEST_CASES="${PROPTEST_CASES:-20000}" cargo test --release -p ucum -p fhir -p fhirpath -p hl7v2 \
    -p mapping -p matching -p booking -p triage -p identity -p graphql -p search
cargo test --release -p server -p store-sqlite -p careloom
CARELOOM_SCHEMATHESIS_EXAMPLES="${CARELOOM_SCHEMATHESIS_EXAMPLES:-300}" scripts/schemathesis.sh
