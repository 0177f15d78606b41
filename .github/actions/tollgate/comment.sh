#!/usr/bin/env bash
# Keeps one comment on the pull request for each environment and working directory: what this run
# found, in the place of what an earlier one did. A run that ended without a report replaces the
# comment of an earlier one too, because what that says is not true of this commit.
#
#   comment.sh [REPORT]     a file in Markdown
#
# That it fails is told, and changes no verdict.
set -euo pipefail

[[ -n ${PULL_REQUEST:-} ]] || exit 0
work=$(mktemp -d "${RUNNER_TEMP:?}/tollgate-comment.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Only ours begin so. The directory is told where it is not the usual one.
name=${ENVIRONMENT:-}
[[ ${STACK:-.} == . ]] || name+=" $STACK"
marker="<!-- tollgate:action:${name//--/- -} -->"
comments=repos/${GITHUB_REPOSITORY:?}/issues/$PULL_REQUEST/comments
if ! ids=$(gh api --paginate "$comments" --jq '.[]' |
  jq -rs --arg marker "$marker" 'flatten | .[] | select(.user.type == "Bot" and (.body | startswith($marker))) | .id'); then
  echo "::warning::the comments could not be read; that needs \`pull-requests: write\`" >&2
  exit 0
fi
mapfile -t old < <(sed '/^$/d' <<<"$ids")

if [[ -n ${1:-} && -s $1 ]]; then
  { echo "$marker"; cat "$1"; } >"$work/body.md"
elif ((${#old[@]} > 0)); then
  {
    echo "$marker"
    echo "**Tollgate ended without a verdict.** What an earlier run found is not true of this commit any more. [The job's log](${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/${GITHUB_RUN_ID:-}) says why it ended."
  } >"$work/body.md"
else
  exit 0
fi
jq -Rs '{body: .}' "$work/body.md" >"$work/body.json"

failed() { echo "::warning::the comment could not be written; it needs \`pull-requests: write\`" >&2; }
if ((${#old[@]} > 0)); then
  gh api -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${old[0]}" --input "$work/body.json" >/dev/null || failed
  # Two runs at once leave two.
  for id in "${old[@]:1}"; do
    gh api -X DELETE "repos/$GITHUB_REPOSITORY/issues/comments/$id" >/dev/null || failed
  done
else
  gh api -X POST "$comments" --input "$work/body.json" >/dev/null || failed
fi
