#!/usr/bin/env bash
# Checks our workflows, the action and the examples of workflows: actionlint for what GitHub would
# refuse, zizmor for what an attacker would like. Needs Go and Python; installs both tools.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
GOBIN=$folder/bin CGO_ENABLED=0 go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check zizmor==1.32.0

# As a repository of its own, in which the examples are workflows and the action is where they say.
mkdir -p "$folder/tree/.github/workflows"
cp -r .github/actions "$folder/tree/.github/"
for file in .github/workflows/*; do
  name=$(basename "$file" .example)
  [[ $file == *.example ]] && name=example-$name
  cp "$file" "$folder/tree/.github/workflows/$name"
done
git -C "$folder/tree" init --quiet
(cd "$folder/tree" && "$folder/bin/actionlint" -shellcheck=)
"$folder/venv/bin/zizmor" --offline --min-severity medium "$folder/tree"
