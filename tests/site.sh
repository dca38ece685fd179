#!/usr/bin/env bash
# What is made for browsers and for Power BI, checked by what others wrote: the site is what its sources give, its pages
# do what they should in Chromium with figures that SQL confirms, and an exported Power BI project is read by
# independent parsers, which find planted mistakes.
#
#   tests/site.sh PROGRAM      PROGRAM is the built `netflix`
#
# Installs nothing but npm packages below site/ and tests/powerbi/. CHROMIUM names the browser; NETFLIX_TEST_PYTHON is a
# Python with tests/powerbi/requirements.txt.
set -euo pipefail
test $# -eq 1 -a -x "${1-}" || { echo "usage: tests/site.sh PROGRAM, where PROGRAM is the built netflix" >&2; exit 2; }
program="$(realpath "$1")"
cd "$(dirname "$0")/.."
python="${NETFLIX_TEST_PYTHON:-python3}"
CHROMIUM="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
missing=""
for tool in node npm "$python"; do
  command -v "$tool" > /dev/null || missing="$missing $tool"
done
test -n "$CHROMIUM" || missing="$missing chromium"
test -z "$missing" || { echo "tests/site.sh needs:$missing (on Debian: apt-get install chromium nodejs npm)" >&2; exit 2; }
export CHROMIUM NETFLIX_PROGRAM="$program"

(cd site && npm ci --ignore-scripts --no-audit --no-fund && npm run check)
(cd tests/powerbi && npm ci --ignore-scripts --no-audit --no-fund)

# The project on its sample, built once for the dashboards and the export.
project="$(mktemp -d)"
trap 'rm -rf "$project"' EXIT
cp -r project.yml profiles.yml models macros seeds snapshots analyses sample "$project"
(cd "$project" && "$program" build --quiet && "$program" export powerbi --quiet --output powerbi)

(cd site && PROJECT="$project" node --test tests/*.test.mjs)
"$python" tests/powerbi/validate.py "$project/powerbi"
"$python" tests/powerbi/validate.py --mistakes "$project/powerbi"
