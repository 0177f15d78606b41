#!/usr/bin/env bash
# Installs moto into .tools/venv: an HTTP server that answers as KMS, STS and Secrets Manager do, for the
# tests to talk to. Only the parts of it that those need; with ALL=1 every service.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted="moto==5.2.5"
python=.tools/venv/bin/python3
if [[ ! -x $python ]] || ! "$python" -m pip freeze | grep -x "$wanted" >/dev/null; then
  python3 -m venv .tools/venv
  "$python" -m pip install --quiet --disable-pip-version-check "moto[kms,secretsmanager]${wanted#moto}" flask==3.1.3 flask-cors==6.0.5
fi
if [[ ${ALL:-} ]] && ! "$python" -c 'import docker, openapi_spec_validator, py_partiql_parser' 2>/dev/null; then
  "$python" -m pip install --quiet --disable-pip-version-check "moto[all,server]${wanted#moto}"
fi
"$python" -c 'import moto.server'
