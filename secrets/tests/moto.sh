#!/usr/bin/env bash
# Installs moto into .tools/venv: an HTTP server that answers as KMS, STS and Secrets Manager do, for the
# tests to talk to. Only the parts of it that those need.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted="moto==5.2.5"
python=.tools/venv/bin/python3
if [[ ! -x $python ]] || ! "$python" -m pip freeze | grep -qx "$wanted"; then
  python3 -m venv .tools/venv
  "$python" -m pip install --quiet --disable-pip-version-check "moto[kms,secretsmanager]${wanted#moto}" flask==3.1.3 flask-cors==6.0.5
fi
"$python" -c 'import moto.server'
