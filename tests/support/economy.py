"""What a build on Snowflake costs in statements and time, here and with dbt-snowflake, on the test server.

    python economy.py PROJECT --exe target/debug/netflix [--dbt .../bin/dbt] [--select a b] [--before 'seed ..']
                              [--own=--no-load] [--latency 200] [--threads 1 4] [--each]

PROJECT is the folder of a project whose SQL runs on Snowflake; it is copied and left alone. Each program gets a server
and a copy of its own and runs, for each number of threads: the commands of --before (not counted), `build`, `build`
again, and `build --select` of the given models. The server (`fakesnow_json.py`, with the Python that runs this script)
counts what it is sent; --latency adds milliseconds to every answer, as a warehouse far away would. Statements that the
server refused are told of: it cannot run everything that Snowflake can.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SERVER = Path(__file__).with_name("fakesnow_json.py")
PROFILE = """\
{name}:
  target: economy
  outputs:
    economy: {{type: snowflake, account: test, user: tester, password: secret, host: 127.0.0.1, port: {port},
      protocol: http, database: ECONOMY, schema: DEV, warehouse: WH, role: SYSADMIN, threads: {threads}}}
"""


class Server:
    """The test server, for one program."""

    def __init__(self) -> None:
        environment = os.environ | {"NO_PROXY": "127.0.0.1"}
        self.process = subprocess.Popen(
            [sys.executable, str(SERVER)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
        )
        line = self.process.stdout.readline()
        self.address = line.strip().removeprefix("LISTENING ")
        self.port = int(self.address.rsplit(":", 1)[1])
        for _ in range(600):
            try:
                self.door("log")
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server does not answer")

    def door(self, name: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/_test/{name}", data)) as answer:
            return json.load(answer)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def kind(sql: str) -> str:
    """What a statement is, in few words."""
    text = re.sub(r"/\*.*?\*/|--[^\n]*", " ", sql, flags=re.S).lower()
    if "should_warn" in text and "should_error" in text:
        return "tests"
    words = text.replace("(", " ").split()[:4]
    first = words[0] if words else "nothing"
    if first in ("create", "alter", "show"):
        wanted = ("table", "view", "schema", "session", "objects", "schemas", "functions")
        words = [word for word in text.replace("(", " ").split()[:6] if word in wanted]
        return f"{first} {words[0] if words else ''}".strip()
    return "select" if first == "with" else first


def project_name(project: Path) -> str:
    for name in ("dbt_project.yml", "project.yml"):
        if (project / name).exists():
            found = re.search(r"^profile:\s*['\"]?([\w-]+)", (project / name).read_text(), re.M)
            return found[1] if found else "default"
    raise SystemExit(f"there is no project in {project}")


def run(command: list[str], folder: Path) -> tuple[float, str]:
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "NO_COLOR": "1"}
    begun = time.monotonic()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - begun
    text = ended.stdout + ended.stderr
    done = re.findall(r"(PASS=\d+ .*?TOTAL=\d+)", text)
    if not done and ended.returncode:
        sys.stderr.write(text[-3000:])
    return seconds, done[-1] if done else f"exit {ended.returncode}"


def measure(program: str, exe: str, threads: int, given: argparse.Namespace) -> list[dict]:
    server = Server()
    work = Path(tempfile.mkdtemp(prefix="economy-"))
    try:
        project = work / "project"
        ignored = shutil.ignore_patterns("target", "logs", ".git", "*.duckdb")
        shutil.copytree(given.project, project, ignore=ignored)
        if program == "dbt" and not (project / "dbt_project.yml").exists():
            # dbt knows the file by its own name, and no key that says what SQL the models are written in.
            text = (project / "project.yml").read_text()
            (project / "dbt_project.yml").write_text(re.sub(r"^dialect:.*\n", "", text, flags=re.M))
        text = PROFILE.format(name=project_name(project), port=server.port, threads=threads)
        (project / "profiles.yml").write_text(text)
        for before in given.before:
            _, ended = run([exe, *shlex.split(before)], project)
            print(f"{program}: {before}: {ended}", file=sys.stderr)
        steps = [("first build", ["build"]), ("second build", ["build"])]
        if given.select:
            steps.append((f"build of {len(given.select)} models", ["build", "--select", *given.select]))
        found = []
        for name, arguments in steps:
            server.door("reset", {})
            server.door("latency", {"ms": given.latency})
            own = given.own.split() if program == "netflix" else []
            seconds, ended = run([exe, *arguments, *own], project)
            log, sessions = server.door("log"), server.door("sessions")
            refused = [entry for entry in log if entry["code"]]
            found.append(
                {"step": name, "program": program, "threads": threads, "seconds": seconds, "ended": ended, "log": log}
                | {"logins": sessions["logins"], "refused": refused}
            )
            for entry in refused:
                print(f"{program}: refused {entry['code']}: {' '.join(entry['sql'].split())[:110]}", file=sys.stderr)
        return found
    finally:
        server.close()
        shutil.rmtree(work, ignore_errors=True)


def each(rows: list[dict]) -> None:
    """Statements of every model, which the query comment names; tests are asked apart from models."""
    for step in dict.fromkeys(row["step"] for row in rows):
        counts: dict[str, dict[str, int]] = collections.defaultdict(dict)
        programs = []
        for row in (row for row in rows if row["step"] == step):
            programs.append(label(row))
            for entry in row["log"]:
                ids = set(re.findall(r'"node_id": "([^"]+)"', entry["sql"]))
                named = next(iter(ids)) if len(ids) == 1 and not next(iter(ids)).startswith("test.") else None
                name = named or ("all tests" if ids else "the run itself")
                counts[name][label(row)] = counts[name].get(label(row), 0) + 1
        print(f"\n{step}\n\n| node | {' | '.join(programs)} |\n|---|{'---:|' * len(programs)}")
        for name in sorted(counts):
            print(f"| {name} | {' | '.join(str(counts[name].get(program, 0)) for program in programs)} |")


def label(row: dict) -> str:
    return f"{row['program']} x{row['threads']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--exe", required=True, help="the program of this repository")
    parser.add_argument("--dbt", help="dbt with dbt-snowflake")
    parser.add_argument("--select", nargs="*", default=[])
    parser.add_argument("--before", action="append", default=[], help="a command that is run first; may be given again")
    parser.add_argument("--own", default="", help="arguments of this program alone: '--own=--no-load'")
    parser.add_argument("--latency", type=int, default=0, help="milliseconds that every answer takes longer")
    parser.add_argument("--threads", nargs="*", type=int, default=[4])
    parser.add_argument("--each", action="store_true", help="the statements of every node too")
    given = parser.parse_args()
    programs = {"netflix": str(Path(given.exe).resolve())} | ({"dbt": given.dbt} if given.dbt else {})
    rows = [row for name, exe in programs.items() for threads in given.threads for row in measure(name, exe, threads, given)]
    print("| step | program | threads | statements | logins | seconds | refused | of these | result |")
    print("|---|---|---:|---:|---:|---:|---:|---|---|")
    for row in sorted(rows, key=lambda row: row["step"]):
        kinds = collections.Counter(kind(entry["sql"]) for entry in row["log"]).most_common()
        told = ", ".join(f"{count} {name}" for name, count in kinds)
        print(
            f"| {row['step']} | {row['program']} | {row['threads']} | {len(row['log'])} | {row['logins']} "
            f"| {row['seconds']:.1f} | {len(row['refused'])} | {told} | {row['ended']} |"
        )
    if given.each:
        each(rows)


if __name__ == "__main__":
    main()
