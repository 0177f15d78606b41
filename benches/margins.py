#!/usr/bin/env python3
"""Measures how far inside its limits each hostile policy ends: wall, CPU, peak memory.

The tests build the policies; this runs `check` on each alone, beside the built-in ones,
cold and with what the first run has cached:

    TOLLGATE_KEEP_HOSTILE=$PWD/target/hostile cargo test --release --package tollgate \\
        --test integration -- hostile::
    benches/margins.py

usage: margins.py [FOLDER [TOLLGATE]]
"""
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run import ROOT, measure  # noqa: E402

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/hostile")
tollgate = sys.argv[2] if len(sys.argv) > 2 else str(ROOT / "target/release/tollgate")
plan = str(ROOT / "examples/plans/production.json")
print("| policy | exit | cold wall ms | CPU ms | peak MB | warm wall ms |")
print("|---|---|---|---|---|---|")
rows = []
for case in sorted(path for path in folder.iterdir() if (path / "hostile.wasm").exists()):
    for kept in ("cache", "state"):
        shutil.rmtree(case / kept, ignore_errors=True)
    environment = {**os.environ, "XDG_CACHE_HOME": str(case / "cache"), "XDG_STATE_HOME": str(case / "state")}
    command = [tollgate, "check", "--today", "2026-11-21", plan]
    cold = measure(command, cwd=case, environment=environment)
    warm = measure(command, cwd=case, environment=environment)
    rows.append((case.name, cold, warm))
    print(f"| {case.name} | {cold[3]} | {cold[0] * 1000:.0f} | {cold[1] * 1000:.0f} | {cold[2] / 1e6:.0f} | {warm[0] * 1000:.0f} |")
if not rows:
    sys.exit(f"error: no hostile policies in {folder}; see --help in the first lines of this file")
print(f"\nslowest: {max(rows, key=lambda row: row[1][0])[0]}; largest: {max(rows, key=lambda row: row[1][2])[0]}; all refused: {all(row[1][3] == 4 for row in rows)}")
