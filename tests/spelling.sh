#!/usr/bin/env bash
# Looks for misspelt words where people read (_typos.toml says where not). Installs typos into
# .tools/venv. CI runs the same, so that a word that only it stumbles over is found here first.
set -euo pipefail
cd "$(dirname "$0")/.."

version=1.52.0
typos=.tools/venv/bin/typos
if [[ $("$typos" --version 2>/dev/null) != "typos-cli $version" ]]; then
  [[ -x .tools/venv/bin/python3 ]] || python3 -m venv .tools/venv
  .tools/venv/bin/python3 -m pip install --quiet --disable-pip-version-check "typos==$version"
fi
"$typos"
