#!/usr/bin/env bash
# Builds this policy with Go's own compiler and nothing but its standard library.
set -euo pipefail
output=$(realpath -m "${1:-owner-tag.wasm}")
cd "$(dirname "$0")"
GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0 GOFLAGS=-mod=mod \
    go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o "$output" .
