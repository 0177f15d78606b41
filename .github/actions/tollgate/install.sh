#!/usr/bin/env bash
# Installs a release of Tollgate: downloads the archive, holds it against its checksum,
# and puts the binary on the path of the steps that follow.
#
# VERSION     0.1.0
# SHA256      of the archive; without it, SHA256SUMS of the release
# REPOSITORY  owner/name, or a directory that has the files of a release
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

archive=tollgate-$VERSION-$platform.tar.gz
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [[ -d $REPOSITORY ]]; then
  cp -- "$REPOSITORY/$archive" "$REPOSITORY/SHA256SUMS" "$folder"
else
  gh release download "v$VERSION" --repo "$REPOSITORY" --dir "$folder" --pattern "$archive" --pattern SHA256SUMS
fi

cd "$folder"
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
