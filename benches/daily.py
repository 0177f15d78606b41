#!/usr/bin/env python3
"""Measures what people do with secrets files every day, as whole processes beside the real sops: one value
set, one line edited, a new data key, in a file of 5,000 values; and new data keys for 500 files at once.

Each run gets fresh copies, and its result is opened by the other program afterwards. The figure shown is the
minimum of the rounds. Needs .tools/bin/sops (secrets/tests/sops-binary.sh).

usage: daily.py [--rounds N] [--tollgate FILE]
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from run import ROOT, measure

VALUES = 5_000
FILES = 500


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tollgate", type=pathlib.Path, default=ROOT / "target/release/tollgate")
    parser.add_argument("--sops", type=pathlib.Path, default=ROOT / ".tools/bin/sops")
    arguments = parser.parse_args()
    for program in (arguments.tollgate, arguments.sops):
        if not program.is_file():
            sys.exit(f"error: {program} is not there; build it, or name it with --tollgate or --sops")
    ours, theirs = str(arguments.tollgate.resolve()), str(arguments.sops.resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "SOPS_AGE_KEY_FILE": str(folder / "key.txt")}
        original = prepare(folder / "original", ours, theirs, environment)
        editor = folder / "editor"
        editor.write_text("#!/bin/sh\nsed -i 's/of a usual length 17$/of another length/' \"$1\"\n")
        editor.chmod(0o755)
        editing = environment | {"EDITOR": str(editor), "VISUAL": str(editor)}
        files = [f"many/{nth}.yaml" for nth in range(FILES)]
        value = folder / "value"
        value.write_text("another")
        rows = [
            (f"set one of {VALUES:,}", environment,
             ["sh", "-c", f'"{ours}" secrets set large.yaml key_17 <"{value}"'],
             ["sh", "-c", f'"{theirs}" set --value-file large.yaml \'["key_17"]\' "{value}.json"']),
            (f"edit one of {VALUES:,}", editing, [ours, "secrets", "edit", "large.yaml"],
             [theirs, "edit", "large.yaml"]),
            (f"rotate {VALUES:,} values", environment, [ours, "secrets", "rotate", "large.yaml"],
             [theirs, "rotate", "--in-place", "large.yaml"]),
            (f"rotate {FILES} files", environment, [ours, "secrets", "rotate", *files],
             ["sh", "-c", f'for file in many/*.yaml; do "{theirs}" rotate --in-place "$file" || exit 1; done']),
        ]
        (folder / "value.json").write_text('"another"')
        print("| what | tollgate, ms | sops, ms | times as fast |\n|---|---|---|---|")
        for name, variables, mine, other in rows:
            best = []
            for command in (mine, other):
                times = []
                for _ in range(arguments.rounds):
                    work = folder / "work"
                    shutil.rmtree(work, ignore_errors=True)
                    shutil.copytree(original, work)
                    wall, _, _, code = measure(command, cwd=work, environment=variables)
                    if code != 0:
                        sys.exit(f"error: {name}: {command[:3]} ended with {code}")
                    times.append(wall)
                opens(work, theirs if command is mine else ours, environment, original)
                best.append(min(times) * 1000)
            print(f"| {name} | {best[0]:.0f} | {best[1]:.0f} | {best[1] / best[0]:.1f} |")


def prepare(folder, ours, theirs, environment):
    """A project with one large file and many small ones, all written by sops."""
    (folder / "many").mkdir(parents=True)
    (folder / ".git").mkdir()
    key = folder.parent / "key.txt"
    subprocess.run([ours, "secrets", "keygen", "--output", key], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    recipient = key.read_text().split("public key: ")[1].split()[0]
    (folder / ".sops.yaml").write_text(f"creation_rules:\n  - age: {recipient}\n")
    (folder / "large.yaml").write_text(
        "".join(f"key_{nth}: a secret of a usual length {nth}\n" for nth in range(VALUES)))
    for nth in range(FILES):
        (folder / f"many/{nth}.yaml").write_text("".join(f"key_{each}: a secret {nth} {each}\n" for each in range(10)))
    for file in ["large.yaml", *(f"many/{nth}.yaml" for nth in range(FILES))]:
        subprocess.run([theirs, "encrypt", "--in-place", file], cwd=folder, env=environment, check=True)
    return folder


def opens(work, program, environment, original):
    """What one program has written opens with the other one, and is not what was there before."""
    subcommand = ["decrypt"] if program.endswith("sops") else ["secrets", "decrypt"]
    changed = [file for file in [work / "large.yaml", *sorted((work / "many").iterdir())[:3]]
               if file.read_bytes() != (original / file.relative_to(work)).read_bytes()]
    if not changed:
        sys.exit("error: nothing was written")
    for file in changed:
        subprocess.run([program, *subcommand, str(file.relative_to(work))], cwd=work, env=environment, check=True,
                       stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
