"""Compares our column lineage with sqlglot's on public queries: TPC-H, TPC-DS and the models of dbt projects.

    python tests/lineage/compare.py OURS SQLGLOT_CHECKOUT [DBT_PROJECT ...]

OURS is a command that reads JSON lines `{"sql", "dialect", "schema": {table: {column: type}}}` and answers each with
`{"columns": [{"name", "from": [[table, column, kind]], "unknown"}], "open"}` or `{"error"}`
(`cargo run --example lineage`). SQLGLOT_CHECKOUT is a checkout or a bare repository. A DBT_PROJECT is a folder with a
profile and a `netflix.lock` (of which `version` and `adapter` are enough): its models are compiled by the program that
the variable NETFLIX_PROGRAM names. Prints the agreement, and every disagreement with both answers.
"""

import collections
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer import build_scope, qualify


def files(checkout, pattern):
    """Paths and texts of a checkout's files, from its last commit."""
    listed = subprocess.run(["git", "-C", checkout, "ls-tree", "-r", "HEAD", "--name-only"], capture_output=True, text=True)
    for path in listed.stdout.splitlines():
        if re.search(pattern, path):
            shown = subprocess.run(["git", "-C", checkout, "show", f"HEAD:{path}"], capture_output=True)
            yield path, shown.stdout.decode(errors="replace")


def benchmarks(checkout):
    """The queries of TPC-H and TPC-DS with their schemas."""
    helpers = next(text for _, text in files(checkout, r"^tests/helpers\.py$"))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "helpers.py"
        path.write_text(helpers)
        spec = importlib.util.spec_from_file_location("helpers", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    for name, schema in [("tpc-h", module.TPCH_SCHEMA), ("tpc-ds", module.TPCDS_SCHEMA)]:
        text = next(text for _, text in files(checkout, rf"^tests/fixtures/optimizer/{name}/{name}\.sql$"))
        statements = [part for part in re.split(r";\s*\n", re.sub(r"(?m)^#.*$", "", text)) if part.strip()]
        for index, statement in enumerate(statements[::2]):
            yield f"{name} {index + 1}", statement, schema, "duckdb"


def models(project):
    """The compiled models of a project, each with what is known of the columns of its parents."""
    program = str(pathlib.Path(os.environ["NETFLIX_PROGRAM"]).resolve())

    def run(*words):
        return subprocess.run([program, *words], cwd=project, capture_output=True, text=True).stdout

    said = run("check", "--quiet", "--output", "json")
    known = json.loads(next(line for line in said.splitlines() if line.startswith("{")))["lineage"]
    run("compile", "--locked")
    manifest = json.loads((pathlib.Path(project) / "target" / "manifest.json").read_text())
    nodes = manifest["nodes"] | manifest["sources"]
    for name, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "model" or not node.get("compiled_code"):
            continue
        schema = {}
        for parent in node["depends_on"]["nodes"]:
            columns = known.get(parent, {"unknown": "not selected"})
            relation = nodes.get(parent, {}).get("relation_name")
            if relation and "unknown" not in columns and columns["columns"]:
                types = {column.lower(): one.get("type", "unknown") for column, one in columns["columns"].items()}
                schema[relation.replace('"', "").lower()] = types
        yield name, node["compiled_code"].strip().rstrip(";"), schema, manifest["metadata"]["adapter_type"]


def nested(schema):
    """Names with dots as mappings in mappings, as sqlglot has them."""
    found = {}
    for table, columns in schema.items():
        *path, last = table.split(".")
        place = found
        for part in path:
            place = place.setdefault(part, {})
        place[last] = columns
    return found


def theirs(sql, schema, dialect):
    """sqlglot's answer: output column -> set of (table, column)."""
    tree = sqlglot.parse_one(sql, read=dialect)
    # Names are compared without regard to case.
    for ident in tree.find_all(exp.Identifier):
        ident.set("this", ident.this.lower())
        ident.set("quoted", False)
    tree = qualify.qualify(
        tree, schema=schema or None, dialect=dialect, validate_qualify_columns=False, identify=False
    )
    scope = build_scope(tree)
    found = collections.OrderedDict()
    for index, select in enumerate(scope.expression.selects):
        if select.is_star:
            found[f"*{index}"] = None
            continue
        node = lineage(select.alias_or_name, tree, schema=schema or {}, dialect=dialect, scope=scope)
        leaves = set()
        for leaf in node.walk():
            if leaf.downstream or not isinstance(leaf.expression, exp.Table):
                continue
            table = leaf.expression
            name = ".".join(part.name for part in table.parts).lower()
            leaves.add((name, leaf.name.split(".")[-1].strip('"').lower()))
        found[(select.alias_or_name.lower(), index)] = leaves
    return found


def main():
    ours_command, sqlglot_checkout, *projects = sys.argv[1:]
    queries = [("tpc", *query) for query in benchmarks(sqlglot_checkout)]
    for project in projects:
        queries.extend(("dbt", *query) for query in models(project))
    lines = "\n".join(
        json.dumps({"sql": sql, "dialect": dialect, "schema": schema, "open": group == "dbt"})
        for group, _, sql, schema, dialect in queries
    )
    answers = subprocess.run(ours_command, shell=True, input=lines, capture_output=True, text=True).stdout.splitlines()
    assert len(answers) == len(queries), (len(answers), len(queries))
    count = collections.Counter()
    for (group, name, sql, schema, dialect), line in zip(queries, answers):
        ours = json.loads(line)
        try:
            other = theirs(sql, nested(schema), dialect)
        except Exception as error:  # sqlglot raises many kinds
            count[group, "query: sqlglot fails"] += 1
            print(f"## {name}: sqlglot fails: {str(error)[:100]!r}; ours: {ours.get('error', 'answers')}")
            continue
        if "error" in ours:
            count[group, "query: ours fails"] += 1
            print(f"## {name}: ours fails: {ours['error']}")
            continue
        count[group, "query: both answer"] += 1
        if group == "tpc":
            # Each of these queries is right: whatever we find in it is a false alarm.
            for finding in ours["findings"]:
                if not finding[0].startswith("unused"):
                    print(f"## {name}: finding {finding}")
                    count[group, "false alarm"] += 1
        if any(value is None for value in other.values()) or ours["open"]:
            both = any(value is None for value in other.values()) and ours["open"]
            count[group, "query: star of unknown columns, " + ("both" if both else "one only")] += 1
            if not both:
                print(f"## {name}: open: ours {ours['open']}, theirs {list(other)[:4]}")
            continue
        if len(ours["columns"]) != len(other):
            count[group, "query: number of columns differs"] += 1
            print(f"## {name}: {len(ours['columns'])} columns, sqlglot {len(other)}")
            continue
        for column, ((their_name, _), leaves) in zip(ours["columns"], other.items()):
            mine = {(table.lower(), source.lower()) for table, source, _ in column["from"]}
            if column["unknown"]:
                count[group, "column: ours unknown"] += 1
                print(f"   {name} {their_name}: unknown: {column['unknown']}; sqlglot {sorted(leaves)}")
            elif mine == leaves:
                count[group, "column: equal"] += 1
            elif any(source == "*" for _, source in leaves) and {table for table, _ in mine} == {
                table for table, _ in leaves
            }:
                # sqlglot names no column behind a star over a table whose columns it does not know.
                count[group, "column: same tables, sqlglot stops at a star"] += 1
            else:
                count[group, "column: differs"] += 1
                print(f"   {name} {their_name}: only ours {sorted(mine - leaves)}, only sqlglot {sorted(leaves - mine)}")
    for key, number in sorted(count.items()):
        print(*key, number, sep="\t")


if __name__ == "__main__":
    main()
