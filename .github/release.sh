#!/usr/bin/env bash
# Builds what is released: one static Linux binary, its manual pages and completions, and
# the checksums. Usage: .github/release.sh [DIRECTORY]   (default: target/release-files)
#
# For musl where rustup has that target, else for glibc, linked statically. PROFILE picks
# the cargo profile (default: dist, which takes its time).
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-target/release-files}
profile=${PROFILE:-dist}
machine=$(uname -m)
version=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
musl=$machine-unknown-linux-musl
if [[ -d $(rustc --print sysroot)/lib/rustlib/$musl ]]; then
  target=$musl
else
  target=$machine-unknown-linux-gnu
fi
say() { printf 'release: %s (%s s)\n' "$1" "$SECONDS"; }

say "building $version for $target, profile $profile"
# With the target named, the flag is for the binary alone, not for what runs in the build.
variable=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$target")_RUSTFLAGS
env "$variable=-C target-feature=+crt-static" \
  cargo build --locked --package tollgate --profile "$profile" --target "$target" --target-dir target/static
folder=$profile
[[ $profile != dev ]] || folder=debug
binary=target/static/$target/$folder/tollgate

# Nothing that a machine without our libraries would miss.
if readelf -d "$binary" | grep -q '(NEEDED)' || readelf -l "$binary" | grep -q 'INTERP'; then
  echo "release: $binary is not static" >&2
  exit 1
fi
say "the binary is static: $(du -h "$binary" | cut -f1)"

name=tollgate-$version-$machine-linux
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/$name/man" "$stage/$name/completions" "$out"
install -m 755 "$binary" "$stage/$name/tollgate"
install -m 644 LICENSE README.md SECURITY.md CHANGELOG.md Containerfile "$stage/$name"
"$binary" man "$stage/$name/man"
for shell in bash zsh fish; do
  "$binary" completions "$shell" >"$stage/$name/completions/tollgate.$shell"
done
# The same bytes for the same commit: no times, owners or order of the machine.
when=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
tar --sort=name --mtime="@$when" --owner=0 --group=0 --numeric-owner --mode='u+rwX,go+rX,go-w' \
  -C "$stage" -cf - "$name" | gzip -n9 >"$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >SHA256SUMS)
say "wrote $out/$name.tar.gz and $out/SHA256SUMS"
