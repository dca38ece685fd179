"""A Snowflake-protocol server for the tests: fakesnow, made to speak to clients that read JSON results.

    python fakesnow_json.py [--port 0] [--chunk-rows 20000]      prints: LISTENING http://127.0.0.1:PORT

fakesnow runs the SQL (on DuckDB) and was not written for us. Around it this file adds what its own server lacks:

- results as Snowflake's JSON row sets, with gzip chunks by URL when they are large;
- `data.queryId` in error replies, and an error reply where fakesnow itself fails;
- `abort-request` that stops the statement, which then fails with 000604;
- one statement at a time on a session, and waiting where DuckDB reports a write conflict;
- stages whose bucket is a folder, named file formats, and COPY INTO with its memory (`stages.py`);
- the history of queries by id (`query_history_by_user`, `result_scan`, `system$cancel_query`);
- an error where the objects of a missing schema are listed (fakesnow lists none), and grants, which are remembered;
- statements that DuckDB does not have and that change no data, answered without being run (SILENT), SWAP and TEMPORARY;
- faults, latency and a log of all requests, for the tests.

Test doors:
    GET  /_test/log          every statement: session, sql, tag, code, state, milliseconds
    GET  /_test/sessions     {"logins": n, "open": n, "most_running": n}
    GET  /_test/logins       what each login said: AUTHENTICATOR, LOGIN_NAME, PASSWORD, TOKEN, ..
    POST /_test/key          {"pem": ".."}: the public key that tokens of a login by key pair are checked against
    POST /_test/reset        forgets log and faults
    POST /_test/bucket       {"url": "s3://lake", "folder": "/tmp/x"}: what stages of such URLs read
    POST /_test/latency      {"ms": 200}: every request waits so long
    POST /_test/fault        one fault, taken by the next request that it fits:
         {"sql": "regex", "times": 1, "code": "390112", "message": "..", "state": ".."}   an error reply
         {"sql": "regex", "http": 503}             an HTTP status; the statement is not run
         {"sql": "regex", "http": 502, "run": true}  the same, and the statement is run
         {"sql": "regex", "delay": 2.5}            waits first
         {"sql": "regex", "async": true}           answers with a URL to poll, as after 45 seconds
         {"sql": "regex", "async": true, "polls": [502]}    and polls fail with these statuses
         {"sql": "regex", "instead": "select 1"}   runs another statement
         {"sql": "regex", "hang": 60}              takes so long, or until it is stopped
         {"sql": "regex", "columns": [..], "rows": [[..]]}  this answer, and the statement is not run
         {"login": "message"} or {"login_http": 503}        a refused or failing login
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import gzip
import hashlib
import json
import os
import random
import re
import secrets
import socket
import threading
import time
import urllib.parse
import uuid
from typing import Any

import duckdb
import fakesnow.server as fakesnow_server
import jwt
import pyarrow as pa
import uvicorn
from cryptography.hazmat.primitives import serialization
from fakesnow.cursor import FakeSnowflakeCursor
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stages import Refused, Stages

LEADING = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*", re.S)
TRAILING = re.compile(r"(?:\s|;|/\*(?:(?!\*/).)*\*/)*$", re.S)

# Answered with success and not run: they change no data, and DuckDB does not have them.
SILENT = [
    r"alter\s+session\s",
    r"use\s+warehouse\s",
    r"use\s+secondary\s+roles",
    r"alter\s+warehouse\s",
    r"alter\s+view\s+\S+\s+(set|modify|alter)\s",
    r"alter\s+table\s+\S+\s+(suspend|resume)\s+recluster",
    r"alter\s+table\s+\S+\s+(alter|modify)\s",
    r"comment\s+if\s+exists\s",
    r"alter\s+dynamic\s+table\s",
]
OBJECTS = re.compile(r"show\s+(?:terse\s+)?objects\s+in\s+(?:schema\s+)?([\w\"$]+)\.([\w\"$]+)", re.I)
GRANT = re.compile(r"(grant|revoke)\s+(.+?)\s+on\s+(?:(?:dynamic\s+)?table|view|schema|function)?\s*(\S+)\s+(?:to|from)\s+(?:role\s+)?(.+)$", re.I | re.S)
GRANTS = re.compile(r"show\s+grants\s+on\s+(?:(?:dynamic\s+)?table|view|schema|function)?\s*(\S+)", re.I)
SWAP = re.compile(r"alter\s+table\s+(?:if\s+exists\s+)?(\S+)\s+swap\s+with\s+(\S+?)$", re.I)
# DuckDB keeps temporary tables in a database of their own, and so refuses the full names that Snowflake wants.
TEMPORARY = re.compile(r"(create\s+or\s+replace\s+)temporary\s+(table|view)\b", re.I)
WAIT = re.compile(r"(?:call|select)\s+system\$wait\((\d+(?:\.\d+)?)[^)]*\)", re.I)
TAG = re.compile(r"alter\s+session\s+set\s+query_tag\s*=\s*'((?:[^']|'')*)'", re.I)
UNTAG = re.compile(r"alter\s+session\s+unset\s+query_tag", re.I)
HISTORY = re.compile(r"information_schema\.query_history_by_user.*query_id\s*=\s*'([^']+)'", re.I | re.S)
RESULT = re.compile(r"from\s+table\(result_scan\('([^']+)'\)\)", re.I)
STOP = re.compile(r"select\s+system\$cancel_query\('([^']+)'\)", re.I)


def bare(sql: str) -> str:
    """The statement without the comments and semicolons around it."""
    return TRAILING.sub("", sql[LEADING.match(sql).end() :])


class World:
    """What the server remembers beside fakesnow's own state."""

    def __init__(self) -> None:
        self.chunk_rows = 20_000
        self.latency = 0.0
        self.faults: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.logins = 0
        self.said: list[dict[str, Any]] = []
        self.key: str | None = None
        self.tokens: set[str] = set()
        self.tags: dict[str, str] = {}
        self.locks: dict[str, asyncio.Lock] = {}
        self.chunks: dict[str, bytes] = {}
        self.running: dict[str, tuple[Any, dict]] = {}
        self.aborted: set[str] = set()
        self.most_running = 0
        self.queries: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, set[tuple[str, str]]] = {}
        self.stages = Stages()

    def fault(self, fits) -> dict[str, Any]:
        """Takes the first fault that fits; an empty one where none does."""
        for fault in self.faults:
            if fits(fault):
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return dict(fault)
        return {}


world = World()

# fakesnow's MERGE keeps rows of its own in the schema, so two at once would disturb each other.
merging = threading.Lock()
plain_execute = FakeSnowflakeCursor.execute


def waiting_execute(cursor, command, *args, **kwargs):
    """Where DuckDB refuses a write conflict, Snowflake would make the second statement wait."""
    is_merge = bare(command).lower().startswith("merge")
    for attempt in range(200):
        try:
            with merging if is_merge else contextlib.nullcontext():
                return plain_execute(cursor, command, *args, **kwargs)
        except duckdb.Error as error:
            if "conflict" not in str(error).lower() or attempt == 199:
                raise
            time.sleep(random.uniform(0.005, 0.05))


FakeSnowflakeCursor.execute = waiting_execute


# --- answers ---------------------------------------------------------------------------------------------------------


def refusal(code: str, message: str, state: str | None = None, query_id: str | None = None) -> dict[str, Any]:
    query_id = query_id or str(uuid.uuid4())
    data = {"queryId": query_id, "errorCode": code, "sqlState": state}
    return {"data": data, "code": code, "sqlState": state, "message": message, "success": False}


def in_progress(query_id: str) -> dict[str, Any]:
    data = {"queryId": query_id, "getResultUrl": f"/queries/{query_id}/result"}
    return {"data": data, "code": "333334", "message": "Query execution in progress", "success": True}


def texts(query_id: str, names: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """An answer whose columns are texts, or of the type that is named behind a bar (`n|fixed`)."""
    rowtype = []
    for name in names:
        name, _, kind = name.partition("|")
        scale = {"fixed": 0, "timestamp_ltz": 9, "timestamp_ntz": 9}.get(kind)
        column = {"name": name, "type": kind or "text", "nullable": True, "scale": scale}
        rowtype.append(column | {"length": None if kind else 16777216, "precision": 38 if kind == "fixed" else scale})
    data = {
        "queryId": query_id, "rowtype": rowtype, "rowset": rows, "total": len(rows), "returned": len(rows),
        "queryResultFormat": "json",
    }
    return {"data": data, "code": None, "message": None, "success": True}


def seconds(nanos: int) -> str:
    whole, fraction = divmod(nanos, 1_000_000_000)
    return f"{whole}.{fraction:09d}"


def moment(value: dict[str, Any]) -> str | None:
    if value["epoch"] is None:  # fakesnow loses the mask of nulls of the structure itself
        return None
    text = f"{value['epoch']}.{value['fraction']:09d}"
    return f"{text} {value['timezone']}" if "timezone" in value else text


def written(column: pa.ChunkedArray, field: pa.Field) -> list[str | None]:
    """The values of an Arrow column as Snowflake writes them in JSON."""
    logical = (field.metadata or {}).get(b"logicalType", b"").decode()
    kind = field.type
    if pa.types.is_boolean(kind):
        write = lambda value: "1" if value else "0"
    elif pa.types.is_date(kind):
        column, write = column.cast(pa.int32()), str
    elif logical == "TIME":
        write = seconds
    elif pa.types.is_struct(kind):
        write = moment
    elif pa.types.is_decimal(kind):
        write = lambda value: format(value, "f")
    elif pa.types.is_floating(kind):
        write = repr
    elif pa.types.is_binary(kind):
        write = lambda value: value.hex().upper()
    else:
        write = str
    return [None if value is None else write(value) for value in column.to_pylist()]


def as_json(data: dict[str, Any], base_url: str) -> None:
    """Turns an Arrow answer into a row set, in place."""
    encoded = data.pop("rowsetBase64", None)
    data["queryResultFormat"] = "json"
    rows: list[Any] = []
    if encoded:
        table = pa.ipc.open_stream(base64.b64decode(encoded)).read_all()
        columns = [written(column, field) for column, field in zip(table.columns, table.schema)]
        rows = [list(row) for row in zip(*columns)]
    first, rest = rows[: world.chunk_rows], rows[world.chunk_rows :]
    data["rowset"], data["total"], data["returned"] = first, len(rows), len(first)
    if rest:
        data["chunkHeaders"], data["chunks"] = {}, []
        for at in range(0, len(rest), world.chunk_rows):
            part = rest[at : at + world.chunk_rows]
            raw = json.dumps(part, separators=(",", ":"))[1:-1].encode()  # rows without the outer brackets
            packed, key = gzip.compress(raw, 1), secrets.token_urlsafe(12)
            world.chunks[key] = packed
            chunk = {"url": f"{base_url}chunks/{key}", "rowCount": len(part)}
            data["chunks"].append(chunk | {"uncompressedSize": len(raw), "compressedSize": len(packed)})


# --- requests --------------------------------------------------------------------------------------------------------


async def document(request: Request) -> dict[str, Any]:
    body = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return json.loads(body)


def again(request: Request, doc: dict[str, Any]) -> Request:
    """The request with another document, for fakesnow."""
    body = json.dumps(doc).encode()
    scope = dict(request.scope)
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"content-encoding"]

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


async def login(request: Request) -> Response:
    await asyncio.sleep(world.latency)
    fault = world.fault(lambda fault: "login" in fault or "login_http" in fault)
    if "login_http" in fault:
        return Response("injected", status_code=fault["login_http"])
    if "login" in fault:
        return JSONResponse({"data": None, "code": "390100", "message": fault["login"], "success": False})
    doc = await document(request)
    parameters = doc["data"].setdefault("SESSION_PARAMETERS", {})  # without any, fakesnow fails
    world.said.append(doc["data"])
    if world.key and (why := wrong_token(doc["data"], world.key)):
        message = f"JWT token is invalid. [{why}]"
        return JSONResponse({"data": None, "code": "390144", "message": message, "success": False})
    reply = await fakesnow_server.login_request(again(request, doc))
    answer = json.loads(reply.body)
    token = (answer.get("data") or {}).get("token")
    if token:
        world.logins += 1
        world.tokens.add(token)
        world.tags[token] = parameters.get("QUERY_TAG", "")
    return reply


def wrong_token(data: dict[str, Any], pem: str) -> str | None:
    """What Snowflake would not accept about the token of a login by key pair."""
    key = serialization.load_pem_public_key(pem.encode())
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    print_ = "SHA256:" + base64.b64encode(hashlib.sha256(key.public_bytes(*form)).digest()).decode()
    user = f"{data['ACCOUNT_NAME']}.{data['LOGIN_NAME']}".upper()
    try:
        said = jwt.decode(data["TOKEN"], key, algorithms=["RS256"])
    except (KeyError, jwt.InvalidTokenError) as error:
        return repr(error)
    wanted = {"iss": f"{user}.{print_}", "sub": user}
    return None if wanted.items() <= said.items() else f"{said} is not {wanted}"


async def access_token(request: Request) -> Response:
    """What an account answers to a refresh token and a client of an OAuth integration."""
    form = urllib.parse.parse_qs((await request.body()).decode())
    client = base64.b64decode(request.headers.get("authorization", "Basic ").removeprefix("Basic ")).decode()
    if form.get("refresh_token") != ["refresh-1"] or client != "client:secret-1":
        return JSONResponse({"error": "invalid_client", "message": "This is an invalid client."}, status_code=400)
    return JSONResponse({"access_token": "access-1", "token_type": "Bearer", "expires_in": 600})


async def query(request: Request) -> Response:
    await asyncio.sleep(world.latency)
    request_id = request.query_params.get("requestId", "")
    try:
        token = fakesnow_server.to_token(request)
        connection = fakesnow_server.to_conn(token)
    except fakesnow_server.ServerError as error:
        return JSONResponse({"data": None, "code": error.code, "message": error.message, "success": False})
    doc = await document(request)
    sql = doc["sqlText"]
    if found := TAG.search(sql):
        world.tags[token] = found[1].replace("''", "'")
    elif UNTAG.search(sql):
        world.tags[token] = ""
    entry = {"session": token[:8], "sql": sql, "tag": world.tags.get(token, ""), "code": None, "state": "sent"}
    entry["begun"] = time.monotonic()
    world.log.append(entry)
    fault = world.fault(lambda fault: "sql" in fault and re.search(fault["sql"], sql, re.I | re.S))
    await asyncio.sleep(fault.get("delay", 0))
    if "code" in fault:
        entry["code"], entry["state"] = fault["code"], "refused"
        if fault["code"].startswith("3901"):
            # A session that is refused has no statement: as for a token that is not known.
            return JSONResponse({"data": None, "code": fault["code"], "message": fault["message"], "success": False})
        return JSONResponse(refusal(fault["code"], fault.get("message", "injected"), fault.get("state")))
    if "http" in fault and not fault.get("run"):
        entry["state"] = f"http {fault['http']}"
        return Response("injected", status_code=fault["http"])
    doc["sqlText"] = f"call system$wait({fault['hang']})" if "hang" in fault else fault.get("instead", sql)
    query_id = str(uuid.uuid4())
    if "rows" in fault:
        entry["state"] = "ok"
        return JSONResponse(texts(query_id, fault["columns"], fault["rows"]))
    if found := HISTORY.search(sql):
        return JSONResponse(history(query_id, found[1], entry))
    if found := RESULT.search(sql):
        return JSONResponse(result_of(found[1], entry))
    if found := STOP.search(sql):
        stop_query(found[1])
        entry["state"] = "ok"
        return JSONResponse(texts(query_id, ["SYSTEM$CANCEL_QUERY"], [["query stopped"]]))
    work = asyncio.ensure_future(execute(request, connection, (token, request_id, query_id), doc, entry))
    world.queries[query_id] = {"work": work, "request": request_id, "polls": list(fault.get("polls", []))}
    if fault.get("async"):
        return JSONResponse(in_progress(query_id))
    reply = await asyncio.shield(work)
    if "http" in fault:
        return Response("injected", status_code=fault["http"])
    return JSONResponse(reply)


def history(query_id: str, wanted: str, entry: dict[str, Any]) -> dict[str, Any]:
    entry["state"] = "ok"
    known = world.queries.get(wanted)
    names = ["EXECUTION_STATUS", "ERROR_CODE", "ERROR_MESSAGE"]
    if known is None:
        return texts(query_id, names, [])
    if not known["work"].done():
        return texts(query_id, names, [["RUNNING", None, None]])
    reply = known["work"].result()
    if reply.get("success"):
        return texts(query_id, names, [["SUCCESS", None, None]])
    return texts(query_id, names, [["FAILED_WITH_ERROR", (reply["code"] or "").lstrip("0"), reply["message"]]])


def result_of(wanted: str, entry: dict[str, Any]) -> dict[str, Any]:
    known = world.queries.get(wanted)
    if known is None or not known["work"].done():
        entry["state"] = "refused"
        return refusal("000709", f"Statement {wanted} not found", "02000")
    entry["state"] = "ok"
    return known["work"].result()


async def poll(request: Request) -> Response:
    await asyncio.sleep(world.latency)
    query_id = request.path_params["query_id"]
    known = world.queries.get(query_id)
    if known is None:
        return JSONResponse(refusal("000709", f"Statement {query_id} not found", "02000"))
    if known["polls"]:
        status = known["polls"].pop(0)
        if status == 390112:
            return JSONResponse(refusal("390112", "Your session has expired. Please login again.", None, query_id))
        return Response("injected", status_code=status)
    done, _ = await asyncio.wait([known["work"]], timeout=2)
    return JSONResponse(known["work"].result() if done else in_progress(query_id))


def steps(sql: str) -> list[str]:
    """The statements that fakesnow is to run for one."""
    statement = bare(sql)
    if any(re.match(pattern, statement, re.I) for pattern in SILENT):
        return ["select 'Statement executed successfully.' as \"status\""]
    if found := SWAP.match(statement):
        one, other = found.groups()
        last = lambda name: name.rsplit(".", 1)[-1]
        between = (one.rsplit(".", 1)[0] + "." if "." in one else "") + "__SWAPPED"
        return [
            f"alter table {one} rename to __SWAPPED",
            f"alter table {other} rename to {last(one)}",
            f"alter table {between} rename to {last(other)}",
        ]
    if found := TEMPORARY.match(statement):
        kind = "transient table" if found[2].lower() == "table" else "view"
        return [found[1] + kind + statement[found.end() :]]
    return [sql]


async def execute(request: Request, connection: Any, ids: tuple[str, str, str], doc: dict, entry: dict) -> dict:
    token, request_id, query_id = ids
    async with world.locks.setdefault(token, asyncio.Lock()):
        world.running[request_id] = (connection, entry)
        world.most_running = max(world.most_running, len(world.running))
        try:
            reply = await run(request, connection, ids, doc)
        except Exception as error:  # a fault of our own must not look like one of the network
            fakesnow_server.logger.error("fakesnow_json", exc_info=error)
            reply = refusal("261001", f"fakesnow_json: {type(error).__name__}: {error}")
        finally:
            world.running.pop(request_id, None)
            world.aborted.discard(request_id)
    if reply.get("data"):
        reply["data"]["queryId"] = query_id
    entry["code"] = reply.get("code") if not reply.get("success") else None
    entry["state"] = "ok" if reply.get("success") else ("stopped" if reply["code"] == "000604" else "failed")
    entry["milliseconds"] = round((time.monotonic() - entry.pop("begun")) * 1000)
    return reply


async def run(request: Request, connection: Any, ids: tuple[str, str, str], doc: dict) -> dict[str, Any]:
    _, request_id, query_id = ids
    stopped = lambda: refusal("000604", "SQL execution canceled", "57014", query_id)
    if found := WAIT.match(bare(doc["sqlText"])):
        for _ in range(int(float(found[1]) * 20)):
            if request_id in world.aborted:
                return stopped()
            await asyncio.sleep(0.05)
        return texts(query_id, ["SYSTEM$WAIT"], [[f"waited {found[1]} seconds"]])
    statement = bare(doc["sqlText"])
    if found := GRANTS.match(statement):
        return grants_on(query_id, found[1])
    if found := GRANT.match(statement):
        return grant(query_id, found)
    if found := OBJECTS.match(statement):
        database, schema = (kept(name) for name in found.groups())
        count = f"select count(*) as c from {database}.information_schema.schemata where schema_name = '{schema}'"
        answer = await fakesnow_server.query_request(again(request, doc | {"sqlText": count}))
        known = json.loads(answer.body)
        if known.get("success"):
            as_json(known["data"], str(request.base_url))
        if not known.get("success") or known["data"]["rowset"][0][0] == "0":
            message = "SQL compilation error:\nObject does not exist, or operation cannot be performed."
            return refusal("002043", message, "02000", query_id)
    try:
        answer = await asyncio.to_thread(world.stages.answer, statement, connection._duck_conn)
    except Refused as refused:
        return refusal(refused.code, refused.message, refused.state, query_id)
    if answer is not None:
        return texts(query_id, *answer)
    reply: dict[str, Any] = {}
    for sql in steps(doc["sqlText"]):
        answer = await fakesnow_server.query_request(again(request, doc | {"sqlText": sql}))
        reply = json.loads(answer.body)
        if not reply.get("success"):
            break
    if request_id in world.aborted:
        return stopped()
    if not reply.get("success"):
        state = (reply.get("data") or {}).get("sqlState")
        return refusal(reply["code"], reply["message"], state, query_id)
    world.stages.noted(statement)
    if reply["data"].get("queryResultFormat") == "arrow":
        as_json(reply["data"], str(request.base_url))
    return reply


def kept(name: str) -> str:
    """A name as the server keeps it."""
    return name[1:-1] if name.startswith('"') else name.upper()


def whole(name: str) -> str:
    return ".".join(kept(part) for part in name.split("."))


def grant(query_id: str, found: re.Match) -> dict[str, Any]:
    verb, privileges, name, roles = found.groups()
    known = world.grants.setdefault(whole(name), set())
    for privilege in privileges.split(","):
        for role in roles.split(","):
            pair = (privilege.strip().upper(), kept(re.sub(r"(?i)^role\s+", "", role.strip())))
            known.add(pair) if verb.lower() == "grant" else known.discard(pair)
    return texts(query_id, ["status"], [["Statement executed successfully."]])


def grants_on(query_id: str, name: str) -> dict[str, Any]:
    names = ["created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by"]
    own = ["1970-01-01", "OWNERSHIP", "TABLE", whole(name), "ROLE", "SYSADMIN", "true", "SYSADMIN"]
    rows = [
        ["1970-01-01", privilege, "TABLE", whole(name), "ROLE", role, "false", "SYSADMIN"]
        for privilege, role in sorted(world.grants.get(whole(name), set()))
    ]
    return texts(query_id, names, [own, *rows])


def stop_request(request_id: str) -> None:
    if found := world.running.get(request_id):
        world.aborted.add(request_id)
        found[0]._duck_conn.interrupt()


def stop_query(query_id: str) -> None:
    if known := world.queries.get(query_id):
        stop_request(known["request"])


async def abort(request: Request) -> Response:
    await asyncio.sleep(world.latency)
    stop_request((await document(request)).get("requestId", ""))
    return JSONResponse({"data": None, "code": None, "message": None, "success": True})


async def chunk(request: Request) -> Response:
    body = world.chunks.get(request.path_params["key"])
    return Response(body, media_type="application/octet-stream") if body else Response(status_code=404)


async def door(request: Request) -> Response:
    """The doors of the tests."""
    what = request.path_params["what"]
    # A body that is not read would reset the connection that has the answer.
    await request.body()
    if what == "fault":
        world.faults.append(await request.json())
    elif what == "key":
        world.key = (await request.json())["pem"]
    elif what == "bucket":
        bucket = await request.json()
        world.stages.buckets[bucket["url"]] = bucket["folder"]
    elif what == "logins":
        return JSONResponse(world.said)
    elif what == "latency":
        world.latency = (await request.json())["ms"] / 1000
    elif what == "reset":
        world.log.clear()
        world.said.clear()
        world.faults.clear()
        world.latency, world.logins, world.most_running = 0.0, 0, 0
        world.tokens.clear()
    elif what == "sessions":
        sessions = len({entry["session"] for entry in world.log})
        return JSONResponse({"logins": world.logins, "used": sessions, "most_running": world.most_running})
    shown = [{name: value for name, value in entry.items() if name != "begun"} for entry in world.log]
    return JSONResponse(shown)


OWN = {
    "/session/v1/login-request": login,
    "/queries/v1/query-request": query,
    "/queries/v1/abort-request": abort,
}
app = Starlette(
    routes=[
        *[Route(path, handler, methods=["POST"]) for path, handler in OWN.items()],
        Route("/chunks/{key}", chunk, methods=["GET"]),
        Route("/oauth/token-request", access_token, methods=["POST"]),
        Route("/queries/{query_id}/result", poll, methods=["GET"]),
        Route("/_test/{what}", door, methods=["GET", "POST"]),
        *[route for route in fakesnow_server.routes if route.path not in OWN],
    ]
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--chunk-rows", type=int, default=world.chunk_rows)
    given = parser.parse_args()
    world.chunk_rows = given.chunk_rows
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((given.host, given.port))
    print(f"LISTENING http://{given.host}:{listener.getsockname()[1]}", flush=True)
    level = os.environ.get("FAKESNOW_LOG", "warning")
    uvicorn.Server(uvicorn.Config(app, log_level=level)).run(sockets=[listener])


if __name__ == "__main__":
    main()
