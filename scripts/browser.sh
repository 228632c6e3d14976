#!/usr/bin/env bash
# Makes sure that Chromium is there for the end-to-end test: installs it as root on Debian or
# Ubuntu, else says in one line what to install.
set -u
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing chromium for the end-to-end test"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/tmp/careloom-apt.log 2>&1 && exit 0
  tail -n 5 /tmp/careloom-apt.log >&2
fi
echo "the end-to-end test needs Chromium: apt-get install chromium" >&2
exit 1
