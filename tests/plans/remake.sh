#!/bin/sh
# Remakes the plans of this folder from their configurations.
#
# Each folder has a `before.tf` (optional: applied first, to have a state) and an
# `after.tf` (planned). Only the built-in `terraform_data` is used, so neither
# providers nor accounts nor a network are needed. Everything that changes from run
# to run (identifiers, times) is left as the tool writes it.
#
# Usage: tests/plans/remake.sh [terraform|tofu] [FOLDER…]
set -eu
cd "$(dirname "$0")"
tool=${1:-terraform}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- */
for folder in "$@"; do
  folder=${folder%/}
  [ -f "$folder/after.tf" ] || continue
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  [ -d "$folder/modules" ] && cp -R "$folder/modules" "$work/"
  if [ -f "$folder/before.tf" ]; then
    cp "$folder/before.tf" "$work/main.tf"
    "$tool" -chdir="$work" init -input=false -no-color >/dev/null
    "$tool" -chdir="$work" apply -input=false -no-color -auto-approve >/dev/null
  fi
  cp "$folder/after.tf" "$work/main.tf"
  "$tool" -chdir="$work" init -input=false -no-color >/dev/null
  options=
  [ -f "$folder/options" ] && options=$(cat "$folder/options")
  # shellcheck disable=SC2086 # several words on purpose
  "$tool" -chdir="$work" plan -input=false -no-color -out=tfplan $options >/dev/null || [ -f "$folder/fails" ]
  "$tool" -chdir="$work" show -json tfplan >"$folder/plan.json"
  rm -rf "$work"
  echo "$folder"
done
