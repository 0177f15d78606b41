#!/usr/bin/env bash
# Makes the example plans again: examples/make.sh [--check] [TOOL]
#
# --check  write nothing; fail, with the names, when examples/plans differs
# TOOL     only those of tofu, or only those of terraform; both when left out
#
# Needs tests/tools.sh to have run; terraform is taken from the PATH, and its
# plans are left out when it is not there. What a plan holds is what the tool
# writes, byte for byte, but for two things: see `write` below.
set -euo pipefail
examples=$(cd "$(dirname "$0")" && pwd)
repository=$(dirname "$examples")
tools=$repository/.tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
plans=$examples/plans
check=false
if [[ ${1:-} == --check ]]; then
  check=true plans=$work/plans
  shift
fi
only=${1:-}
mkdir -p "$plans"

export TF_CLI_CONFIG_FILE=$tools/tofu.rc
export TF_IN_AUTOMATION=1 TF_INPUT=0
export TF_VAR_signing_key=not-a-real-key
unset TF_CLI_ARGS TF_WORKSPACE TF_DATA_DIR AWS_REGION AWS_PROFILE TOLLGATE_EXAMPLE_CLOUD

run() { # log what a tool says, show it only when it fails
  if ! "$@" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    return 1
  fi
}

# enter TOOL VARIANTS: a fresh copy of the service with variants laid over it.
enter() {
  # No variant adds a module or a provider, so one `init` for each tool is enough.
  local variant clean
  clean=$work/clean.$(basename "$1")
  if [[ ! -d $clean ]]; then
    cp -R "$repository/terraform" "$repository/environments" "$work"
    rm -rf "$work/terraform/local"
    mv "$work/terraform" "$clean"
    mv "$work/environments" "$clean"
    cd "$clean"
    # No bucket to keep a state in here.
    printf 'terraform {\n  backend "local" {}\n}\n' >backend_override.tf
    run "$1" init -no-color
  fi
  rm -rf "$work/media"
  cp -R "$clean" "$work/media"
  unset TOLLGATE_EXAMPLE_CLOUD
  for variant in $2; do
    cp -R "$examples/variants/$variant/." "$work/media/"
  done
  cd "$work/media"
  if [[ -f cloud.json ]]; then
    export TOLLGATE_EXAMPLE_CLOUD=$work/media/cloud.json
  fi
}

# write TOOL: the plan as JSON. Two things in it differ from run to run: the time
# of planning, and the order of what `relevant_attributes` lists of one resource.
# The one is set to a fixed instant, the other sorted.
write() {
  "$1" show -json saved.tfplan | perl -pe '
    s/"timestamp":"[^"]*"(?=,"(?:applyable|errored)")/"timestamp":"2026-01-15T09:30:00Z"/;
    s/"relevant_attributes":\[\{\K(.*?)(?=\}\],"(?:checks|timestamp)":)/join("},{", sort(split(m|\},\{|, $1)))/e;
  '
}

# applied NAME TOOL ENVIRONMENT VARIANTS [OPTION…]: a state to plan from.
applied() {
  local name=$1 tool=$2 environment=$3 variants=$4
  shift 4
  wanted "$tool" || return 0
  enter "$tool" "$variants"
  run "$tool" apply -no-color -auto-approve -var-file="environments/$environment.tfvars" "$@"
  # The first refresh reads unset attributes back as empty ones. Without it every
  # plan would report that as drift.
  run "$tool" apply -no-color -refresh-only -auto-approve -var-file="environments/$environment.tfvars" "$@"
  cp terraform.tfstate "$work/$name.$(basename "$tool").tfstate"
}

# planned FILE TOOL ENVIRONMENT STATE VARIANTS [OPTION…]; STATE - is none.
planned() {
  local file=$1 tool=$2 environment=$3 state=$4 variants=$5
  shift 5
  wanted "$tool" || return 0
  enter "$tool" "$variants"
  [[ $state == - ]] || cp "$work/$state.$(basename "$tool").tfstate" terraform.tfstate
  if [[ $variants == *refused* ]]; then
    # Fails, and saves a plan all the same.
    ! "$tool" plan -no-color -var-file="environments/$environment.tfvars" -out=saved.tfplan "$@" >"$work/log" 2>&1
  else
    run "$tool" plan -no-color -var-file="environments/$environment.tfvars" -out=saved.tfplan "$@"
  fi
  mkdir -p "$(dirname "$plans/$file")"
  write "$tool" >"$plans/$file.new"
  mv "$plans/$file.new" "$plans/$file"
  printf '%s\n' "$file"
}

wanted() {
  [[ -z $only || $only == "$(basename "$1")" ]] && command -v "$1" >/dev/null
}

tofu=$tools/bin/tofu
terraform=terraform
before=(-var release=1.3.0 -var 'queues={transcode=120}')

#       state              tool        environment variants
applied production         "$tofu"     production  ""            "${before[@]}"
applied settled            "$tofu"     production  ""
applied relational         "$tofu"     production  relational
applied archive            "$tofu"     production  archive
applied production         "$terraform" production ""            "${before[@]}"
applied settled            "$terraform" production ""
applied archive            "$terraform" production archive

#       file                              tool     environment state      variants
planned production.json                   "$tofu"  production  production ""
planned production-first.json             "$tofu"  production  -          ""
planned staging.json                      "$tofu"  staging     -          ""

planned violating/alarm-dropped.json      "$tofu"  production  settled    alarm-dropped
planned violating/alarms-missing.json     "$tofu"  production  -          ""            -var alarms=none
planned violating/alarms-muted.json       "$tofu"  production  settled    alarms-muted
planned violating/alarms-removed.json     "$tofu"  production  settled    ""            -var alarms=none
planned violating/database-replaced.json  "$tofu"  production  relational "relational relational-renamed"
planned violating/deleted.json            "$tofu"  production  archive    ""
planned violating/destroyed.json          "$tofu"  production  settled    ""            -destroy
planned violating/forgotten.json          "$tofu"  production  archive    archive-forgotten
planned violating/hidden.json             "$tofu"  production  -          hidden
planned violating/over-the-cap.json       "$tofu"  production  settled    "network relational"
planned violating/protection-off.json     "$tofu"  production  -          "relational network" -var protection=false
planned violating/protection-removed.json "$tofu"  production  relational relational    -var protection=false
planned violating/replaced-on-request.json "$tofu" production  settled    ""            -replace=aws_dsql_cluster.catalogue
planned violating/table-replaced.json     "$tofu"  production  settled    table-rekeyed
planned violating/undecided.json          "$tofu"  production  -          "relational undecided"

planned forms/check-failing.json          "$tofu"  production  settled    ""            -var log_retention_days=3
planned forms/drift.json                  "$tofu"  production  settled    drifted
planned forms/errored.json                "$tofu"  production  -          refused
planned forms/imported.json               "$tofu"  production  settled    adopted
planned forms/late-read.json              "$tofu"  production  -          late-read
planned forms/moved.json                  "$tofu"  production  archive    archive-moved
planned forms/no-changes.json             "$tofu"  production  settled    ""
planned forms/outputs-only.json           "$tofu"  production  settled    "outputs-only"
planned forms/refresh-only.json           "$tofu"  production  settled    drifted       -refresh-only
planned forms/targeted.json               "$tofu"  production  production ""            -target=module.api

# The same from Terraform, which also says whether a plan is complete and applyable.
planned terraform/production.json         "$terraform" production production ""
planned terraform/staging.json            "$terraform" staging    -          ""
planned terraform/errored.json            "$terraform" production -          refused
planned terraform/forgotten.json          "$terraform" production archive    archive-forgotten
planned terraform/no-changes.json         "$terraform" production settled    ""
planned terraform/targeted.json           "$terraform" production production "" -target=module.api

if $check; then
  status=0
  cd "$plans"
  for file in $(find . -name '*.json' | LC_ALL=C sort); do
    cmp -s "$file" "$examples/plans/$file" || { echo "differs: examples/plans/${file#./}" >&2; status=1; }
  done
  exit "$status"
fi
