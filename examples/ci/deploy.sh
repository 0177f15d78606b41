#!/usr/bin/env bash
# Deploys one environment from any machine that has tofu, tollgate and the environment's key:
#
#   examples/ci/deploy.sh staging
#   examples/ci/deploy.sh production --confirm production
#
# Run it in the directory of tollgate.toml. What follows the environment goes to `tollgate apply`,
# which plans, judges, asks on a terminal where it needs a confirmation, and applies what was judged.
# Every step ends the script when it fails.
set -euo pipefail
environment=${1:?the environment}
shift

tollgate config check
tollgate secrets check -e "$environment"
tollgate env doctor -e "$environment"
tollgate apply -e "$environment" "$@"
