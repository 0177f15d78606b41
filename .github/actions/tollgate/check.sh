#!/usr/bin/env bash
# Runs `tollgate check` or `plan`, shows what it found where reviewers look, and ends with its
# exit code. What goes to GitHub is extra: that it fails is told, and changes no verdict.
set -euo pipefail

results=${RUNNER_TEMP:?}/tollgate-results
mkdir -p "$results"
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

if [[ -n ${CONFIG_FROM:-} ]]; then
  arguments+=("--config-from=$CONFIG_FROM")
  if [[ ${APPROVERS:-} == true && -n ${PULL_REQUEST:-} ]]; then
    # Each reviewer's last word on the commit that is judged. Without an answer nobody has
    # approved: that is the strict side.
    reviews=$(gh api --paginate "repos/$GITHUB_REPOSITORY/pulls/$PULL_REQUEST/reviews" --jq '.[]' |
      jq -rs --arg commit "$HEAD_SHA" \
        'map(select(.state == "APPROVED" or .state == "CHANGES_REQUESTED" or .state == "DISMISSED"))
         | group_by(.user.login) | map(last)
         | .[] | select(.state == "APPROVED" and .commit_id == $commit) | .user.login') ||
      { echo "::warning::the reviews could not be read, so nobody counts as an approver" >&2; reviews=; }
    # Somebody has to be named, or the authors of the commits would count.
    arguments+=("--approved-by=nobody (no approving review of ${HEAD_SHA:?})")
    while IFS= read -r reviewer; do
      [[ -z $reviewer ]] || arguments+=("--approved-by=$reviewer")
    done <<<"$reviews"
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

if [[ -f $results/comment.md ]]; then
  # One comment per environment, which later runs replace.
  marker="<!-- tollgate:action:${ENVIRONMENT:-} -->"
  { echo "$marker"; cat "$results/comment.md"; } >"$results/body.md"
  jq -Rs '{body: .}' "$results/body.md" >"$results/body.json"
  comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
  if id=$(gh api --paginate "$comments" --jq '.[]' |
    jq -rs --arg marker "$marker" 'map(select(.user.type == "Bot" and (.body | startswith($marker)))) | first | .id // empty'); then
    if [[ -n $id ]]; then
      gh api -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --input "$results/body.json" >/dev/null
    else
      gh api -X POST "$comments" --input "$results/body.json" >/dev/null
    fi || echo "::warning::the comment could not be written; it needs \`pull-requests: write\`" >&2
  else
    echo "::warning::the comments could not be read; that needs \`pull-requests: write\`" >&2
  fi
fi

if [[ -f $results/report.sarif ]]; then
  gzip -c "$results/report.sarif" | base64 -w0 |
    jq -Rs --arg commit "$GITHUB_SHA" --arg ref "$GITHUB_REF" '{commit_sha: $commit, ref: $ref, sarif: .}' |
    gh api -X POST "repos/$GITHUB_REPOSITORY/code-scanning/sarifs" --input - >/dev/null ||
    echo "::warning::the findings could not be uploaded; that needs \`security-events: write\`" >&2
fi
exit "$code"
