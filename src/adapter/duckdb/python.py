"""Runs one Python model of a netflix project, in the user's own Python.

The database file belongs to the netflix process, so the model gets a DuckDB connection in memory that has the same
names. A relation comes over as a Parquet file when it is first asked for; the tables that the model makes go back the
same way. The two processes talk in lines of JSON: this one asks on its standard output, the answers come in on its
standard input. What the model prints travels in the same lines.
"""

import io
import json
import os
import re
import sys
import threading
import traceback
import types

HERE = __file__
PLAIN = re.compile(
    r"(BOOLEAN|U?TINYINT|U?SMALLINT|U?INTEGER|U?BIGINT|FLOAT|DOUBLE|DECIMAL\(.*\)|VARCHAR|BLOB|DATE|TIME|UUID|INTERVAL"
    r"|JSON|VARIANT|TIMESTAMP|TIMESTAMP_NS|TIMESTAMP WITH TIME ZONE)$"
)
AS_TEXT = re.compile(r"HUGEINT|UNION\(|BIGNUM|VARINT|GEOMETRY|\bBIT\b")
NAME = re.compile(r'(?:"((?:[^"]|"")+)"|(\w+))(\.|$)')
MISSING = re.compile(r'Table with name "?(.+?)"? does not exist')


class Host:
    """The netflix process."""

    def __init__(self):
        self.lock = threading.RLock()
        self.requests = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self.answers = os.fdopen(os.dup(0), "r", encoding="utf-8")
        # Native code that prints must not disturb the requests, and nobody types an input.
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def tell(self, **message):
        with self.lock:
            self.requests.write(json.dumps(message) + "\n")
            self.requests.flush()

    def read(self):
        return json.loads(self.answers.readline() or "{}")

    def ask(self, **message):
        with self.lock:
            self.tell(**message)
            return self.read()


class Output(io.TextIOBase):
    """Standard output of the model."""

    def __init__(self, host):
        self.host = host
        self.rest = ""

    def writable(self):
        return True

    def write(self, text):
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            self.host.tell(say=line)
        return len(text)

    def finish(self):
        if self.rest:
            self.host.tell(say=self.rest)
            self.rest = ""


def quoted(*names):
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def parts(name):
    """The parts of a written relation name, or None for other SQL."""
    found, at = [], 0
    while at < len(name):
        match = NAME.match(name, at)
        if not match:
            return None
        found.append(match.group(1).replace('""', '"') if match.group(1) else match.group(2))
        at = match.end()
    return found if 0 < len(found) < 4 else None


class Mirror:
    """The names of the database, as views on what the netflix process hands over."""

    def __init__(self, duckdb, host, job):
        self.duckdb = duckdb
        self.host = host
        self.declared = job["relations"]
        self.folder = job["folder"]
        self.database = job["database"]
        self.shown = set()
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET temp_directory = " + literal(self.folder))
        self.prepare(self.connection, first=True)
        for statement in job["setup"]:
            try:
                self.connection.execute(statement)
            except duckdb.Error as error:
                host.tell(note="not set up in the model's connection: " + str(error))

    def prepare(self, connection, first=False):
        try:
            # Names of data frames are looked up in the model's frame, beyond ours.
            connection.execute("SET python_scan_all_frames = true")
        except self.duckdb.Error:
            pass
        if first:
            self.place(self.database, "main")
            for database, schema, _ in self.declared:
                self.place(database, schema)
        connection.execute("USE " + quoted(self.database))

    def place(self, database, schema):
        known = {row[0] for row in self.connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()}
        if database not in known:
            self.connection.execute("ATTACH ':memory:' AS " + quoted(database))
        self.connection.execute("CREATE SCHEMA IF NOT EXISTS " + quoted(database, schema))

    def fetch(self, name, schema=None, database=None):
        """Shows the relations of this name; tells whether there is a new one."""
        answer = self.host.ask(want={"database": database, "schema": schema, "name": name}, shown=sorted(self.shown))
        if answer.get("error"):
            raise RuntimeError(answer["error"])
        for relation in answer.get("relations", []):
            self.show(relation)
        return bool(answer.get("relations"))

    def show(self, relation):
        path = relation["path"]
        self.place(path[0], path[1])
        columns = ", ".join(
            quoted(name) if PLAIN.match(kind) else f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}"
            for name, kind in relation["columns"]
        )
        source = "read_parquet(" + literal(relation["file"]) + ", hive_partitioning = false)"
        self.shown.add(quoted(*path))
        try:
            self.connection.execute(f"CREATE VIEW {quoted(*path)} AS SELECT {columns} FROM {source}")
        except self.duckdb.CatalogException:
            pass  # the model made a table of this name

    def load(self, written):
        """`dbt.ref` and `dbt.source`."""
        name = parts(written)
        if name and quoted(*name) not in self.shown:
            self.fetch(*reversed(name))
        return self.connection.query("select * from " + written)

    def retrying(self, call):
        """Calls again when a relation was missing that the database has."""

        def called(*args, **kwargs):
            tried = set()
            while True:
                try:
                    return call(*args, **kwargs)
                except (self.duckdb.CatalogException, self.duckdb.BinderException) as error:
                    missing = MISSING.search(str(error))
                    name = missing.group(1) if missing else None
                    if name in tried or not self.find(name):
                        raise
                    tried.add(name)

        return called

    def find(self, name):
        if name:
            return self.fetch(parts(name)[-1] if parts(name) else name)
        fresh = [path for path in self.declared if quoted(*path) not in self.shown]
        return any([self.fetch(*reversed(path)) for path in fresh])

    def tables(self):
        sql = "SELECT database_name, schema_name, table_name, temporary FROM duckdb_tables() WHERE NOT internal"
        return self.connection.execute(sql + " ORDER BY table_oid").fetchall()

    def hand_back(self, table, number):
        database, schema, name, temporary = table
        path = quoted(database, schema, name)
        columns = [row[:2] for row in self.connection.execute("DESCRIBE " + path).fetchall()]
        selected = ", ".join(
            f"CAST({quoted(column)} AS VARCHAR) AS {quoted(column)}" if AS_TEXT.search(kind) else quoted(column)
            for column, kind in columns
        )
        file = os.path.join(self.folder, f"made-{number}.parquet")
        self.connection.execute(f"COPY (SELECT {selected} FROM {path}) TO {literal(file)} (FORMAT parquet)")
        return {"path": [database, schema, name], "temporary": temporary, "file": file, "columns": columns}


class Session:
    """The model's second argument: the connection, which finds relations of the database when they are named."""

    def __init__(self, mirror, connection):
        self._mirror = mirror
        self._connection = connection

    def __getattr__(self, name):
        value = getattr(self._connection, name)
        if name in ("execute", "executemany", "sql", "query", "from_query", "table", "view"):
            return self._mirror.retrying(value)
        return value

    def cursor(self):
        connection = self._connection.cursor()
        self._mirror.prepare(connection)
        return Session(self._mirror, connection)

    duplicate = cursor

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def rows_of(frame):
    """What a model may return besides what DuckDB registers by itself."""
    if isinstance(frame, types.GeneratorType):
        frame = list(frame)
    if isinstance(frame, list) and frame:
        import pyarrow

        if all(isinstance(batch, pyarrow.RecordBatch) for batch in frame):
            return pyarrow.Table.from_batches(frame)
        if all(isinstance(table, pyarrow.Table) for table in frame):
            return pyarrow.concat_tables(frame)
    if type(frame).__module__.startswith("polars") and type(frame).__name__ == "LazyFrame":
        return frame.collect()
    return frame


def module_of(job):
    # A name of its own: a model may be called as the package that it imports.
    module = types.ModuleType("dbt_model_" + job["name"])
    module.__file__ = job["path"]
    sys.modules[module.__name__] = module
    own = "\n" * (job["first_line"] - 1) + job["own"]
    import linecache

    linecache.cache[job["path"]] = (len(own), None, own.splitlines(True), job["path"])
    exec(compile(own, job["path"], "exec", dont_inherit=True), module.__dict__)
    exec(compile(job["added"], "<dbt>", "exec", dont_inherit=True), module.__dict__)
    return module


def strip(report, seen):
    """Takes our own frames out of a traceback."""
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    report.stack[:] = [frame for frame in report.stack if frame.filename != HERE]
    strip(report.__cause__, seen)
    strip(report.__context__, seen)


def failure(error, path):
    report = traceback.TracebackException.from_exception(error)
    strip(report, set())
    lines = [frame.lineno for frame in report.stack if frame.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(error.lineno)
    return {
        "text": "".join(report.format()),
        "line": lines[-1] if lines else None,
        "missing": error.name if isinstance(error, ModuleNotFoundError) else None,
    }


def main():
    host = Host()
    job = host.read()
    folder = os.path.dirname(HERE)
    sys.path[:] = [path for path in sys.path if path not in ("", folder)]
    sys.path.extend(path for path in job["module_paths"] if path not in sys.path)
    sys.argv = [job["path"]]
    sys.stdout = output = Output(host)
    try:
        try:
            import duckdb
        except ModuleNotFoundError as error:
            if error.name == "duckdb":
                host.tell(unfit="duckdb")
                return
            raise
        host.tell(fit=True)
        mirror = Mirror(duckdb, host, job)
        module = module_of(job)
        frame = module.model(module.dbtObj(mirror.load), Session(mirror, mirror.connection))
        before = set(mirror.tables())
        module.materialize(rows_of(frame), mirror.connection)
        made = [table for table in mirror.tables() if not table[3] or table not in before]
        result = {"done": [mirror.hand_back(table, number) for number, table in enumerate(made)]}
    except Exception as error:
        result = {"failed": failure(error, job["path"])}
    except SystemExit as error:
        result = {"failed": failure(error, job["path"])}
    output.finish()
    host.tell(**result)


if __name__ == "__main__":
    main()
