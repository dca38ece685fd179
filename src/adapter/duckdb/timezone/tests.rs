//! Values that an engine with the ICU extension gives in UTC, one expression a line. `ERROR` is a refusal.

use std::path::Path;

use serde_json::json;

use crate::adapter::{Fetch, open};

#[test]
fn values_are_those_of_icu() {
    let adapter = open(json!({"type": "duckdb"}).as_object().unwrap(), Path::new(".")).unwrap();
    let mut session = adapter.connect("test").unwrap();
    let mut differences = Vec::new();
    for line in include_str!("expected.tsv").lines() {
        let (expression, expected) = line.split_once('\t').unwrap();
        let sql = format!("select coalesce((({expression}))::varchar, 'NULL')");
        let got = session.execute(&sql, Fetch::All).map(|done| done.table.rows[0][0].to_string());
        match got {
            Ok(value) if value == expected => {}
            Err(_) if expected == "ERROR" => {}
            Ok(value) => differences.push(format!("{expression}: {value}, not {expected}")),
            Err(error) => differences.push(format!("{expression}: {error}, not {expected}")),
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn columns_keep_their_nulls_and_their_zones() {
    let adapter = open(json!({"type": "duckdb"}).as_object().unwrap(), Path::new(".")).unwrap();
    let mut session = adapter.connect("test").unwrap();
    let sql = "select t - timestamptz '2024-01-01 00:00:00+00', date_trunc('day', t), timezone(z, t) from (values \
               (timestamptz '2024-01-02 03:00:00+00', 'Asia/Tokyo'), (null, 'UTC'), \
               (timestamptz '2024-07-01 12:00:00+00', 'Europe/Paris')) v(t, z)";
    let rows = session.execute(sql, Fetch::All).unwrap().table.rows;
    let text: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(text[0], ["1 day, 3:00:00", "2024-01-02 00:00:00+00:00", "2024-01-02 12:00:00"]);
    assert_eq!(text[1], ["None", "None", "None"]);
    assert_eq!(text[2], ["182 days, 12:00:00", "2024-07-01 00:00:00+00:00", "2024-07-01 14:00:00"]);
}

#[test]
fn an_unknown_zone_is_named() {
    let adapter = open(json!({"type": "duckdb"}).as_object().unwrap(), Path::new(".")).unwrap();
    let mut session = adapter.connect("test").unwrap();
    let error = session.execute("select now() at time zone 'Mars/Olympus'", Fetch::All).unwrap_err();
    assert!(error.to_string().contains("Unknown TimeZone 'Mars/Olympus'"), "{error}");
}
