//! The engine itself: values, transactions, places of errors, sessions side by side.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::adapter::{Adapter, Cell, ErrorKind, Fetch, Relation, RowLoad, Scratch, Session, Table, TableColumn, open};

fn memory() -> Arc<dyn Adapter> {
    open(json!({"type": "duckdb"}).as_object().unwrap(), std::path::Path::new(".")).unwrap()
}

fn file(scratch: &Scratch) -> Arc<dyn Adapter> {
    open(json!({"type": "duckdb", "path": "dev.duckdb"}).as_object().unwrap(), scratch.path()).unwrap()
}

fn run(session: &mut dyn Session, sql: &str) -> Table {
    session.execute(sql, Fetch::All).unwrap_or_else(|error| panic!("{sql}: {error}")).table
}

#[test]
fn every_type_is_exact() {
    let adapter = memory();
    let mut session = adapter.connect("test").unwrap();
    run(session.as_mut(), "create type mood as enum ('sad', 'ok')");
    let cases = [
        ("null", "\"NULL\"", "None"),
        ("true", "BOOLEAN", "True"),
        ("(-128)::tinyint", "TINYINT", "-128"),
        ("65535::usmallint", "USMALLINT", "65535"),
        ("18446744073709551615::ubigint", "UBIGINT", "18446744073709551615"),
        ("170141183460469231731687303715884105727::hugeint", "HUGEINT", "170141183460469231731687303715884105727"),
        ("(-170141183460469231731687303715884105728)::hugeint", "HUGEINT", "-170141183460469231731687303715884105728"),
        ("340282366920938463463374607431768211455::uhugeint", "UHUGEINT", "340282366920938463463374607431768211455"),
        ("0.1::float", "FLOAT", "0.10000000149011612"),
        ("0.1::double", "DOUBLE", "0.1"),
        ("'nan'::double", "DOUBLE", "nan"),
        ("3.5::decimal(2,1)", "DECIMAL(2,1)", "3.5"),
        ("(-0.05)::decimal(9,2)", "DECIMAL(9,2)", "-0.05"),
        ("7::decimal(38,0)", "DECIMAL(38,0)", "7"),
        (
            "1234567890123456789012345678.0123456789::decimal(38,10)",
            "DECIMAL(38,10)",
            "1234567890123456789012345678.0123456789",
        ),
        ("'é''x'", "VARCHAR", "é'x"),
        ("'a'::blob", "BLOB", "b'a'"),
        ("date '2024-02-29'", "DATE", "2024-02-29"),
        ("'infinity'::date", "DATE", "infinity"),
        ("time '23:59:59.5'", "TIME", "23:59:59.500000"),
        ("timestamp '1969-12-31 23:59:59.999999'", "TIMESTAMP", "1969-12-31 23:59:59.999999"),
        ("'infinity'::timestamp", "TIMESTAMP", "infinity"),
        ("timestamp_s '2024-01-01 00:00:01'", "TIMESTAMP_S", "2024-01-01 00:00:01"),
        ("timestamp_ms '2024-01-01 00:00:00.123'", "TIMESTAMP_MS", "2024-01-01 00:00:00.123000"),
        ("timestamp_ns '2024-01-01 00:00:00.123456789'", "TIMESTAMP_NS", "2024-01-01 00:00:00.123456789"),
        ("timestamptz '2024-01-01 02:00:00+02'", "TIMESTAMP WITH TIME ZONE", "2024-01-01 00:00:00+00:00"),
        ("interval '1 month 2 days 3 seconds'", "INTERVAL", "32 days, 0:00:03"),
        ("'ok'::mood", "ENUM", "ok"),
        ("uuid '47183823-2574-4bfd-b411-99ed177d3e43'", "UUID", "47183823-2574-4bfd-b411-99ed177d3e43"),
        ("'{\"a\": 1}'::json", "JSON", "{\"a\": 1}"),
        ("'101'::bit", "BIT", "101"),
        ("[1, null, 3]", "INTEGER[]", "[1, None, 3]"),
        ("[1, 2]::integer[2]", "INTEGER[ARRAY]", "[1, 2]"),
        ("[['a'], []]", "VARCHAR[][]", "[['a'], []]"),
        (
            "{'a': 1, 'b c': {'d': [date '2024-01-01']}}",
            "STRUCT(a INTEGER, \"b c\" STRUCT(d DATE[]))",
            "{'a': 1, 'b c': {'d': [datetime.date(2024, 1, 1)]}}",
        ),
        ("map {'k': 1::hugeint}", "MAP(VARCHAR, HUGEINT)", "{'k': 1}"),
        ("union_value(num := 2)", "UNION(num INTEGER)", "2"),
        (
            "[340282366920938463463374607431768211455::uhugeint]",
            "UHUGEINT[]",
            "[Decimal('340282366920938463463374607431768211455')]",
        ),
    ];
    for (expression, data_type, expected) in cases {
        let table = run(session.as_mut(), &format!("select {expression} as x"));
        assert_eq!(table.first().unwrap().to_string(), expected, "{expression}");
        assert_eq!(table.columns[0].data_type, data_type, "{expression}");
    }
    assert_eq!(run(session.as_mut(), "select 1::hugeint").first(), Some(&Cell::Int(1)));
    assert!(matches!(run(session.as_mut(), "select '[1]'::json").first(), Some(Cell::Json(_))));
}

#[test]
fn large_results_and_limits() {
    let adapter = memory();
    let mut session = adapter.connect("test").unwrap();
    let table =
        run(session.as_mut(), "select i, i::varchar as t, case when i % 3 = 0 then i end as n from range(100000) t(i)");
    assert_eq!(table.rows.len(), 100_000);
    assert_eq!(table.rows[99_999], [Cell::Int(99_999), Cell::Text("99999".into()), Cell::Int(99_999)]);
    assert_eq!(table.rows[1][2], Cell::Null);
    let some = session.execute("select * from range(1000000000000)", Fetch::Limit(5000)).unwrap().table;
    assert_eq!(some.rows.len(), 5000);
    let none = session.execute("select 1 as a", Fetch::None).unwrap();
    assert_eq!((none.table.rows.len(), none.table.columns.len()), (0, 0));
    assert_eq!(none.response.to_json(), *json!({"_message": "OK"}).as_object().unwrap());
}

#[test]
fn statements_follow_each_other() {
    let adapter = memory();
    let mut session = adapter.connect("test").unwrap();
    run(session.as_mut(), "create table t as select i from range(5) t(i)");
    run(session.as_mut(), "insert into t values (7); update t set i = i + 1");
    assert_eq!(
        session.execute("select sum(i)::integer from t", Fetch::All).unwrap().table.first(),
        Some(&Cell::Int(23))
    );
    assert_eq!(run(session.as_mut(), "select 1 as a; select 2 as b;").names().collect::<Vec<_>>(), ["b"]);
    for blank in ["", "  ", ";", "-- nothing\n", "/* x */ ;"] {
        assert_eq!(
            session.execute(blank, Fetch::All).map(|answer| answer.response.message),
            Ok("OK".to_owned()),
            "{blank:?}"
        );
    }
    assert!(run(session.as_mut(), "select 1 as a, 2 as a").names().eq(["a", "a_2"]));
}

#[test]
fn errors_have_kind_and_place() {
    let adapter = memory();
    let mut session = adapter.connect("test").unwrap();
    run(session.as_mut(), "create table t (a integer not null unique, b varchar)");
    let cases = [
        ("select 'é';\nselec 1", ErrorKind::Syntax, Some("selec")),
        ("select 1;\nselect 'é',\n   nope from t", ErrorKind::Binder, Some("nope")),
        ("select fooo(1)", ErrorKind::Catalog, Some("fooo")),
        ("select * from missing", ErrorKind::Catalog, Some("missing")),
        ("select cast('x' as integer)", ErrorKind::Conversion, Some("cast")),
        ("insert into t values (null, '')", ErrorKind::Constraint, None),
        ("insert into t values (1, ''), (1, '')", ErrorKind::Constraint, None),
        ("create table t (a integer)", ErrorKind::Catalog, None),
        ("select error('boom')", ErrorKind::Other, None),
        ("select * from read_csv('/nowhere.csv')", ErrorKind::Io, None),
        ("select 1/0 + 'a'", ErrorKind::Conversion, None),
    ];
    for (sql, kind, word) in cases {
        let error = session.execute(sql, Fetch::All).unwrap_err();
        assert_eq!(error.kind, kind, "{sql}: {error:?}");
        assert!(!error.message.contains('\n') && !error.message.starts_with('{'), "{error:?}");
        assert!(error.text.contains(" Error: "), "{error:?}");
        if let Some(word) = word {
            let at = error.position.unwrap_or_else(|| panic!("{sql}: {error:?}"));
            assert!(sql[at..].starts_with(word), "{sql}: {error:?}");
        }
    }
    let error = session.execute("select a,\n  bb from t", Fetch::All).unwrap_err();
    assert!(error.text.ends_with("\n\nLINE 2:   bb from t\n          ^"), "{}", error.text);
    assert_eq!(error.length, Some(2));
}

#[test]
fn transactions_hide_and_undo() {
    let scratch = Scratch::new();
    let adapter = file(&scratch);
    let (mut one, mut two) = (adapter.connect("one").unwrap(), adapter.connect("two").unwrap());
    run(one.as_mut(), "create table t as select 1 as a");
    one.begin().unwrap();
    one.begin().unwrap();
    assert!(one.in_transaction());
    run(one.as_mut(), "create or replace table t as select 2 as a");
    assert_eq!(run(two.as_mut(), "select a from t").first(), Some(&Cell::Int(1)));
    one.rollback().unwrap();
    one.rollback().unwrap();
    assert!(!one.in_transaction());
    assert_eq!(run(one.as_mut(), "select a from t").first(), Some(&Cell::Int(1)));
    run(one.as_mut(), "begin; create or replace table t as select 3 as a");
    assert!(one.in_transaction());
    one.commit().unwrap();
    assert_eq!(run(two.as_mut(), "select a from t").first(), Some(&Cell::Int(3)));
    // An error inside a transaction leaves it open until it is rolled back.
    one.begin().unwrap();
    assert!(one.execute("select nope", Fetch::None).is_err());
    assert!(one.in_transaction());
    one.rollback().unwrap();
    run(one.as_mut(), "select 1");
}

#[test]
fn silent_transactions() {
    let output = json!({"type": "duckdb", "disable_transactions": true});
    let adapter = open(output.as_object().unwrap(), std::path::Path::new(".")).unwrap();
    let mut session = adapter.connect("test").unwrap();
    session.begin().unwrap();
    assert!(!session.in_transaction() && !adapter.transactions());
    session.commit().unwrap();
}

#[test]
fn seeds_are_cast_by_the_table() {
    let adapter = memory();
    let mut session = adapter.connect("test").unwrap();
    run(session.as_mut(), "create table s (id integer, day date, price decimal(9,2), note text, ok boolean, n double)");
    let into = Relation::new(adapter.dialect(), Some("memory"), Some("main"), Some("s"));
    let names = ["id", "day", "price", "note", "ok", "n"];
    let mut rows = Table::new(names.map(|name| TableColumn::new(name, "")).to_vec());
    rows.rows.push(vec![
        Cell::Int(1),
        Cell::Date(0),
        Cell::Decimal("1.50".into()),
        Cell::Text("it's; drop".into()),
        Cell::Bool(true),
        Cell::Float(0.1),
    ]);
    rows.rows.push(vec![
        Cell::Text("2".into()),
        Cell::Text("2024-01-02".into()),
        Cell::Int(3),
        Cell::Null,
        Cell::Text("false".into()),
        Cell::Null,
    ]);
    session.begin().unwrap();
    assert_eq!(
        session
            .load(&RowLoad { into: &into, rows: &rows, quoted: false, replace: false })
            .unwrap()
            .response
            .rows_affected,
        Some(2)
    );
    session.commit().unwrap();
    let table = run(session.as_mut(), "select * from s order by id");
    let texts: Vec<String> = table.rows.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["1", "1970-01-01", "1.50", "it's; drop", "True", "0.1", "2", "2024-01-02", "3.00", "None", "False", "None"]
    );
    rows.rows.push(vec![Cell::Text("x".into()), Cell::Null, Cell::Null, Cell::Null, Cell::Null, Cell::Null]);
    let error = session.load(&RowLoad { into: &into, rows: &rows, quoted: false, replace: false }).unwrap_err();
    assert_eq!((error.kind, error.row), (ErrorKind::Conversion, Some(2)), "{error:?}");
}

#[test]
fn a_statement_can_be_stopped() {
    let adapter = memory();
    let mut session = adapter.connect("test").unwrap();
    let stop = session.canceller();
    let watcher = thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        stop.cancel();
    });
    let started = Instant::now();
    let error =
        session.execute("select sum(a.i * b.i) from range(1000000) a(i), range(1000000) b(i)", Fetch::All).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
    watcher.join().unwrap();
    assert_eq!(run(session.as_mut(), "select 1").first(), Some(&Cell::Int(1)));
    let late = session.canceller();
    drop(session);
    late.cancel();
}

#[test]
fn sessions_run_side_by_side() {
    let scratch = Scratch::new();
    let adapter = file(&scratch);
    run(adapter.connect("master").unwrap().as_mut(), "create schema s");
    thread::scope(|scope| {
        for worker in 0..4 {
            let adapter = &adapter;
            scope.spawn(move || {
                let mut session = adapter.connect("worker").unwrap();
                for round in 0..5 {
                    session.begin().unwrap();
                    run(
                        session.as_mut(),
                        &format!("create or replace table s.t{worker} as select {round} as a from range(1000)"),
                    );
                    session.commit().unwrap();
                }
            });
        }
    });
    let mut session = adapter.connect("master").unwrap();
    let count = run(session.as_mut(), "select count(*) from information_schema.tables where table_schema = 's'");
    assert_eq!(count.first(), Some(&Cell::Int(4)));
}

#[test]
fn conflicts_are_known_as_such() {
    let scratch = Scratch::new();
    let adapter = file(&scratch);
    let (mut one, mut two) = (adapter.connect("one").unwrap(), adapter.connect("two").unwrap());
    run(one.as_mut(), "create table t as select 1 as a");
    let pairs = [
        ("create schema x", "create schema if not exists x"),
        ("create or replace table t as select 2 as a", "create or replace table t as select 3 as a"),
        ("update t set a = 5", "update t set a = 6"),
        ("drop table t", "alter table t rename to u"),
    ];
    for (first, second) in pairs {
        one.begin().unwrap();
        two.begin().unwrap();
        run(one.as_mut(), first);
        let error = two.execute(second, Fetch::None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TransactionConflict, "{first} / {second}: {error:?}");
        two.rollback().unwrap();
        one.rollback().unwrap();
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let scratch = Scratch::new();
    let output = json!({"type": "duckdb", "path": "no/where.duckdb"});
    let adapter = open(output.as_object().unwrap(), scratch.path()).unwrap();
    let Err(error) = adapter.connect("x") else { panic!("opened") };
    assert!(
        error.diagnostic.as_ref().unwrap().message.starts_with("the database file `no/where.duckdb` cannot be made")
    );
    scratch.write("bad.duckdb", b"this is no database, but it is longer than the header of one".repeat(100).as_slice());
    let output = json!({"type": "duckdb", "path": "bad.duckdb"});
    let adapter = open(output.as_object().unwrap(), scratch.path()).unwrap();
    let Err(error) = adapter.connect("x") else { panic!("opened") };
    assert!(error.text.contains("`bad.duckdb`"), "{error}");
    let output = json!({"type": "duckdb", "settings": {"memory_limt": "1GB"}});
    let adapter = open(output.as_object().unwrap(), scratch.path()).unwrap();
    let Err(error) = adapter.connect("x") else { panic!("opened") };
    assert!(error.text.contains("`memory_limt: 1GB`"), "{error}");
}

#[test]
fn settings_reach_every_session() {
    let output = json!({"type": "duckdb", "settings": {
        "memory_limit": "1GB", "preserve_insertion_order": false, "temp_directory": "/tmp/x", "search_path": "main"}});
    let adapter = open(output.as_object().unwrap(), std::path::Path::new(".")).unwrap();
    for _ in 0..2 {
        let mut session = adapter.connect("x").unwrap();
        let found = run(
            session.as_mut(),
            "select current_setting('preserve_insertion_order'), current_setting('temp_directory')",
        );
        assert_eq!(found.rows[0], [Cell::Bool(false), Cell::Text("/tmp/x".into())]);
    }
    let now =
        run(adapter.connect("x").unwrap().as_mut(), "select cast(timestamptz '2024-01-01 02:00:00+02' as varchar)");
    assert_eq!(now.first().unwrap().to_string(), "2024-01-01 00:00:00+00");
}
