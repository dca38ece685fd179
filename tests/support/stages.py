"""Stages, file formats and COPY INTO for the test server: a bucket is a folder of this machine.

fakesnow has a COPY of its own, which reads `file://` stages and neither patterns, named formats nor the history of what
a table has taken. What is here is written from Snowflake's documentation, as far as this program sends it:

- `create file format`, `create stage .. url = ..`, `list @stage/folder pattern = ..`;
- `copy into T from @stage/folder files = (..) | pattern = .. file_format = (format_name = ..) [match_by_column_name = ..]
  on_error = abort_statement`: all files or none, each cell cast by the table's types, a first bad one told with its file
  and line;
- a table takes a file once (by its path and content), and forgets what it took when it is made anew, truncated or
  dropped; a swap or a new name takes the memory along.
"""

from __future__ import annotations

import csv
import email.utils
import gzip
import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa

NAME = r"((?:\"[^\"]+\"|[\w$]+)(?:\.(?:\"[^\"]+\"|[\w$]+)){0,2})"
FORMAT = re.compile(rf"create\s+(or\s+replace\s+)?file\s+format\s+(if\s+not\s+exists\s+)?{NAME}\s+(.*)$", re.I | re.S)
STAGE = re.compile(rf"create\s+(or\s+replace\s+)?stage\s+(if\s+not\s+exists\s+)?{NAME}\s+url\s*=\s*'([^']+)'", re.I)
LIST = re.compile(rf"(?:list|ls)\s+@{NAME}(/\S*)?(?:\s+pattern\s*=\s*'((?:[^']|'')*)')?\s*$", re.I)
COPY = re.compile(rf"copy\s+into\s+{NAME}\s+from\s+@{NAME}(/\S*)?\s+(.*)$", re.I | re.S)
FILES = re.compile(r"files\s*=\s*\(([^)]*)\)", re.I)
PATTERN = re.compile(r"pattern\s*=\s*'((?:[^']|'')*)'", re.I)
FORMAT_NAME = re.compile(r"format_name\s*=\s*'([^']+)'", re.I)
OPTION = re.compile(r"(\w+)\s*=\s*(?:'((?:[^'\\]|''|\\.)*)'|\(\s*'((?:[^']|'')*)'\s*\)|([\w.]+))")
FORGETS = re.compile(rf"(?:create\s+or\s+replace\s+(?:transient\s+)?table|truncate(?:\s+table)?(?:\s+if\s+exists)?|drop\s+table(?:\s+if\s+exists)?)\s+{NAME}", re.I)
RENAMES = re.compile(rf"alter\s+table\s+(?:if\s+exists\s+)?{NAME}\s+(swap\s+with|rename\s+to)\s+{NAME}\s*$", re.I)
# The codes and words of a cell that its column does not take, by the column's type.
REFUSED = {"DATE": ("100040", "Date"), "TIMESTAMP": ("100035", "Timestamp"), "BOOLEAN": ("100037", "Boolean value")}
ADVICE = (
    "If you would like to continue loading when an error is encountered, use other values such as 'SKIP_FILE' or "
    "'CONTINUE' for the ON_ERROR option."
)


class Refused(Exception):
    """What Snowflake would not do: code, message and SQLSTATE."""

    def __init__(self, code: str, message: str, state: str) -> None:
        super().__init__(message)
        self.code, self.message, self.state = code, message, state


def whole(name: str) -> str:
    parts = re.findall(r'"[^"]+"|[^.]+', name)
    return ".".join(part[1:-1] if part.startswith('"') else part.upper() for part in parts)


class Stages:
    """All stages of a server, and what tables took from them."""

    def __init__(self) -> None:
        self.buckets: dict[str, Path] = {}
        self.urls: dict[str, str] = {}
        self.formats: dict[str, dict[str, str]] = {}
        self.taken: dict[str, set[tuple[str, str]]] = {}

    def answer(self, statement: str, duck: Any) -> tuple[list[str], list[list[Any]]] | None:
        """The answer to a statement about stages: names of columns, and rows; none where it is about something else."""
        done = (["status"], [["Statement executed successfully."]])
        if found := FORMAT.match(statement):
            options = {name.lower(): self.option(*rest) for name, *rest in OPTION.findall(found[4])}
            self.make(self.formats, found, options)
            return done
        if (found := STAGE.match(statement)) and not found[4].startswith("file:"):
            self.make(self.urls, found, found[4])
            return done
        if (found := LIST.match(statement)) and whole(found[1]) in self.urls:
            pattern = (found[3] or ".*").replace("''", "'")
            rows = []
            for url, path in self.files(whole(found[1]), found[2] or ""):
                if re.fullmatch(pattern, url):
                    content, stamp = path.read_bytes(), email.utils.formatdate(path.stat().st_mtime, usegmt=True)
                    rows.append([url, str(len(content)), hashlib.md5(content).hexdigest(), stamp])
            return ["name", "size|fixed", "md5", "last_modified"], rows
        if (found := COPY.match(statement)) and whole(found[2]) in self.urls:
            return self.copy(duck, *found.groups())
        return None

    @staticmethod
    def option(text: str, listed: str, word: str) -> str:
        text = (text or listed).replace("''", "'").replace("\\\\", "\\").replace("\\t", "\t")
        return text or word

    @staticmethod
    def make(known: dict, found: re.Match, value: Any) -> None:
        name = whole(found[3])
        if name in known and not found[1] and not found[2]:
            raise Refused("002002", f"SQL compilation error:\nObject '{name}' already exists.", "42710")
        if name not in known or found[1]:
            known[name] = value

    def noted(self, statement: str) -> None:
        """Follows what a statement that ran did to tables."""
        if found := FORGETS.match(statement):
            self.taken.pop(whole(found[1]), None)
        elif found := RENAMES.match(statement):
            one, other = whole(found[1]), whole(found[3])
            if other.count(".") < one.count("."):
                other = one.rsplit(".", 1)[0] + "." + other
            taken, others = self.taken.pop(one, set()), self.taken.pop(other, set())
            self.taken[other] = taken
            if found[2].lower().startswith("swap"):
                self.taken[one] = others

    def files(self, stage: str, folder: str) -> list[tuple[str, Path]]:
        """The files of a stage below a folder: their URLs and where they really are."""
        url = self.urls[stage].rstrip("/") + "/" + folder.strip("/")
        for bucket, place in self.buckets.items():
            if url.startswith(bucket.rstrip("/") + "/"):
                root = Path(place)
                found = (path for path in sorted(root.rglob("*")) if path.is_file())
                named = ((f"{bucket.rstrip('/')}/{path.relative_to(root).as_posix()}", path) for path in found)
                return [(name, path) for name, path in named if name.startswith(url)]
        raise Refused("003167", f"Failed to access remote file: access denied. Please check your credentials: {url}", "42601")

    def copy(self, duck: Any, table: str, stage: str, folder: str | None, rest: str) -> tuple[list[str], list[list[Any]]]:
        name, folder = whole(table), folder or ""
        files = self.files(whole(stage), folder)
        if found := FILES.search(rest):
            base = self.urls[whole(stage)].rstrip("/") + "/" + (folder.strip("/") + "/" if folder.strip("/") else "")
            wanted = [base + part.strip().strip("'") for part in found[1].split(",")]
            absent = [url for url in wanted if url not in dict(files)]
            if absent:
                raise Refused("091016", f"Remote file '{absent[0]}' was not found.", "42601")
            files = [(url, path) for url, path in files if url in wanted]
        elif found := PATTERN.search(rest):
            files = [(url, path) for url, path in files if re.fullmatch(found[1].replace("''", "'"), url)]
        chosen = self.formats[whole(FORMAT_NAME.search(rest)[1])]
        marks = {url: (url, hashlib.md5(path.read_bytes()).hexdigest()) for url, path in files}
        taken = self.taken.setdefault(name, set())
        is_forced = re.search(r"force\s*=\s*true", rest, re.I)
        files = [(url, path) for url, path in files if is_forced or marks[url] not in taken]
        if not files:
            return ["status"], [["Copy executed with 0 files processed."]]
        columns = self.columns(duck, name)
        target = ".".join(f'"{part}"' for part in name.split("."))
        counts = []
        cursor = duck.cursor()
        try:
            cursor.execute("begin")
            for url, path in files:
                if chosen.get("type", "csv").lower() == "parquet":
                    counts.append(load_parquet(cursor, target, columns, path))
                else:
                    counts.append(load_csv(cursor, target, columns, url, path, chosen))
            cursor.execute("commit")
        except BaseException:
            cursor.execute("rollback")
            raise
        taken.update(marks[url] for url, _ in files)
        names = ["file", "status", "rows_parsed|fixed", "rows_loaded|fixed", "error_limit|fixed", "errors_seen|fixed"]
        names += ["first_error", "first_error_line|fixed", "first_error_character|fixed", "first_error_column_name"]
        rows = [
            [url, "LOADED", str(count), str(count), "1", "0", None, None, None, None]
            for (url, _), count in zip(files, counts)
        ]
        return names, rows

    @staticmethod
    def columns(duck: Any, name: str) -> list[tuple[str, str]]:
        sql = (
            "select column_name, data_type from duckdb_columns() "
            "where database_name = ? and schema_name = ? and table_name = ? order by column_index"
        )
        columns = duck.cursor().execute(sql, name.split(".")).fetchall()
        if not columns:
            message = f"SQL compilation error:\nTable '{name}' does not exist or not authorized."
            raise Refused("002003", message, "42S02")
        return columns


def opened(path: Path) -> io.TextIOBase:
    raw = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")
    return io.TextIOWrapper(raw, encoding="utf-8", newline="")


def load_csv(cursor: Any, target: str, columns: list[tuple[str, str]], url: str, path: Path, options: dict) -> int:
    """Reads a file by a format's options into a table; gives how many rows."""
    quote = options.get("field_optionally_enclosed_by", "none")
    escape = options.get("escape", "none")
    text = {
        "delimiter": options.get("field_delimiter", ","),
        "quoting": csv.QUOTE_NONE if quote.lower() == "none" else csv.QUOTE_MINIMAL,
        "quotechar": None if quote.lower() == "none" else quote,
        "doublequote": escape.lower() == "none",
        "escapechar": None if escape.lower() == "none" else escape,
    }
    null = options.get("null_if", "\\N")
    is_empty_null = options.get("empty_field_as_null", "true").lower() == "true"
    skip = int(options.get("skip_header", "0"))
    file = url.split("://", 1)[-1].split("/", 1)[-1]
    with opened(path) as lines:
        reader = csv.reader(lines, strict=True, **text)
        rows, begun = [], 0
        for number, row in enumerate(reader):
            line, begun = begun + 1, reader.line_num
            if number < skip or not row:
                continue
            if len(row) != len(columns):
                message = (
                    f"Number of columns in file ({len(row)}) does not match that of the corresponding table "
                    f"({len(columns)}), use file format option error_on_column_count_mismatch=false to ignore this error\n"
                    f"  File '{file}', line {line}, character 1\n  Row {len(rows) + 1} starts at line {line}, "
                    f"column {len(row)}\n  {ADVICE}"
                )
                raise Refused("100080", message, "22000")
            rows.append((line, [None if cell == null or (cell == "" and is_empty_null) else cell for cell in row]))
    if not rows:
        return 0
    casts = ", ".join(f'try_cast(c{at} as {kind})' for at, (_, kind) in enumerate(columns))
    names = {"line": [line for line, _ in rows]} | {f"c{at}": [cells[at] for _, cells in rows] for at in range(len(columns))}
    kinds = pa.schema([("line", pa.int64()), *((f"c{at}", pa.string()) for at in range(len(columns)))])
    cursor.register("__copied", pa.table(names, kinds))
    wrong = " or ".join(
        f"(c{at} is not null and try_cast(c{at} as {kind}) is null)" for at, (_, kind) in enumerate(columns)
    )
    if bad := cursor.execute(f"select * from __copied where {wrong} order by line limit 1").fetchone():
        line, *cells = bad
        for at, (cell, (column, kind)) in enumerate(zip(cells, columns)):
            good = cursor.execute(f"select ? is null or try_cast(? as {kind}) is not null", [cell, cell]).fetchone()[0]
            if not good:
                code, word = next((known for start, known in REFUSED.items() if kind.startswith(start)), ("100038", "Numeric value"))
                row = next(number for number, (own, _) in enumerate(rows, 1) if own == line)
                table = target.rsplit(".", 1)[-1]
                message = (
                    f"{word} '{cell}' is not recognized\n  File '{file}', line {line}, character 1\n"
                    f"  Row {row}, column {table}[\"{column}\":{at + 1}]\n  {ADVICE}"
                )
                raise Refused(code, message, "22018")
    cursor.execute(f"insert into {target} select {casts} from __copied order by line")
    cursor.unregister("__copied")
    return len(rows)


def load_parquet(cursor: Any, target: str, columns: list[tuple[str, str]], path: Path) -> int:
    """Reads a Parquet file into the columns of its names."""
    inside = cursor.execute("select * from read_parquet(?) limit 0", [str(path)]).description
    known = {name[0].lower(): name[0] for name in inside}
    pairs = [(column, kind, known[column.lower()]) for column, kind in columns if column.lower() in known]
    into = ", ".join(f'"{column}"' for column, _, _ in pairs)
    read = ", ".join(f'cast("{own}" as {kind})' for _, kind, own in pairs)
    cursor.execute(f"insert into {target} ({into}) select {read} from read_parquet(?)", [str(path)])
    return cursor.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone()[0]
