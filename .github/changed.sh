#!/bin/sh
# Writes, as Markdown, the lineage of the models that differ from another commit: changed.sh PROGRAM COMMIT
set -eu
program=$(realpath "$1")
base=$(mktemp -d)
trap 'git worktree remove --force "$base/tree"; rm -r "$base"' EXIT
git worktree add --quiet --detach "$base/tree" "$2"
"$program" parse --quiet --project-dir "$base/tree" --target-path "$base/state" >&2
if [ -n "$("$program" ls --quiet --select state:modified --state "$base/state")" ]; then
  printf '### Lineage of what changed\n\n'
  "$program" docs lineage --quiet --select state:modified+ --state "$base/state" --format mermaid
fi
