#!/usr/bin/env bash
# Prints the changelog's section of one version. Usage: .github/release-notes.sh 0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?the version}
notes=$(awk -v heading="## [$version]" '
  index($0, heading) == 1 { inside = 1; next }
  inside && /^## / { exit }
  inside { print }
' CHANGELOG.md)
if [[ -z ${notes//[[:space:]]/} ]]; then
  echo "release-notes: CHANGELOG.md has no section [$version]; rename [Unreleased]" >&2
  exit 1
fi
printf '%s\n' "$notes"
