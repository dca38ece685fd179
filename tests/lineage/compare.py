"""Compares our column lineage with sqlglot's on public queries: TPC-H, TPC-DS and the models of dbt projects.

    python tests/lineage/compare.py OURS SQLGLOT_CHECKOUT [DBT_PROJECT_CHECKOUT ...]

OURS is a command that reads JSON lines `{"sql", "dialect", "schema": {table: {column: type}}}` and answers each with
`{"columns": [{"name", "from": [[table, column, kind]], "unknown"}], "open"}` or `{"error"}`
(`cargo run --example lineage`). Checkouts are folders or bare repositories. Prints the agreement, and every
disagreement with both answers.
"""

import collections
import importlib.util
import json
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


def models(checkout):
    """Models whose only Jinja is `ref`, `source` and `config`."""
    for path, text in files(checkout, r"models/.*\.sql$"):
        text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
        text = re.sub(r"\{\{[-\s]*config\(.*?\)[-\s]*\}\}", "", text, flags=re.S)
        text = re.sub(r"\{\{-?\s*ref\(\s*['\"](\w+)['\"]\s*\)\s*-?\}\}", r"\1", text)
        text = re.sub(r"\{\{-?\s*source\(\s*['\"](\w+)['\"]\s*,\s*['\"](\w+)['\"]\s*\)\s*-?\}\}", r"\1.\2", text)
        if "{{" not in text and "{%" not in text and text.strip():
            yield path, text.strip().rstrip(";"), {}, "snowflake"


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
    queries = list(benchmarks(sqlglot_checkout))
    for project in projects:
        queries.extend(models(project))
    lines = "\n".join(
        json.dumps({"sql": sql, "dialect": dialect, "schema": schema, "open": not schema})
        for _, sql, schema, dialect in queries
    )
    answers = subprocess.run(ours_command, shell=True, input=lines, capture_output=True, text=True).stdout.splitlines()
    assert len(answers) == len(queries), (len(answers), len(queries))
    count = collections.Counter()
    for (name, sql, schema, dialect), line in zip(queries, answers):
        ours = json.loads(line)
        group = "tpc" if schema else "dbt"
        try:
            other = theirs(sql, schema, dialect)
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
