"""Compares the translation of Snowflake's SQL with independent implementations.

    python tests/translate/compare.py cases                  # the corpus of this folder, against fakesnow
    python tests/translate/compare.py sqlglot FOLDER         # what sqlglot's own tests write in Snowflake's SQL
    python tests/translate/compare.py sqlglot FOLDER --list  # with every refusal, error and difference

With `--check` it fails on a difference that is not explained in EXPLAINED below.

FOLDER is a source distribution of sqlglot, unpacked (`pip download --no-deps --no-binary :all: sqlglot`): its tests are
read from there. Needs `pip install fakesnow 'snowflake-connector-python<5'`, and the program that translates:
`cargo build --example translate`, or its path in NETFLIX_TRANSLATE.

Every statement runs here and there, and the rows are compared as values: numbers as numbers (a division is rounded to
six digits here, as on Snowflake, and to none there), JSON as JSON. Neither of the others is Snowflake: a difference is a
question, and the corpus says what Snowflake's documentation answers.
"""

import argparse
import collections
import datetime
import decimal
import glob
import json
import math
import os
import re
import subprocess
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))


# Differences that were looked into, as a part of the statement and the reason. Each time the other side is the one that
# departs from Snowflake's documentation, or the two say the same in two ways.
EXPLAINED = [
    (r"dateadd\(day, 1\.5", "fakesnow cuts the fraction off; Snowflake rounds it"),
    (r"2\.5::float::int", "fakesnow rounds half to even; Snowflake rounds half away from zero"),
    (r"sum\(x\) / count\(\*\) \* 100", "fakesnow divides as FLOAT; on Snowflake the quotient has six digits"),
    (r"array_size\(array_agg\(z\)\)", "fakesnow gives NULL for an ARRAY_AGG of NULLs; Snowflake an empty array"),
    (r"(?i)flatten\(", "fakesnow ignores OUTER and PATH of FLATTEN, gives no THIS, and numbers SEQ at random"),
    (r"max\(v:n\)|order by v:n", "fakesnow compares VARIANTs by their letters"),
    (r"typeof\(parse_json", "fakesnow answers DuckDB's type"),
    (r"get\(v, 's'\)", "fakesnow drops columns of one name"),
    (r"CAST\(1 AS DOUBLE\), CAST\(1 AS DOUBLE\)", "fakesnow drops columns of one name"),
    (r"(?i)^select \{ ?'", "fakesnow makes the keys of an object literal upper case"),
    (r"listagg\(x, ','\) = ''", "fakesnow gives NULL for a LISTAGG of NULLs; Snowflake an empty text"),
    (r"ltrim\('xxa', 'x'\)", "fakesnow ignores the letters of LTRIM and RTRIM"),
    (r"ARRAY_DISTINCT\(", "the order of the items is not defined"),
    (r":x LIKE 'hello'", "fakesnow compares the JSON text with its quotes"),
    (r"TO_ARRAY\(", "fakesnow makes a list of the engine, of a text in one case"),
    (r"TO_TIMESTAMP\('2025-01-16T14:45:30\.123\+0500'", "fakesnow moves to UTC; TIMESTAMP_NTZ keeps the time as written"),
    (r"x'ABCD'", "bytes are shown in another way"),
]


def program():
    given = os.environ.get("NETFLIX_TRANSLATE")
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
    path = given or os.path.join(target, "debug", "examples", "translate")
    if not os.path.exists(path):
        sys.exit(f"{path} is missing: run `cargo build --example translate`, or set NETFLIX_TRANSLATE")
    return path


def ours(statements):
    """What the translation makes of each statement."""
    lines = "".join(json.dumps(sql) + "\n" for sql in statements)
    run = subprocess.run([program()], input=lines, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if len(answers) != len(statements):
        sys.exit(f"the program ended after {len(answers)} of {len(statements)} statements: {run.stderr[-500:]}")
    return answers


class Fakesnow:
    """fakesnow, with one session for all statements."""

    def __init__(self):
        warnings.simplefilter("ignore")
        import fakesnow
        import snowflake.connector

        self.patch = fakesnow.patch()
        self.patch.__enter__()
        self.connection = snowflake.connector.connect(database="d", schema="s")

    def rows(self, sql):
        cursor = self.connection.cursor()
        try:
            return [list(row) for row in cursor.execute(sql).fetchall()], None
        except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
            return None, f"{type(error).__name__}: {error}".splitlines()[0]


def value(cell):
    """A cell as a value that compares across implementations."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return ("truth", cell)
    if isinstance(cell, (int, float, decimal.Decimal)):
        return ("number", float(cell))
    if isinstance(cell, datetime.datetime):
        cell = str(cell.replace(tzinfo=None))
    if isinstance(cell, (datetime.date, datetime.time)):
        return ("text", str(cell))
    if isinstance(cell, (bytes, bytearray)):
        return ("text", cell.hex())
    if isinstance(cell, (list, dict)):
        return ("json", json.dumps(cell, sort_keys=True, default=str))
    text = str(cell)
    if text.lower() in ("true", "false"):
        return ("truth", text.lower() == "true")
    try:
        return ("number", float(text))
    except ValueError:
        pass
    if text[:1] in '[{"':
        try:
            return ("json", json.dumps(json.loads(text), sort_keys=True))
        except ValueError:
            pass
    # A date, or a moment at midnight: which of the two is a question of type, and types are not compared.
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(?:[+-]00:?00| \+0000|Z)?", text)
    if moment:
        fraction = (moment[3] or "").rstrip("0").rstrip(".")
        return ("text", moment[1] if moment[2] == "00:00:00" and not fraction else f"{moment[1]} {moment[2]}{fraction}")
    return ("text", text)


def same_cell(left, right):
    left, right = value(left), value(right)
    if left == right:
        return True
    if left and right and left[0] == right[0] == "number":
        return math.isclose(left[1], right[1], rel_tol=1e-9, abs_tol=5.1e-7)
    return {left and left[0], right and right[0]} == {"truth", "number"} and float(left[1]) == float(right[1])


def same(left, right):
    if len(left) != len(right) or any(len(one) != len(two) for one, two in zip(left, right)):
        return False
    return all(same_cell(one, two) for rows in zip(left, right) for one, two in zip(*rows))


def cases():
    """The statements of the corpus, with the file as their class."""
    found = []
    for path in sorted(glob.glob(os.path.join(HERE, "*.cases"))):
        sql = []
        for line in open(path, encoding="utf-8"):
            if line.startswith(("-->", "--!")):
                if sql:
                    found.append((os.path.basename(path)[: -len(".cases")], "".join(sql).strip().rstrip(";")))
                sql = []
            elif line.strip() and not (line.startswith("--") and not sql):
                sql.append(line)
    return found


def recorded(folder):
    """The queries that sqlglot's tests read as Snowflake's SQL, with the test as their class."""
    sys.path.insert(0, folder)
    import unittest

    from tests.dialects import test_dialect, test_duckdb, test_snowflake

    found = {}

    def record(case, sql):
        is_query = isinstance(sql, str) and re.match(r"\s*(select|with)\b", sql, re.I)
        if is_query and sql not in found:
            found[sql] = case._testMethodName.removeprefix("test_")

    def validate_identity(self, sql, *args, **kwargs):
        if self.dialect == "snowflake":
            record(self, sql)
        return actual_identity(self, sql, *args, **kwargs)

    def validate_all(self, sql, read=None, write=None, **kwargs):
        if self.dialect == "snowflake":
            record(self, sql)
        for dialect, text in (read or {}).items():
            if dialect == "snowflake":
                record(self, text)
        return actual_all(self, sql, read=read, write=write, **kwargs)

    actual_identity, actual_all = test_dialect.Validator.validate_identity, test_dialect.Validator.validate_all
    test_dialect.Validator.validate_identity = validate_identity
    test_dialect.Validator.validate_all = validate_all
    suite = unittest.TestSuite()
    for module in (test_snowflake, test_duckdb):
        suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    suite.run(unittest.TestResult())
    return [(name, sql) for sql, name in found.items()]


def volatile(sql):
    names = r"current_|getdate|sysdate|localtime|uuid_string|random|seq\d|sample|systimestamp|generator"
    return re.search(names, sql, re.I) is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("of", choices=["cases", "sqlglot"])
    parser.add_argument("folder", nargs="?", help="an unpacked source distribution of sqlglot")
    parser.add_argument("--list", action="store_true", help="show refusals, errors and differences")
    parser.add_argument("--check", action="store_true", help="fail on a difference that is not explained")
    arguments = parser.parse_args()
    if arguments.of == "sqlglot" and not arguments.folder:
        parser.error("which folder?")
    statements = cases() if arguments.of == "cases" else recorded(arguments.folder)
    answers = ours([sql for _, sql in statements])
    fakesnow = Fakesnow()
    table = collections.defaultdict(collections.Counter)
    refusals = collections.Counter()
    shown, unexplained = [], []
    for (name, sql), answer in zip(statements, answers):
        counts = table[name]
        counts["all"] += 1
        rows, error = fakesnow.rows(sql)
        if "refused" in answer:
            refused = answer["refused"]
            kind = "refused"
            refusals[f"{refused['construct']}: {refused['reason']}"[:140]] += 1
            note = refused["construct"] + ": " + refused["reason"]
        elif "error" in answer:
            absent = re.search(r"(Table|Column|Referenced|column|table).*(does not exist|not found)", answer["error"])
            kind, note = ("no table" if absent else "error"), answer["error"]
        elif rows is None:
            kind, note = "only here", error
        elif volatile(sql) or not re.match(r"\s*(\(|select|with)", sql, re.I):
            kind, note = "ran", ""
        elif same(answer["rows"], rows):
            kind, note = "equal", ""
        else:
            reason = next((reason for part, reason in EXPLAINED if re.search(part, sql)), None)
            kind, note = "differs", f"here {answer['rows'][:4]}, fakesnow {rows[:4]}"
            note += f"\n  {reason}" if reason else ""
            unexplained += [] if reason else [f"{sql}\n  {note}"]
        counts[kind] += 1
        if kind in ("refused", "error", "differs", "only here"):
            shown.append((kind, name, sql, note, answer.get("translated", "")))
    kinds = ["all", "refused", "error", "no table", "ran", "only here", "equal", "differs"]
    print(f"{'class':34}" + "".join(f"{kind:>10}" for kind in kinds))
    total = collections.Counter()
    for name, counts in sorted(table.items()):
        total.update(counts)
        print(f"{name[:33]:34}" + "".join(f"{counts[kind]:>10}" for kind in kinds))
    print(f"{'total':34}" + "".join(f"{total[kind]:>10}" for kind in kinds))
    translated = total["all"] - total["refused"]
    compared = total["equal"] + total["differs"]
    print(f"\ntranslated {translated} of {total['all']} ({translated / total['all']:.1%}); ", end="")
    print(f"of {compared} that both gave rows for, {total['equal']} are equal ({total['equal'] / max(compared, 1):.1%})")
    print(f"{total['differs'] - len(unexplained)} differences are explained, {len(unexplained)} are not")
    if arguments.list:
        for kind, name, sql, note, translated in sorted(shown):
            print(f"\n[{kind}] {name}\n  {sql}\n  {note}" + (f"\n  {translated}" if kind in ("error", "differs") else ""))
        print("\nrefusals")
        for text, count in refusals.most_common():
            print(f"{count:5}  {text}")
    if arguments.check and unexplained:
        sys.exit("not explained:\n" + "\n".join(unexplained))


if __name__ == "__main__":
    main()
