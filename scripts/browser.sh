#!/usr/bin/env bash
# Makes sure that what the tests look at pages and printed records with is there: Chromium, and poppler's
# pdftotext. Installs them as root on Debian or Ubuntu, else says in one line what to install.
set -u
missing=()
has_browser=no
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && has_browser=yes
done
[ "$has_browser" = yes ] || missing+=(chromium)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
[ "${#missing[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]} for the tests"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/careloom-apt.log 2>&1 && exit 0
  tail -n 5 /tmp/careloom-apt.log >&2
fi
echo "the tests need: apt-get install ${missing[*]}" >&2
exit 1
