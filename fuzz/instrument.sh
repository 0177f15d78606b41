#!/bin/sh
# A RUSTC_WORKSPACE_WRAPPER: instruments our own crates for libFuzzer and leaves the
# dependencies as the release build made them, so that wasmtime is not built again.
# A build script runs on its own, without the fuzzer that the counters report to.
case " $* " in *" build_script_build "*) exec "$@" ;; esac
exec "$@" --cfg fuzzing -Ccodegen-units=1 -Cdebug-assertions=on -Coverflow-checks=on \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
