#!/usr/bin/env bash
# Installs a release of Tollgate: downloads the archive, compares it with its checksum,
# and puts the binary on the path of the steps that follow.
#
# VERSION     0.1.0
# SHA256      of the archive; without it, SHA256SUMS of the release
# REPOSITORY  owner/name, or host/owner/name
#
# Runs in a checkout that a pull request has written. Nothing there decides what is installed:
# no name is ever looked up as a path, and everything happens in an empty folder.
set -euo pipefail

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=x86_64-linux ;;
  *)
    echo "::error::there is no release for $(uname -s) on $(uname -m); build it with cargo, and leave \`version\` out" >&2
    exit 2
    ;;
esac
if [[ ! $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+([.-][0-9A-Za-z.-]+)?$ ]]; then
  echo "::error::\`version\` is not the number of a release, such as 0.1.0" >&2
  exit 2
fi

if [[ ! $REPOSITORY =~ ^([A-Za-z0-9][A-Za-z0-9.-]*/)?[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$ ]]; then
  echo "::error::\`repository\` is not the name of a repository, such as owner/tollgate" >&2
  exit 2
fi
if [[ -n ${SHA256:-} && ! $SHA256 =~ ^[0-9a-f]{64}$ ]]; then
  echo "::error::\`sha256\` is not a digest: 64 hexadecimal digits in lower case, as in SHA256SUMS of the release" >&2
  exit 2
fi

archive=tollgate-$VERSION-$platform.tar.gz
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
gh release download "v$VERSION" --repo "$REPOSITORY" --pattern "$archive" --pattern SHA256SUMS

if [[ -n ${SHA256:-} ]]; then
  echo "$SHA256  $archive" >expected
else
  grep -F "  $archive" SHA256SUMS >expected || {
    echo "::error::SHA256SUMS of the release does not name $archive" >&2
    exit 2
  }
fi
sha256sum --check --strict --quiet expected || {
  echo "::error::$archive is not what its checksum says; nothing was installed" >&2
  exit 2
}

target=${RUNNER_TEMP:?}/tollgate-$VERSION
mkdir -p "$target"
tar -xzf "$archive" -C "$target" --strip-components=1
echo "$target" >>"${GITHUB_PATH:?}"
"$target/tollgate" --version
