//! Whole loads on the engine.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use serde_json::json;

use super::{Action, LoadSpec, Loaded, Reload, Storage, pending, table};
use crate::adapter::{Adapter, Cell, Fetch, FileOptions, LoadColumn, Relation, Scratch, Session, open};
use crate::diagnostic::Diagnostic;

const NOW: &str = "2024-01-01T00:00:00Z";

fn engine(scratch: &Scratch) -> Arc<dyn Adapter> {
    open(json!({"type": "duckdb", "path": "dev.duckdb"}).as_object().unwrap(), scratch.path()).unwrap()
}

fn spec(adapter: &dyn Adapter, name: &str, location: &str, columns: &[(&str, &str)]) -> LoadSpec {
    let column =
        |(name, data_type): &(&str, &str)| LoadColumn { name: (*name).to_owned(), data_type: (*data_type).to_owned() };
    LoadSpec {
        name: format!("movielens.{name}"),
        location: location.to_owned(),
        format: None,
        options: FileOptions::default(),
        storage: Storage::default(),
        columns: columns.iter().map(column).collect(),
        target: Relation::new(adapter.dialect(), Some("dev"), Some("raw"), Some(name)),
    }
}

const RATINGS: &[(&str, &str)] =
    &[("userid", "bigint"), ("movie_id", "bigint"), ("rating", "decimal(2,1)"), ("title", "varchar")];
const HEADER: &str = "userId,movieId,rating,title\r\n";

fn rows(session: &mut dyn Session, sql: &str) -> Vec<String> {
    let table = session.execute(sql, Fetch::All).unwrap().table;
    table.rows.iter().map(|row| row.iter().map(Cell::to_string).collect::<Vec<_>>().join("|")).collect()
}

fn refused(content: &[u8], columns: &[(&str, &str)]) -> Diagnostic {
    let scratch = Scratch::new();
    scratch.write("r.csv", content);
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    session.execute("create schema raw; create table raw.r as select 'old' as a", Fetch::None).unwrap();
    let spec = spec(adapter.as_ref(), "r", "r.csv", columns);
    let error = table(session.as_mut(), &spec, scratch.path(), Reload::Changed, NOW).unwrap_err();
    assert_eq!(rows(session.as_mut(), "select * from raw.r"), ["old"], "{error}");
    assert!(!session.in_transaction());
    let tables = rows(
        session.as_mut(),
        "select table_name from information_schema.tables where table_name like '%netflix_load'",
    );
    assert!(tables.is_empty(), "{tables:?}");
    *error
}

fn load(session: &mut dyn Session, spec: &LoadSpec, folder: &Path) -> Loaded {
    table(session, spec, folder, Reload::Changed, NOW).unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn odd_values_come_through() {
    let scratch = Scratch::new();
    let body = "1,2,3.5,null\r\n2,,4,\" a \"\r\n3,4,5.0,\"\"\"q\"\", x\"\r\n4,\"5\",0.5,\"two\r\nlines\"\r\n5,6,1,NULL\r\n6,7,1,\"\"\r\n7,8,1,\r\n";
    scratch.write("r.csv", format!("{HEADER}{body}").as_bytes());
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    let spec = spec(adapter.as_ref(), "r", "r.csv", RATINGS);
    assert_eq!(load(session.as_mut(), &spec, scratch.path()).rows, 7);
    let found = rows(session.as_mut(), "select * from raw.r order by userid");
    let expected = [
        "1|2|3.5|null",
        "2|None|4.0| a ",
        "3|4|5.0|\"q\", x",
        "4|5|0.5|two\r\nlines",
        "5|6|1.0|NULL",
        "6|7|1.0|",
        "7|8|1.0|None",
    ];
    assert_eq!(found, expected);
}

#[test]
fn values_beyond_the_quick_way_come_through() {
    let scratch = Scratch::new();
    let body = "9223372036854775807,12345678901234567890.12,1.50\n\"\",\"\",\"\"\n-9007199254740993,0.1,1e-1\n1.5e1,1e2,-0\n2.0,3,4\n";
    scratch.write("r.csv", format!("a,b,c\n{body}").as_bytes());
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    let columns = [("a", "bigint"), ("b", "decimal(38,2)"), ("c", "decimal(3,2)")];
    load(session.as_mut(), &spec(adapter.as_ref(), "r", "r.csv", &columns), scratch.path());
    let found = rows(session.as_mut(), "select * from raw.r");
    let expected = [
        "9223372036854775807|12345678901234567890.12|1.50",
        "None|None|None",
        "-9007199254740993|0.10|0.10",
        "15|100.00|0.00",
        "2|3.00|4.00",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_second_load_does_nothing() {
    let scratch = Scratch::new();
    scratch.write("a/r1.csv", b"id\n1\n");
    scratch.write("a/r2.csv", b"id\n2\n3\n");
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    let mut spec = spec(adapter.as_ref(), "r", "a", &[("id", "bigint")]);
    assert!(pending(session.as_mut(), &spec, scratch.path()).unwrap());
    let first = load(session.as_mut(), &spec, scratch.path());
    assert_eq!((first.action, first.files, first.rows, first.bytes), (Action::Loaded, 2, 3, 12));
    let again = load(session.as_mut(), &spec, scratch.path());
    assert_eq!((again.action, again.rows), (Action::Unchanged, 0));
    assert!(!pending(session.as_mut(), &spec, scratch.path()).unwrap());
    let ledger = rows(
        session.as_mut(),
        "select table_name, path, size_bytes, row_count, loaded_at from raw._netflix_loads order by path",
    );
    assert_eq!(ledger, ["r|a/r1.csv|5|1|2024-01-01T00:00:00Z", "r|a/r2.csv|7|2|2024-01-01T00:00:00Z"]);
    // The same length, other content.
    scratch.write("a/r2.csv", b"id\n2\n4\n");
    assert_eq!(load(session.as_mut(), &spec, scratch.path()).action, Action::Loaded);
    assert_eq!(rows(session.as_mut(), "select id from raw.r order by id"), ["1", "2", "4"]);
    // Another declaration.
    spec.columns[0].data_type = "varchar".to_owned();
    assert_eq!(load(session.as_mut(), &spec, scratch.path()).action, Action::Loaded);
    let all = table(session.as_mut(), &spec, scratch.path(), Reload::All, NOW).unwrap();
    assert_eq!(all.action, Action::Loaded);
    // A table that someone dropped is filled again.
    session.execute("drop table raw.r", Fetch::None).unwrap();
    assert_eq!(load(session.as_mut(), &spec, scratch.path()).action, Action::Loaded);
    assert_eq!(rows(session.as_mut(), "select count(*) from raw._netflix_loads"), ["2"]);
}

#[test]
fn bad_rows_have_their_line() {
    let quoted = "1,2,3.5,\"a\r\nb\r\nc\"\r\n";
    let cases = [
        (
            format!("{HEADER}{quoted}\r\n2,x,1,a\r\n"),
            "r.csv:6: column `movieId`: `x` is not a valid whole number (bigint)",
        ),
        (
            format!("{HEADER}{quoted}2,2.5,1,a\r\n"),
            "r.csv:5: column `movieId`: `2.5` is not a valid whole number (bigint)",
        ),
        (
            format!("{HEADER}{quoted}2,3,1.25,a\r\n"),
            "r.csv:5: column `rating`: `1.25` is not a valid number (decimal(2,1))",
        ),
        (
            format!("{HEADER}{quoted}2,3,10,a\r\n"),
            "r.csv:5: column `rating`: `10` is not a valid number (decimal(2,1))",
        ),
        (
            format!("{HEADER}{quoted}2,3,\"1\r\n2\",a\r\n"),
            "r.csv:5: column `rating`: `1\r\n2` is not a valid number (decimal(2,1))",
        ),
        (format!("{HEADER}{quoted}2,3,1\r\n"), "r.csv:5: the row has 3 values instead of 4; column `title` has none"),
        (format!("{HEADER}{quoted}2,3,1,a,b\r\n"), "r.csv:5: the row has 5 values instead of 4"),
        (format!("{HEADER}{quoted}2,3,1,\"a\"b\r\n"), "r.csv:5: column `title`: there is text after the closing quote"),
        (format!("{HEADER}{quoted}2,3,1,\"a\r\n3,4,1,b\r\n"), "r.csv:5: a quote is opened here and never closed"),
        (
            format!("{HEADER}1,2,3,a\n2,3,1,b\r\n"),
            "r.csv:2: the line ends differently from the first one (CRLF and LF are mixed)",
        ),
    ];
    for (content, expected) in cases {
        let error = refused(content.as_bytes(), RATINGS);
        assert_eq!(error.message, expected);
        assert!(error.notes.iter().any(|note| note == "needed by the source table `movielens.r`"));
    }
    let error = refused(b"userId,movieId,rating,title\n1,2,3,\xff\xfe\n", RATINGS);
    assert_eq!(error.message, "r.csv:2: column `title`: the bytes are not UTF-8");
    let error = refused(b"at\n2024-01-01 00:00:00\n2024-13-01 00:00:00\n", &[("at", "timestamp")]);
    assert_eq!(error.message, "r.csv:3: column `at`: `2024-13-01 00:00:00` is not a valid timestamp");
    let error = refused(b"id\n1\n1e-3\n", &[("id", "bigint")]);
    assert_eq!(error.message, "r.csv:3: column `id`: `1e-3` is not a valid whole number (bigint)");
    let error = refused(b"id\n1.0\n\n\n2\n9999999999\n", &[("id", "integer")]);
    assert_eq!(error.message, "r.csv:6: column `id`: `9999999999` is not a valid whole number (integer)");
    let error = refused(b"at\n1.5\nx\n", &[("at", "double")]);
    assert_eq!(error.message, "r.csv:3: column `at`: `x` is not a valid double");
}

#[test]
fn a_far_bad_row_has_its_line() {
    let mut content = String::from("id,t\n");
    for at in 0..200_000 {
        content.push_str(&format!("{at},\"a\nb\"\n"));
    }
    content.push_str("oops,x\n");
    let error = refused(content.as_bytes(), &[("id", "integer"), ("t", "varchar")]);
    assert_eq!(error.message, "r.csv:400002: column `id`: `oops` is not a valid whole number (integer)");
}

#[test]
fn headers_and_declarations_must_fit() {
    let error = refused(b"userId,movieId,ratng,title\n", RATINGS);
    assert!(error.message.contains("declared but not in the file: `rating`; in the file but not declared: `ratng`"));
    assert!(refused(b"", RATINGS).message.contains("the file is empty"));
    assert!(refused(b"a\n1\n", &[("a", "bigintt")]).message.contains("bigintt"));
    assert!(refused(b"a\n1\n", &[]).message.contains("declares no columns"));
    let scratch = Scratch::new();
    scratch.write("a.csv", b"id\n1\n");
    scratch.write("b.csv", b"id\n1\n");
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    let spec = spec(adapter.as_ref(), "r", "{a,b}.csv", &[("id", "bigint")]);
    let error = table(session.as_mut(), &spec, scratch.path(), Reload::Changed, NOW).unwrap_err();
    assert!(error.message.contains("hold the same bytes"), "{error}");
}

#[test]
fn packed_and_parquet_files_are_read() {
    use std::io::Write as _;
    let scratch = Scratch::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"id,t\n1,a\n2,\"b\nc\"\nx,d\n").unwrap();
    scratch.write("r.csv.gz", &packed.finish().unwrap());
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    let mut packed = spec(adapter.as_ref(), "r", "r.csv*", &[("id", "varchar"), ("t", "varchar")]);
    assert_eq!(load(session.as_mut(), &packed, scratch.path()).rows, 3);
    packed.columns[0].data_type = "bigint".to_owned();
    let error = table(session.as_mut(), &packed, scratch.path(), Reload::Changed, NOW).unwrap_err();
    assert_eq!(error.message, "r.csv.gz:5: column `id`: `x` is not a valid whole number (bigint)");

    let path = scratch.path().join("p.parquet");
    let sql = format!("copy (select i as \"movieId\", 'x' || i as t from range(10) t(i)) to '{}'", path.display());
    session.execute(&sql, Fetch::None).unwrap();
    let parquet = spec(adapter.as_ref(), "p", "p.parquet", &[("t", "varchar"), ("movieid", "bigint")]);
    assert_eq!(load(session.as_mut(), &parquet, scratch.path()).rows, 10);
    assert_eq!(rows(session.as_mut(), "select t, movieid from raw.p order by 2 limit 1"), ["x0|0"]);
    let wrong = spec(adapter.as_ref(), "p", "p.parquet", &[("t", "bigint"), ("movieid", "bigint")]);
    let error = table(session.as_mut(), &wrong, scratch.path(), Reload::Changed, NOW).unwrap_err();
    assert_eq!(error.message, "p.parquet: row 1: column `t`: `x0` is not a valid whole number (bigint)");
}

#[test]
fn files_without_header_and_with_other_letters_are_read() {
    let scratch = Scratch::new();
    scratch.write("r.csv", b"comment, x\n1\t'a\tb'\t\\N\n2\tc\t\n");
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    let mut spec = spec(adapter.as_ref(), "r", "r.csv", &[("id", "bigint"), ("t", "varchar"), ("u", "varchar")]);
    let options = json!({"header": false, "delimiter": "\t", "quote": "'", "null": "\\N", "skip": 1});
    spec.options = super::options(options.as_object().unwrap()).unwrap();
    load(session.as_mut(), &spec, scratch.path());
    assert_eq!(rows(session.as_mut(), "select * from raw.r order by id"), ["1|a\tb|None", "2|c|"]);
}

#[test]
fn tables_load_side_by_side() {
    let scratch = Scratch::new();
    for at in 0..6 {
        let body: String = (0..2000).map(|row| format!("{row}{at}\n")).collect();
        scratch.write(&format!("t{at}.csv"), format!("id\n{body}").as_bytes());
    }
    let adapter = engine(&scratch);
    thread::scope(|scope| {
        for at in 0..6 {
            let (adapter, folder) = (&adapter, scratch.path());
            scope.spawn(move || {
                let mut session = adapter.connect("load").unwrap();
                let spec = spec(adapter.as_ref(), &format!("t{at}"), &format!("t{at}.csv"), &[("id", "bigint")]);
                for _ in 0..3 {
                    table(session.as_mut(), &spec, folder, Reload::All, NOW)
                        .unwrap_or_else(|error| panic!("{error:?}"));
                }
            });
        }
    });
    let mut session = adapter.connect("load").unwrap();
    assert_eq!(rows(session.as_mut(), "select count(*), sum(row_count) from raw._netflix_loads"), ["6|12000"]);
}

#[test]
fn a_session_that_dies_leaves_the_old_table() {
    let scratch = Scratch::new();
    scratch.write("r.csv", b"id\n1\n");
    {
        let adapter = engine(&scratch);
        let mut session = adapter.connect("load").unwrap();
        let spec = spec(adapter.as_ref(), "r", "r.csv", &[("id", "bigint")]);
        load(session.as_mut(), &spec, scratch.path());
        session.begin().unwrap();
        session
            .execute(
                "drop table raw.r; create table raw.r as select 'half' as id; delete from raw._netflix_loads",
                Fetch::None,
            )
            .unwrap();
        // The process ends here, in the middle of the transaction.
    }
    let adapter = engine(&scratch);
    let mut session = adapter.connect("load").unwrap();
    assert_eq!(rows(session.as_mut(), "select id from raw.r"), ["1"]);
    assert_eq!(rows(session.as_mut(), "select row_count from raw._netflix_loads"), ["1"]);
}
