#!/usr/bin/env bash
# Builds every first-party policy to a component in target/policies, and with
# --dist also into policies/dist, which the host embeds.
#
# Works with either toolchain that can target wasm32-unknown-unknown:
#   rustup    after `rustup target add wasm32-unknown-unknown`
#   Debian    packages rustc-web, cargo-web and rust-web-src; the standard library
#             is built from source, and the linker comes from rustup's toolchain
set -euo pipefail
cd "$(dirname "$0")/.."

dist=false
for argument in "$@"; do
    case $argument in
        --dist) dist=true ;;
        *) echo "usage: policies/build.sh [--dist]" >&2; exit 2 ;;
    esac
done

target=wasm32-unknown-unknown
# Every folder that makes a module; the others are what they share.
policies=()
for manifest in policies/*/Cargo.toml; do
    if grep -q '^crate-type.*"cdylib"' "$manifest"; then policies+=("$(basename "$(dirname "$manifest")")"); fi
done
# Policies that only the tests load.
guests=(misbehave)
sysroot=$(rustc --print sysroot)
packages=()
for policy in "${policies[@]}" "${guests[@]}"; do packages+=(--package "$policy"); done

if [ -d "$sysroot/lib/rustlib/$target" ]; then
    toolchain=rustup
    cargo build --profile policy --target "$target" --target-dir target/wasm --locked "${packages[@]}"
else
    toolchain=debian
    missing=()
    for package in rustc-web cargo-web rust-web-src; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
            echo "error: no toolchain for $target; run: rustup target add $target" >&2
            exit 1
        fi
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
    fi
    host=$(rustc -vV | sed -n 's/^host: //p')
    # Debian's cargo must come first on the path, or it starts rustup's rustc.
    env -u RUSTUP_TOOLCHAIN -u RUSTC PATH="/usr/bin:$PATH:$sysroot/lib/rustlib/$host/bin" RUSTC_BOOTSTRAP=1 \
        /usr/bin/cargo build --profile policy --target "$target" --target-dir target/wasm --locked \
        -Z build-std=std,panic_abort "${packages[@]}"
fi

# The tests have built it already, and say where.
if [ -z "${TOLLGATE:-}" ]; then
    cargo build --release --quiet --locked --package tollgate
    TOLLGATE=target/release/tollgate
fi
mkdir -p target/policies policies/dist
for policy in "${policies[@]}" "${guests[@]}"; do
    module=target/wasm/$target/policy/${policy//-/_}.wasm
    "$TOLLGATE" policy pack "$module" --output "target/policies/$policy.wasm"
    if $dist && [[ " ${policies[*]} " == *" $policy "* ]]; then
        cp "target/policies/$policy.wasm" "policies/dist/$policy.wasm"
        policies/source-digest.sh "$policy" > "policies/dist/$policy.source"
        # What it says of itself, so that the host need not load it to know.
        "$TOLLGATE" policy inspect --raw "target/policies/$policy.wasm" > "policies/dist/$policy.json"
    fi
    echo "$policy: $(wc -c < "target/policies/$policy.wasm") bytes, built with the $toolchain toolchain"
done
