#!/usr/bin/env python3
"""Shows what programs that others wrote make of our artifacts, and prints a Markdown table of it.

usage: readers.py --exe target/debug/netflix [--project DIR ...] [--venvs DIR] [--reader NAME ...]
                  [--elementary DIR] [--keep DIR]

Each project is copied, built, documented and asked for its sources' freshness by EXE; then every reader reads the
artifacts from a Python environment of its own, which is made with pip where it is missing. --elementary names a
checkout of elementary's dbt package; without it that reader is left out. EXE may be dbt itself, as a control.

Exit status 0: no reader complained.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DBT = ["dbt-core==1.12.6", "dbt-duckdb==1.11.1"]

# reader: what pip installs for it; the first names the tool and its version in the table.
READERS = {
    "jsonschema": ["jsonschema==4.26.0", *DBT],
    "dbt-core": DBT,
    "dbt-semantic-interfaces": ["dbt-semantic-interfaces", *DBT],
    "dbt-artifacts-parser": ["dbt-artifacts-parser==0.15.0"],
    "astronomer-cosmos": ["astronomer-cosmos==1.15.1"],
    "dagster-dbt": ["dagster-dbt==0.29.27", *DBT],
    "recce": ["recce==1.69.1", *DBT],
    "elementary-data": ["elementary-data==0.26.1", *DBT],
    "openlineage-dbt": ["openlineage-dbt==1.54.0"],
    "dbt-coverage": ["dbt-coverage==0.5.0"],
    "dbt-colibri": ["dbt-colibri==0.3.7"],
    "dbt-bouncer": ["dbt-bouncer==4.3.0"],
}
# A project whose sources are fresh, stale and from the future; a folder of it here would belong to this repository's own
# project.
FRESHNESS = {
    "dbt_project.yml": """\
# A project with one source whose freshness is looked at, and one table for each state that it can be in.
name: freshness
profile: freshness
version: "1.0.0"
""",
    "models/orders.sql": """\
select id, loaded_at from {{ source('shop', 'raw_orders') }}
""",
    "models/shop.yml": """\
sources:
  - name: shop
    schema: "{{ target.schema }}"
    config:
      loaded_at_field: loaded_at
      freshness: {warn_after: {count: 1, period: day}, error_after: {count: 36500, period: day}}
    tables:
      - name: raw_orders
      - name: raw_returns
        config:
          freshness: {error_after: {count: 1, period: hour}}
      - name: raw_future
models:
  - name: orders
    description: One row for each order.
    columns:
      - name: id
        description: Its number.
        data_tests: [unique, not_null]
""",
    "profiles.yml": """\
freshness:
  target: local
  outputs:
    local: {type: duckdb, path: freshness.duckdb, threads: 2}
""",
    "seeds/raw_future.csv": """\
id,loaded_at
1,2999-01-01 10:00:00
""",
    "seeds/raw_orders.csv": """\
id,loaded_at
1,2020-01-01 10:00:00
2,2020-01-02 10:00:00
""",
    "seeds/raw_returns.csv": """\
id,loaded_at
1,2020-01-01 10:00:00
""",
}
LEFT_OUT = shutil.ignore_patterns(".git", "target", "logs", ".venv", "node_modules", "*.duckdb")
# dbt-core names a package that fetches a program when it is installed; nothing here uses it.
OVERRIDE = "dbt-core-experimental-parser ; sys_platform == 'never'\n"


def written(folder):
    """The small project, written into a folder."""
    for name, text in FRESHNESS.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def environment(venvs, reader):
    """The Python of a reader's environment, made where it is missing."""
    venv = venvs / reader
    python = venv / "bin" / "python"
    ready = venv / "ready.txt"
    wanted = "\n".join(READERS[reader])
    if ready.exists() and ready.read_text() == wanted:
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
    override = venv / "override.txt"
    override.write_text(OVERRIDE)
    subprocess.run([python, "-m", "uv", "pip", "install", "--quiet", "--python", python, "--override", override,
                    *READERS[reader]], check=True)
    ready.write_text(wanted)
    return python


def prepare(project, place, exe, elementary):
    """A copy of the project whose artifacts lie in `target` and, the same again, in `target-base`."""
    copy = place / project.name
    shutil.copytree(project, copy, ignore=LEFT_OUT)
    if not (copy / "dbt_project.yml").exists():
        shutil.move(copy / "project.yml", copy / "dbt_project.yml")
    if elementary:
        packages = copy / "packages.yml"
        text = packages.read_text() if packages.exists() else "packages:\n"
        packages.write_text(text + f"  - local: {elementary}\n")
    for line in (copy / "packages.yml").read_text().splitlines() if (copy / "packages.yml").exists() else []:
        name = line.split("local:")[-1].strip()
        if "local:" in line and not os.path.isabs(name):
            # A package beside the project stays where it is.
            if (project / name).exists() and not (copy / name).exists():
                text = (copy / "packages.yml").read_text()
                (copy / "packages.yml").write_text(text.replace(name, str((project / name).resolve())))
    commands = [["deps"]] if (copy / "packages.yml").exists() else []
    if "load_source_data" in (copy / "dbt_project.yml").read_text():
        # jaffle-shop loads its raw data only where this is said.
        commands.append(["seed", "--vars", "{load_source_data: true}"])
    commands += [["build"], ["source", "freshness"], ["docs", "generate"]]
    for command in commands:
        done = subprocess.run([*exe, *command], cwd=copy, capture_output=True, text=True)
        print(f"{project.name}: {' '.join(command)}: exit {done.returncode}", file=sys.stderr)
        if done.returncode > 1:
            sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
        if command == ["build"]:
            results = (copy / "target" / "run_results.json").read_bytes()
    (copy / "target" / "run_results.json").write_bytes(results)
    shutil.copytree(copy / "target", copy / "target-base")
    return copy


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exe", required=True, help="a command line")
    parser.add_argument("--project", action="append", type=Path,
                        help="default: this repository, and a small project with fresh and stale sources")
    parser.add_argument("--venvs", type=Path, default=ROOT / "target" / "readers")
    parser.add_argument("--reader", action="append", choices=sorted(READERS))
    parser.add_argument("--elementary", type=Path)
    parser.add_argument("--keep", type=Path, help="where the copies of the projects stay")
    args = parser.parse_args()
    exe = args.exe.split()
    exe[0] = str(Path(exe[0]).resolve()) if os.path.exists(exe[0]) else exe[0]
    readers = args.reader or [name for name in READERS if name != "elementary-data" or args.elementary]
    place = args.keep or Path(tempfile.mkdtemp(prefix="readers-"))
    place.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, DO_NOT_TRACK="1", DBT_SEND_ANONYMOUS_USAGE_STATS="false", READER_EXE=json.dumps(exe))
    complaints = 0
    print("| tool | version | project | read | result |\n| --- | --- | --- | --- | --- |")
    for project in [path.resolve() for path in args.project or [ROOT, written(place / "made" / "freshness")]]:
        plain = prepare(project, place, exe, None)
        for reader in readers:
            copy = plain
            if reader == "elementary-data":
                copy = prepare(project, place / "elementary", exe, args.elementary.resolve())
            python = environment(args.venvs.resolve(), reader)
            bin_first = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run([python, HERE / "probes.py", reader], cwd=copy, text=True, capture_output=True,
                                  env=dict(env, PATH=bin_first, VIRTUAL_ENV=str(python.parent.parent)))
            (place / f"{project.name}.{reader}.txt").write_text(done.stdout + done.stderr)
            rows = [json.loads(line[5:]) for line in done.stdout.splitlines() if line.startswith("ROW: ")]
            if done.returncode:
                lines = [line for line in done.stderr.splitlines() if line.strip()]
                rows.append({"version": "", "read": "-", "ok": False, "result": lines[-1] if lines else "no output"})
            for row in rows:
                complaints += not row["ok"]
                mark = "" if row["ok"] else "**complains**: "
                print(f"| {reader} | {row['version']} | {project.name} | {row['read']} | {mark}{row['result']} |",
                      flush=True)
    print(f"{complaints} complaints; what each reader printed: {place}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
