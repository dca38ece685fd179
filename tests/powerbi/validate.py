"""Checks a Power BI project by what others wrote: Microsoft's schemas, and parsers of TMDL, M and DAX.

    python validate.py FOLDER...         check exports (folders with a .pbip)
    python validate.py --mistakes FOLDER plant mistakes in copies of an export: each must be found

Needs the packages of requirements.txt, and `node` with what `npm ci` brings in this folder; without them it fails and
says what it could not check. Power BI Desktop is not part of it: that a project opens there is not shown.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
    from pbi_parsers import dax
    from referencing import Registry, Resource
    from tmdl_parser import TmdlParser
except ImportError as error:
    raise SystemExit(f"nothing is checked: {error}; `pip install -r tests/powerbi/requirements.txt` brings it") from error

HERE = pathlib.Path(__file__).parent
SCHEMAS = HERE / "schemas"
BASE = "https://developer.microsoft.com/json-schemas/fabric/"


def registry():
    """The schemas by the address of their path, since some carry another `$id`."""
    found = []
    for path in sorted(SCHEMAS.rglob("schema.json")):
        address = BASE + path.relative_to(SCHEMAS).as_posix()
        schema = json.loads(path.read_text())
        schema["$id"] = address
        found.append((address, Resource.from_contents(schema)))
        # What is embedded in another file does not name its schema.
        inner = json.loads(path.read_text())
        inner["$id"] = address.replace("schema.json", "schema-embedded.json")
        inner["required"] = [key for key in inner.get("required", []) if key != "$schema"]
        found.append((inner["$id"], Resource.from_contents(inner)))
    return Registry().with_resources(found)


REGISTRY = registry()
if not SCHEMAS.is_dir():
    raise SystemExit(f"JSON is not checked: no schemas in {SCHEMAS}")


def check_json(root, wrong):
    count = 0
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root).as_posix()
        is_json = path.suffix in (".json", ".pbip", ".pbism", ".pbir", ".pbids") or path.name == ".platform"
        if not path.is_file() or not is_json or relative.startswith(".netflix/"):
            continue
        count += 1
        try:
            value = json.loads(path.read_text())
        except ValueError as error:
            wrong.append(f"{relative}: {error}")
            continue
        if path.suffix == ".pbids":
            # No schema is published for it.
            if len(value.get("connections", [])) != 1:
                wrong.append(f"{relative}: not one connection")
            continue
        address = value.get("$schema", "")
        if address not in REGISTRY:
            wrong.append(f"{relative}: no schema `{address}`")
            continue
        schema = REGISTRY.contents(address)
        validator = jsonschema.Draft7Validator(schema, registry=REGISTRY)
        for error in validator.iter_errors(value):
            wrong.append(f"{relative}: {error.json_path}: {error.message[:200]}")
    return count


def unquoted(name):
    name = name.strip()
    return name[1:-1].replace("''", "'") if name.startswith("'") and name.endswith("'") else name


def read_tmdl(path, wrong):
    """The tree that powerbi-tmdl-tools makes of a file."""
    text = path.read_text()
    level, opens = 0, False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip("\t"))
        # A level at a time; an expression of several lines lies one deeper than the properties beside it.
        if indent > level + (2 if opens else 1) or line[indent] == " " and indent < 3:
            wrong.append(f"{path.name}:{number}: indentation")
        level, opens = indent, line.endswith(" =")
    return TmdlParser(str(path)).parse()


def check_dax(place, text, names, wrong):
    try:
        tokens = dax.Lexer(text).scan()
        tree = dax.to_ast(text)
    except Exception as error:
        wrong.append(f"{place}: DAX: {error}")
        return
    if tree is None or "".join(token.text for token in tokens).replace("\0", "").strip() != text.strip():
        wrong.append(f"{place}: DAX is not read as it is written: {text}")
    for table, column in re.findall(r"'((?:[^']|'')+)'\[((?:[^\]]|\]\])+)\]", text):
        if (table.replace("''", "'"), column.replace("]]", "]")) not in names:
            wrong.append(f"{place}: DAX names '{table}'[{column}], which is not there")


def check_model(root, wrong):
    """Parses all TMDL; gives how many files and expressions, and (table, column or measure) of the model."""
    folder = next(root.glob("*.SemanticModel")) / "definition"
    trees = {path: read_tmdl(path, wrong) for path in sorted(folder.rglob("*.tmdl"))}
    tables = {unquoted(tree["name"]): tree for tree in trees.values() if tree.get("type") == "table"}
    names = set()
    for table, tree in tables.items():
        for measure in tree.get("measures", []):
            names.add((table, unquoted(measure["name"])))
        for column in tree.get("columns", []):
            names.add((table, unquoted(column["name"].split(" = ")[0])))
    m, count_dax = [], 0
    for table, tree in tables.items():
        if not tree.get("columns"):
            wrong.append(f"{table}: no columns")
        for measure in tree.get("measures", []):
            count_dax += 1
            check_dax(f"{table}.{measure['name']}", measure["expression"], names, wrong)
            if not measure.get("lineageTag"):
                wrong.append(f"{table}.{measure['name']}: its properties are not read")
        for column in tree.get("columns", []):
            name, _, expression = column["name"].partition(" = ")
            if column.get("dataType") not in ("int64", "double", "decimal", "string", "dateTime", "boolean", "binary"):
                wrong.append(f"{table}.{name}: data type {column.get('dataType')}")
            if expression:
                count_dax += 1
                check_dax(f"{table}.{name}", expression, names, wrong)
            elif not column.get("sourceColumn"):
                wrong.append(f"{table}.{name}: no source")
            sort = column.get("sortByColumn")
            if sort and (table, unquoted(sort)) not in names:
                wrong.append(f"{table}.{name}: sorted by {sort}, which is not there")
        for partition in tree.get("partitions", []):
            if partition["partitionType"] == "m":
                m.append({"name": table, "text": partition["source"]})
            else:
                count_dax += 1
                check_dax(table, partition["source"], names, wrong)
    model = (folder / "model.tmdl").read_text()
    if sorted(unquoted(name) for name in re.findall(r"^ref table (.*)$", model, re.M)) != sorted(tables):
        wrong.append("model.tmdl: not the tables that are there")
    for line in (folder / "expressions.tmdl").read_text().splitlines():
        if line.startswith("expression "):
            name, _, text = line.removeprefix("expression ").partition(" = ")
            m.append({"name": name, "text": text})
    relationships = folder / "relationships.tmdl"
    if relationships.exists():
        for made in trees[relationships]["relationships"]:
            for side in ("from", "to"):
                end = (unquoted(made[f"{side}Table"]), unquoted(made[f"{side}ColumnName"]))
                if end not in names:
                    wrong.append(f"relationships.tmdl: no {end}")
    known = {"DataFolder", "SnowflakeServer", "SnowflakeWarehouse", "SnowflakeRole"}
    given = {part["name"] for part in m if part["name"] not in tables}
    for part in m:
        for name in known - given:
            if re.search(rf"\b{name}\b", part["text"]):
                wrong.append(f"{part['name']}: no parameter {name}")
    parsed = subprocess.run(["node", HERE / "parse_m.js"], input=json.dumps(m), capture_output=True, text=True)
    if parsed.returncode != 0:
        raise SystemExit(parsed.stderr)
    wrong.extend(f"{found['name']}: M: {found['reason']}" for found in json.loads(parsed.stdout))
    return len(trees), len(m), count_dax, names


def check_report(root, names, wrong):
    """Every field of a visual is in the model, every button leads to a page, every page is in the order."""
    folder = next(root.glob("*.Report")) / "definition" / "pages"
    pages = {path.parent.name for path in folder.glob("*/page.json")}
    if sorted(json.loads((folder / "pages.json").read_text())["pageOrder"]) != sorted(pages):
        wrong.append("pages.json: not the pages that are there")

    def walk(value, place):
        if isinstance(value, dict):
            for kind in ("Column", "Measure"):
                part = value.get(kind)
                entity = part and part.get("Expression", {}).get("SourceRef", {}).get("Entity")
                if entity and (entity, part["Property"]) not in names:
                    wrong.append(f"{place}: no {entity}.{part['Property']}")
            if "navigationSection" in value:
                target = value["navigationSection"]["expr"]["Literal"]["Value"].strip("'")
                if target not in pages:
                    wrong.append(f"{place}: no page {target}")
            for inner in value.values():
                walk(inner, place)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, place)

    for path in sorted(folder.rglob("*.json")):
        walk(json.loads(path.read_text()), path.relative_to(root).as_posix())


def check(root):
    wrong = []
    count_json = check_json(root, wrong)
    count_tmdl, count_m, count_dax, names = check_model(root, wrong)
    if not any(".json:" in line and "Expecting" in line for line in wrong):
        check_report(root, names, wrong)
    return wrong, f"{count_json} JSON files, {count_tmdl} TMDL files, {count_m} M and {count_dax} DAX expressions"


def mistakes(root):
    """Each mistake: which file, what is replaced, by what."""
    planted = [
        ("*.pbip", '"version"', '"versoin"'),
        ("*.SemanticModel/definition.pbism", '"4.0"', "4"),
        ("*.Report/definition/pages/*/page.json", '"FitToPage"', '"FitsToPage"'),
        ("*.Report/definition/pages/*/visuals/*/visual.json", '"position"', '"postion"'),
        ("*.Report/definition/pages/*/visuals/*/visual.json", '"Property": "', '"Property": "x'),
        ("*.Report/definition/pages/pages.json", '"pageOrder": [', '"pageOrder": ["x",'),
        ("*.SemanticModel/definition/tables/*.tmdl", "dataType: ", "dataType: x"),
        ("*.SemanticModel/definition/tables/*.tmdl", "Parquet.Document(", "Parquet.Document(("),
        ("*.SemanticModel/definition/tables/*.tmdl", "COUNTROWS('", "COUNTROWS(('"),
        ("*.SemanticModel/definition/tables/*.tmdl", "'[", "x'["),
        ("*.SemanticModel/definition/tables/*.tmdl", "\n\tpartition ", "\n\t\t\t\tpartition "),
        ("*.SemanticModel/definition/expressions.tmdl", " meta [", " meta ("),
        ("*.SemanticModel/definition/model.tmdl", "ref table ", "ref table x"),
    ]
    missed = []
    for pattern, old, new in planted:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "export"
            shutil.copytree(root, copy, ignore=shutil.ignore_patterns("data"))
            path = next((path for path in sorted(copy.glob(pattern)) if old in path.read_text()), None)
            if path is None:
                missed.append(f"nothing to plant {old!r} in")
                continue
            path.write_text(path.read_text().replace(old, new, 1))
            if not check(copy)[0]:
                missed.append(f"{pattern}: {old!r} as {new!r} is not found")
    return missed, len(planted)


def main():
    arguments = sys.argv[1:]
    failed = False
    if arguments[:1] == ["--mistakes"]:
        missed, count = mistakes(pathlib.Path(arguments[1]))
        print(f"{count - len(missed)} of {count} planted mistakes found", *missed, sep="\n  ")
        raise SystemExit(bool(missed))
    for name in arguments:
        wrong, counts = check(pathlib.Path(name))
        print(f"{name}: {counts}; {len(wrong)} mistakes", *wrong, sep="\n  ")
        failed |= bool(wrong)
    raise SystemExit(failed or not arguments)


if __name__ == "__main__":
    main()
