#!/usr/bin/env python3
"""Measures whole processes: wall time, CPU time, peak memory. Needs nothing but Python.

Every row names its command. Ratios are against commands that ran in the same round, so
that a busy machine slows both. The figure shown is the minimum of the rounds.

usage: run.py [--rounds N] [--tollgate FILE] [--large] [--peers]

  --large  also the plans of 100,000 changes (several hundred megabytes in target/benches)
  --peers  also conftest, opa, regorus and checkov, which benches/peers.sh installs
"""
import argparse
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "target/benches"
PEERS = ROOT / ".tools"

# changes, shape, policies, budget in milliseconds of wall time, budget in MB
BUDGETS = [
    (10, "mixed", 14, 8, 32),
    (150, "dense", 14, 100, None),
    (10_000, "bare", 14, 150, None),
    (10_000, "dense", 14, None, None),
    (100_000, "bare", 14, 1000, "1.5x"),
]


def measure(command, cwd=ROOT, environment=None):
    """Runs a command and returns (wall seconds, CPU seconds, peak bytes, exit code)."""
    import time
    null = os.open(os.devnull, os.O_RDWR)
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(cwd)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.execvpe(command[0], command, environment or os.environ)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(null)
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)


def best(commands, rounds):
    """Measures several commands in turn, and returns the minimum of each."""
    results = [[] for _ in commands]
    for _ in range(rounds):
        for index, command in enumerate(commands):
            results[index].append(measure(command))
    rows = []
    for result in results:
        codes = {run[3] for run in result}
        if len(codes) != 1 or codes & {127}:
            sys.exit(f"error: a command ended differently from run to run: {codes}")
        rows.append((min(r[0] for r in result), min(r[1] for r in result), max(r[2] for r in result), codes.pop()))
    return rows


def plan(changes, shape):
    path = WORK / f"{shape}-{changes}.json"
    if not path.exists():
        with open(path, "wb") as out:
            subprocess.run([sys.executable, HERE / "generate.py", str(changes), "--shape", shape], check=True, stdout=out)
    return path


def configuration(name, *lines):
    """A configuration on default limits; without lines, what runs where nothing is configured."""
    path = WORK / f"{name}.toml"
    path.write_text("\n".join(["[environments.production]", "protected = true", "", *lines, ""]))
    return path


def only(*names):
    """A configuration that runs these of the built-in policies and no others."""
    known = sorted(path.stem for path in (ROOT / "policies/dist").glob("*.wasm"))
    lines = [f"[policies.{name}]\nenabled = {str(name in names).lower()}\n" for name in known]
    return configuration("-".join(names), *lines)


def show(title, row, note=""):
    wall, cpu, peak, code = row
    print(f"| {title} | {wall * 1000:.1f} | {cpu * 1000:.1f} | {peak / 1e6:.0f} | {code} | {note} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tollgate", default=str(ROOT / "target/release/tollgate"))
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    floor = ROOT / "target/release/examples/floor"
    for program in (arguments.tollgate, floor):
        if not os.access(program, os.X_OK):
            sys.exit(f"error: {program} is missing: cargo build --release --package tollgate --bins --examples")
    WORK.mkdir(parents=True, exist_ok=True)
    print("| what | wall ms | CPU ms | peak MB | exit | against |")
    print("|---|---|---|---|---|---|")
    for changes, shape, policies, budget, memory in BUDGETS:
        if changes >= 100_000 and not arguments.large:
            continue
        path = plan(changes, shape)
        size = path.stat().st_size
        check = [arguments.tollgate, "check", "-e", "production", "--config", str(configuration("default")), str(path)]
        rounds = max(3, arguments.rounds // (1 + changes // 10_000))
        touch, typed, gate = best([[floor, "touch", path], [floor, "typed", path], check], rounds)
        judged(gate, path)
        name = f"{changes:,} changes, {shape}, {size / 1e6:.2f} MB"
        show(f"{name}: touch every byte", touch)
        show(f"{name}: typed parse", typed)
        note = f"{gate[1] / typed[1]:.1f} x typed parse CPU"
        if budget:
            note += f"; budget {budget} ms: " + ("holds" if gate[0] * 1000 <= budget else "MISSED")
        if memory:
            limit = memory * 1e6 if isinstance(memory, int) else 1.5 * size
            note += f"; memory {gate[2] / size:.2f} x file, budget {limit / 1e6:.0f} MB: " + ("holds" if gate[2] <= limit else "MISSED")
        show(f"{name}: check, {policies} policies", gate, note)
    if arguments.peers:
        peers(arguments)


def judged(row, path):
    """Ends the run for a plan that was refused unread or unjudged: that takes less than judging it."""
    if row[3] not in (0, 1, 5):
        sys.exit(f"error: {path} was not judged: exit code {row[3]}")


def peers(arguments):
    """Rules that all can express, on the same plans: that a table has deletion protection, alone; and three
    (deletion protection and deletes, an alarm for each function and queue, a cost cap) together."""
    rules = HERE / "peers"
    sizes = (10, 150, 10_000, 100_000) if arguments.large else (10, 150, 10_000)
    for changes in sizes:
        path = plan(changes, "dense")
        check = [arguments.tollgate, "check", "-e", "production", "--config"]
        rego = lambda file: {
            "conftest": [str(PEERS / "bin/conftest"), "test", "--policy", str(rules / file), "--parser", "json", str(path)],
            "opa eval": [str(PEERS / "bin/opa"), "eval", "--data", str(rules / file), "--input", str(path), "data.main.deny"],
            "regorus": [str(PEERS / "bin/regorus-eval"), str(rules / file), str(path)],
        }
        one = {
            "tollgate": [*check, str(only("deletion-protection")), str(path)],
            **rego("deny.rego"),
            "checkov": [str(PEERS / "checkov/bin/checkov"), "--file", str(path), "--framework", "terraform_plan", "--external-checks-dir",
                        str(rules / "checkov"), "--check", "CKV2_TOLLGATE_1", "--compact", "--quiet"],
        }
        if changes > 10_000:
            # Over a hundred seconds and two gigabytes at a tenth of it.
            del one["checkov"]
        three = {
            "tollgate": [*check, str(only("alarm-presence", "cost-cap", "deletion-protection")), str(path)],
            **rego("three.rego"),
        }
        for title, commands in (("one rule", one), ("three rules", three)):
            present = {name: command for name, command in commands.items() if os.access(command[0], os.X_OK)}
            for name in commands.keys() - present.keys():
                print(f"(not measured, not installed: {name})")
            rows = best(list(present.values()), 3)
            judged(rows[0], path)
            for name, row in zip(present, rows):
                ratio = f"{row[0] / rows[0][0]:.1f} x Tollgate's wall time"
                show(f"{title}, {changes:,} changes, {path.stat().st_size / 1e6:.1f} MB: {name}", row, ratio)

if __name__ == "__main__":
    main()
