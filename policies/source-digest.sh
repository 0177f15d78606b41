#!/usr/bin/env bash
# Prints the digest of everything that a policy's module is built from: its own
# files, what it shares with others if it does, the SDK and the contract. The digest of a
# list of `DIGEST  PATH` lines, in the order of the paths' bytes.
set -euo pipefail
cd "$(dirname "$0")"
policy=${1:?usage: source-digest.sh POLICY}
folders=("$policy" sdk wit)
if grep -q '^tollgate-policy-common' "$policy/Cargo.toml"; then folders+=(common); fi
find "${folders[@]}" -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.wit' -o -name '*.json' -o -name '*.txt' \) -not -path '*/tests/*' -print0 \
    | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | sed 's/^\([0-9a-f]*\).*/sha256:\1/'
