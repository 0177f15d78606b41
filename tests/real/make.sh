#!/usr/bin/env bash
# Makes the plans of this folder again, by Terraform and the real AWS provider: make.sh [CASE…]
#
# Each folder has an `after.tf`, which is planned, and may have a `before.tf`, which is applied
# first, to moto. No account and no network is needed, and nothing is taken out of what the tool
# writes: identifiers and times differ from run to run.
#
#   AWS_PROVIDER_MIRROR  a filesystem mirror that has hashicorp/aws 5.100.0
#   TERRAFORM            Terraform 1.11, by default from the PATH
#   MOTO_SERVER          moto's server with all of its services, by default from the PATH
#   MOTO_PORT            the port for it on loopback, by default 5000
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mirror=${AWS_PROVIDER_MIRROR:?names no filesystem mirror of a real AWS provider}
terraform=${TERRAFORM:-terraform}
port=${MOTO_PORT:-5000}
version=5.100.0
provider=("$mirror"/*/hashicorp/aws/"$version"/*/terraform-provider-aws_v*)
[[ -x ${provider[0]} ]] || { echo "no hashicorp/aws $version in AWS_PROVIDER_MIRROR" >&2; exit 1; }

work=$(mktemp -d)
started=()
# The server does not always end when it is asked to.
trap 'kill -9 "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

# Nothing of whoever runs this, neither credentials nor settings.
for name in $(compgen -e); do
  case $name in AWS_* | TF_*) unset "$name" ;; esac
done
export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

until_says() { # FILE WORDS
  for _ in {1..120}; do
    if grep -q "$2" "$1"; then return; fi
    sleep 1
  done
  cat "$1" >&2
  return 1
}
"${MOTO_SERVER:-moto_server}" -H 127.0.0.1 -p "$port" >"$work/moto" 2>&1 &
started+=($!)
disown
until_says "$work/moto" "Running on"
# One process for every run of the tool: starting it takes longer than all that it does here.
TF_LOG=ERROR "${provider[0]}" -debug >"$work/provider" 2>&1 &
started+=($!)
disown
until_says "$work/provider" TF_REATTACH_PROVIDERS=
TF_REATTACH_PROVIDERS=$(sed -n "s/.*TF_REATTACH_PROVIDERS='\(.*\)'/\1/p" "$work/provider")
export TF_REATTACH_PROVIDERS

quietly() { # says something only when it fails
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
}

cd "$here"
[[ $# -gt 0 ]] || set -- */
for case in "$@"; do
  case=${case%/}
  curl --silent --fail --output /dev/null --request POST "$AWS_ENDPOINT_URL/moto-api/reset"
  rm -rf "$work/case"
  mkdir "$work/case"
  cp provider.tf "$work/case"
  run() { quietly "$terraform" "-chdir=$work/case" "$@" -no-color; }
  if [[ -f $case/before.tf ]]; then
    cp "$case/before.tf" "$work/case/main.tf"
    run init && run apply -auto-approve || { echo "$case: before" >&2; exit 1; }
  fi
  cp "$case/after.tf" "$work/case/main.tf"
  run init && run plan -out=plan.bin || { echo "$case: after" >&2; exit 1; }
  "$terraform" "-chdir=$work/case" show -json plan.bin >"$case/plan.json"
  echo "$case ($SECONDS s)"
done
