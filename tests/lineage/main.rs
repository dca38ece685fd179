//! Answers JSON lines with the column lineage of their queries, for `compare.py`.

use std::io::BufRead;
use std::sync::Arc;

use netflix::sql::{Dialect, KnownColumn, KnownColumns, Relation, Schemas, Type, parse, path, resolve};
use serde_json::{Value, json};

fn answer(question: &Value) -> Value {
    let dialect = question["dialect"].as_str().and_then(Dialect::from_name).unwrap_or(Dialect::Generic);
    let sql = question["sql"].as_str().unwrap_or_default();
    let mut schemas = Schemas::default();
    if question["open"] == true {
        schemas.open = Some("the question names no tables".into());
    }
    for (table, columns) in question["schema"].as_object().into_iter().flatten() {
        let columns = columns.as_object().into_iter().flatten().map(|(name, data_type)| KnownColumn {
            name: dialect.plain(name),
            data_type: data_type.as_str().map(Type::from_name).unwrap_or_default(),
        });
        let columns = Arc::new(KnownColumns { columns: columns.collect(), open: None });
        schemas.add(Relation { id: table.as_str().into(), path: path(table, dialect), columns });
    }
    let query = match parse::query(sql, dialect) {
        Ok(query) => query,
        Err(error) => return json!({"error": error.message}),
    };
    let resolved = resolve(&query, sql, &schemas, dialect);
    let name = |relation: usize| resolved.reads[relation].id.as_deref().unwrap_or(&resolved.reads[relation].name);
    let columns: Vec<Value> = resolved
        .shape
        .columns
        .iter()
        .map(|column| {
            let from: Vec<Value> = column
                .lineage
                .from
                .iter()
                .map(|(origin, kind)| json!([name(origin.relation), &*origin.column, kind.name()]))
                .collect();
            let named = column.name.as_ref().map(|name| name.text.as_str());
            json!({"name": named, "from": from, "unknown": column.lineage.unknown.as_deref()})
        })
        .collect();
    let findings: Vec<Value> =
        resolved.findings.iter().map(|finding| json!([finding.rule.name(), finding.message])).collect();
    json!({"columns": columns, "open": resolved.shape.reason().as_deref(), "findings": findings})
}

#[expect(clippy::print_stdout, reason = "it answers on standard output")]
fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let question: Value = serde_json::from_str(&line).unwrap_or_default();
        println!("{}", answer(&question));
    }
}
