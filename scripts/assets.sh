#!/usr/bin/env bash
# Installs the npm packages that the pages and their browser tests are made with, once per lock file.
# The build itself (crates/portals/build.rs) turns them into what the binary embeds.
set -euo pipefail
cd "$(dirname "$0")/../web"
stamp=node_modules/.careloom-lock
if ! cmp -s package-lock.json "$stamp"; then
  echo "installing the pages' npm packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
