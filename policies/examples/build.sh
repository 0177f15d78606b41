#!/usr/bin/env bash
# Builds the example policies, and the tests' guests that are WASI commands too, into
# target/policies. Needs Go, and clang with wasi-libc; on Debian as root it installs the
# latter. What cannot be built here is left out, and said so.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p target/policies

say() { echo "$1: $(wc -c <"target/policies/$1.wasm") bytes"; }

if command -v go >/dev/null; then
    policies/examples/go/build.sh target/policies/owner-tag-go.wasm
    (cd tests/guests/escape/go && GOOS=wasip1 GOARCH=wasm go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o ../../../../target/policies/escape-go.wasm .)
    say owner-tag-go
    say escape-go
else
    echo "owner-tag-go, escape-go: not built, there is no Go"
fi

if [ ! -d /usr/lib/wasm32-wasi ] && [ -z "${CC:-}" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    runtime=$(apt-cache search --names-only '^libclang-rt-[0-9]+-dev-wasm32$' | sort -V | cut -d' ' -f1)
    version=$(apt-cache policy clang | sed -n 's/ *Candidate: [0-9]*:*\([0-9]*\).*/\1/p')
    case $runtime in
        *"libclang-rt-$version-dev-wasm32"*) runtime=libclang-rt-$version-dev-wasm32 ;;
        *) runtime= ;;
    esac
    # shellcheck disable=SC2086 # nothing is no package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq clang lld wasi-libc $runtime >/dev/null || true
fi
if [ -d /usr/lib/wasm32-wasi ] || [ -n "${CC:-}" ]; then
    policies/examples/c/build.sh target/policies/owner-tag-c.wasm
    flags=()
    if [ -d /usr/lib/wasm32-wasi ]; then
        flags=(--sysroot=/ -isystem /usr/include/wasm32-wasi -L/usr/lib/wasm32-wasi)
    fi
    "${CC:-clang}" --target=wasm32-wasi "${flags[@]}" -Wall -Wextra -O1 -s -o target/policies/escape-c.wasm tests/guests/escape/c/escape.c
    say owner-tag-c
    say escape-c
else
    echo "owner-tag-c, escape-c: not built, there is no clang with wasi-libc"
fi
