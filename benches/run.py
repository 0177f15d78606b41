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
    (10, "mixed", 3, 50, 64),
    (150, "dense", 5, 100, None),
    (10_000, "bare", 8, 150, None),
    (100_000, "bare", 8, 1000, "1.5x"),
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


def configuration(policies, changes=0):
    """Three policies are the built-in ones; more are copies of them, loaded as modules."""
    names = ["alarm-presence", "cost-cap", "deletion-protection"]
    lines = ["[environments.production]", "protected = true", ""]
    if changes >= 100_000:
        # So much is over the default budget of a call.
        lines += ["[limits]", "fuel = 50_000_000_000", "deadline-seconds = 60", ""]
    for number in range(3, policies):
        name = names[number % 3]
        lines += [f"[policies.{name}-{number}]", f'source = "{ROOT}/policies/dist/{name}.wasm"']
        if name == "cost-cap":
            lines.append(f'documents = {{ price-book = "{ROOT}/policies/cost-cap/price-book.json" }}')
        lines.append("")
    path = WORK / f"{policies}-policies-{changes}.toml"
    path.write_text("\n".join(lines))
    return path


def show(title, row, note=""):
    wall, cpu, peak, code = row
    print(f"| {title} | {wall * 1000:.1f} | {cpu * 1000:.1f} | {peak / 1e6:.0f} | {code} | {note} |")


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
    # A plan that is refused unread costs less than one that is judged.
    judged = (0, 1, 5)
    for changes, shape, policies, budget, memory in BUDGETS:
        if changes >= 100_000 and not arguments.large:
            continue
        path = plan(changes, shape)
        config = configuration(policies, changes)
        size = path.stat().st_size
        check = [arguments.tollgate, "check", "-e", "production", "--config", str(config), str(path)]
        rounds = max(3, arguments.rounds // (1 + changes // 10_000))
        touch, typed, gate = best([[floor, "touch", path], [floor, "typed", path], check], rounds)
        if gate[3] not in judged:
            sys.exit(f"error: {path} was not judged: exit code {gate[3]}")
        name = f"{changes:,} changes, {size / 1e6:.2f} MB"
        show(f"{name}: touch every byte", touch)
        show(f"{name}: typed parse", typed)
        note = f"{gate[1] / typed[1]:.1f} x typed parse CPU; budget {budget} ms: " + ("holds" if gate[0] * 1000 <= budget else "MISSED")
        if memory:
            limit = memory * 1e6 if isinstance(memory, int) else 1.5 * size
            note += f"; memory {gate[2] / size:.2f} x file, budget {limit / 1e6:.0f} MB: " + ("holds" if gate[2] <= limit else "MISSED")
        show(f"{name}: check, {policies} policies", gate, note)
    if arguments.peers:
        peers(arguments)


def peers(arguments):
    """The same rule on the same plans: a DynamoDB table must have deletion protection."""
    rules = HERE / "peers"
    alone = WORK / "deletion-protection-only.toml"
    alone.write_text("""[environments.production]
protected = true

[policies.alarm-presence]
enabled = false

[policies.cost-cap]
enabled = false
""")
    for changes in (150, 10_000):
        path = plan(changes, "dense")
        check = [arguments.tollgate, "check", "-e", "production"]
        commands = {
            "tollgate, deletion-protection alone": [*check, "--config", str(alone), str(path)],
            "tollgate, all three policies": [*check, "--config", str(configuration(3)), str(path)],
            "conftest": [str(PEERS / "bin/conftest"), "test", "--policy", str(rules / "deny.rego"), "--parser", "json", str(path)],
            "opa eval": [str(PEERS / "bin/opa"), "eval", "--data", str(rules / "deny.rego"), "--input", str(path), "data.main.deny"],
            "regorus": [str(PEERS / "bin/regorus-eval"), str(rules / "deny.rego"), str(path)],
            "checkov": [str(PEERS / "checkov/bin/checkov"), "--file", str(path), "--framework", "terraform_plan", "--external-checks-dir",
                        str(rules / "checkov"), "--check", "CKV2_TOLLGATE_1", "--compact", "--quiet"],
        }
        present = {name: command for name, command in commands.items() if os.access(command[0], os.X_OK)}
        for name in commands.keys() - present.keys():
            print(f"(not measured, not installed: {name})")
        rows = best(list(present.values()), 3)
        base = rows[0]
        for name, row in zip(present, rows):
            show(f"{changes:,} changes, {path.stat().st_size / 1e6:.1f} MB: {name}", row, f"{row[0] / base[0]:.1f} x Tollgate's wall time")


main()
