#!/usr/bin/env bash
# Builds what `tollgate policy new` makes, in Go, in C and in Java, and the tests' guests that are WASI
# commands too, into target/policies. Needs Go, clang with wasi-libc, and Maven with a JDK; on Debian as root it
# installs the latter. What cannot be built here is left out, and said so.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p target/policies
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { echo "$1: $(wc -c <"target/policies/$1.wasm") bytes"; }

# The tests have built it already, and say where.
if [ -z "${TOLLGATE:-}" ]; then
    cargo build --release --quiet --locked --package tollgate
    TOLLGATE=target/release/tollgate
fi

# As an author begins: the same files, the same compiler options.
example() {
    mkdir "$scratch/$1"
    "$TOLLGATE" policy new owner-tag --lang "$1" --in "$scratch/$1" >/dev/null
    "$TOLLGATE" policy build "$scratch/$1/owner-tag" --output "target/policies/owner-tag-$1.wasm" >/dev/null
    say "owner-tag-$1"
}

if command -v go >/dev/null; then
    example go
    (cd tests/guests/escape/go && GOOS=wasip1 GOARCH=wasm go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o ../../../../target/policies/escape-go.wasm .)
    say escape-go
else
    echo "owner-tag-go, escape-go: not built, there is no Go"
fi

if command -v mvn >/dev/null && { command -v javac >/dev/null || [ -x "${JAVA_HOME:-}/bin/javac" ]; }; then
    # `policy build` has Maven download nothing, so what pom.xml names is fetched here, once.
    fetched=true
    if [ ! -d "${HOME:-}/.m2/repository/org/teavm/teavm-maven-plugin/0.10.2" ]; then
        mkdir "$scratch/fetch"
        "$TOLLGATE" policy new owner-tag --lang java --in "$scratch/fetch" >/dev/null
        (cd "$scratch/fetch/owner-tag" && mvn --batch-mode --quiet package) || fetched=false
    fi
    if $fetched; then
        example java
    else
        echo "owner-tag-java: not built, Maven cannot fetch what pom.xml names"
    fi
else
    echo "owner-tag-java: not built, there is no Maven with a JDK"
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
    flags=(--target=wasm32-wasi)
    libraries=()
    if [ -d /usr/lib/wasm32-wasi ]; then
        flags+=(--sysroot=/ -isystem /usr/include/wasm32-wasi)
        libraries=(-L/usr/lib/wasm32-wasi)
    fi
    # A build that ends well shows no warnings, and authors should begin without any.
    "${CC:-clang}" "${flags[@]}" -std=c11 -Wall -Wextra -Werror -I policies/helpers/c -fsyntax-only host/templates/c/policy.c
    example c
    "${CC:-clang}" "${flags[@]}" "${libraries[@]}" -Wall -Wextra -O1 -s -o target/policies/escape-c.wasm tests/guests/escape/c/escape.c
    say escape-c
else
    echo "owner-tag-c, escape-c: not built, there is no clang with wasi-libc"
fi
