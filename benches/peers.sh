#!/usr/bin/env bash
# Installs what `benches/run.py --peers` compares with, into .tools/: conftest and opa
# from their Go modules, regorus from its crate and checkov from PyPI, each at a fixed
# version.
set -euo pipefail
cd "$(dirname "$0")/.."

export GOBIN=$PWD/.tools/bin
mkdir -p "$GOBIN"
[ -x "$GOBIN/opa" ] || go install github.com/open-policy-agent/opa@v1.22.2
[ -x "$GOBIN/conftest" ] || go install github.com/open-policy-agent/conftest@v0.71.1
[ -x "$GOBIN/regorus-eval" ] || cargo install --quiet --locked --path benches/peers/regorus --root .tools
[ -x .tools/checkov/bin/checkov ] || {
    python3 -m venv .tools/checkov
    .tools/checkov/bin/pip install --quiet --disable-pip-version-check checkov==3.3.30
}
