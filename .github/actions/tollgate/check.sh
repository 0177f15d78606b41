#!/usr/bin/env bash
# Runs `tollgate check` or `plan`, shows what it found where reviewers look, and ends with its
# exit code. What goes to GitHub is extra: that it fails is told, and changes no verdict.
set -euo pipefail

# New for every run: a report that is there is this run's.
results=$(mktemp -d "${RUNNER_TEMP:?}/tollgate-results.XXXXXX")

# However this ends, the comment of an earlier run does not stay.
ended() {
  local code=$?
  if [[ ${COMMENT:-} == true ]]; then
    # The configuration's own failures are in the log; a comment that failed is only a warning.
    bash "$(dirname "${BASH_SOURCE[0]}")/comment.sh" "$results/comment.md" || true
    echo "commented=true" >>"${GITHUB_OUTPUT:?}"
  fi
  exit "$code"
}
trap ended EXIT

arguments=(-o human -o "json=$results/report.json")
mapfile -t plans < <(sed '/^[[:space:]]*$/d' <<<"${PLANS:-}")
if [[ ${PLAN:-} == true && ${#plans[@]} -gt 0 ]]; then
  echo "::error::\`plan\` and \`plans\` are both there; either the action plans, or somebody else did" >&2
  exit 2
elif [[ ${PLAN:-} != true && ${#plans[@]} -eq 0 ]]; then
  echo "::error::there is nothing to judge: \`plans\` is empty" >&2
  exit 2
fi
[[ -z ${ENVIRONMENT:-} ]] || arguments+=("--environment=$ENVIRONMENT")
[[ -z ${BASELINE:-} ]] || arguments+=("--baseline=$BASELINE")
[[ ${COMMENT:-} != true || -z ${PULL_REQUEST:-} ]] || arguments+=(-o "markdown=$results/comment.md")
[[ ${SARIF:-} != true ]] || arguments+=(-o "sarif=$results/report.sarif")

# Who approved the commit, one per line: each reviewer's last word on it. A review of somebody who
# does not belong to the repository is anybody's, and does not count.
approvers() {
  local number=${PULL_REQUEST:-} commit=$HEAD_SHA
  if [[ -z $number && ${QUEUED:-} =~ /pr-([0-9]+)-[0-9a-f]+$ ]]; then
    # An entry of a merge queue is a commit of GitHub's; what was approved is the pull request's.
    number=${BASH_REMATCH[1]}
    commit=$(gh api "repos/$GITHUB_REPOSITORY/pulls/$number" --jq .head.sha)
  fi
  [[ -n $number ]] || return 0
  gh api --paginate "repos/$GITHUB_REPOSITORY/pulls/$number/reviews" --jq '.[]' |
    jq -rs --arg commit "$commit" \
      'flatten | map(select(.state == "APPROVED" or .state == "CHANGES_REQUESTED" or .state == "DISMISSED"))
       | map(select(.author_association == "OWNER" or .author_association == "MEMBER" or .author_association == "COLLABORATOR"))
       | group_by(.user.login) | map(last)
       | .[] | select(.state == "APPROVED" and .commit_id == $commit) | .user.login // empty'
}

if [[ -n ${CONFIG_FROM:-} ]]; then
  arguments+=("--config-from=$CONFIG_FROM")
  if [[ ${APPROVERS:-} == true ]]; then
    : "${HEAD_SHA:?}"
    # Without an answer nobody has approved: that is the strict side.
    reviewers=$(set -e; approvers) ||
      { echo "::warning::the reviews could not be read, so nobody counts as an approver" >&2; reviewers=; }
    if [[ -z $reviewers ]]; then
      # Said, or the authors of the commits would count.
      arguments+=(--approved-by-nobody)
    fi
    while IFS= read -r reviewer; do
      [[ -z $reviewer ]] || arguments+=("--approved-by=$reviewer")
    done <<<"$reviewers"
  fi
fi

code=0
if [[ ${PLAN:-} == true ]]; then
  # The configuration's providers have no use for the token.
  env -u GH_TOKEN tollgate plan --keyless --no-out "${arguments[@]}" || code=$?
else
  tollgate check "${arguments[@]}" -- "${plans[@]}" || code=$?
fi
{
  echo "exit-code=$code"
  echo "report=$results/report.json"
} >>"${GITHUB_OUTPUT:?}"

if [[ -f $results/report.sarif ]]; then
  gzip -c "$results/report.sarif" | base64 -w0 |
    jq -Rs --arg commit "$GITHUB_SHA" --arg ref "$GITHUB_REF" '{commit_sha: $commit, ref: $ref, sarif: .}' |
    gh api -X POST "repos/$GITHUB_REPOSITORY/code-scanning/sarifs" --input - >/dev/null ||
    echo "::warning::the findings could not be uploaded; that needs \`security-events: write\`" >&2
fi
exit "$code"
