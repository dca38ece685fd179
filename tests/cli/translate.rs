//! Models in Snowflake's SQL on the embedded engine: the corpus of `tests/translate`, and projects that use it.

use std::path::Path;

use netflix::adapter::{Fetch, Session, open};
use netflix::sql::translate::{Options, Relations, tables, translate};
use serde_json::json;

use crate::project::Project;
use crate::python_tools;

/// A statement of the corpus, its place, and the lines behind it that say what comes of it.
struct Case {
    place: String,
    sql: String,
    expected: Vec<String>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translate");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "cases"));
    files.sort();
    let mut cases: Vec<Case> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let (mut sql, mut start): (Vec<&str>, usize) = (Vec::new(), 0);
        for (number, line) in text.lines().enumerate() {
            if line.starts_with("-->") || line.starts_with("--!") {
                if !sql.is_empty() {
                    let place = format!("{}:{start}", file.display());
                    cases.push(Case { place, sql: sql.join("\n"), expected: Vec::new() });
                    sql.clear();
                }
                cases.last_mut().unwrap().expected.push(line.trim_end().to_owned());
            } else if !(line.trim().is_empty() || line.starts_with("--") && sql.is_empty()) {
                if sql.is_empty() {
                    start = number + 1;
                }
                sql.push(line);
            }
        }
        assert!(sql.is_empty(), "{}: the last statement says nothing of its rows", file.display());
    }
    cases
}

/// The columns of what a statement names, asked of the engine.
fn known(session: &mut dyn Session, sql: &str) -> Relations {
    let mut found = Relations::default();
    for name in tables(sql) {
        if let Ok(answer) = session.execute(&format!("select * from {} limit 0", name.join(".")), Fetch::All) {
            let columns = answer.table.columns.into_iter().map(|column| (column.name, column.data_type));
            found.insert(name, columns.collect());
        }
    }
    found
}

/// What comes of a statement, in the words of the corpus.
fn outcome(session: &mut dyn Session, sql: &str) -> (String, Vec<String>) {
    let catalog = known(session, sql);
    let translation = match translate(sql.trim_end().trim_end_matches(';'), &catalog, &Options::default()) {
        Ok(translation) => translation.sql,
        Err(refusal) => {
            let hint = refusal.hint.clone().unwrap_or_default();
            return (String::new(), vec![format!("--! {refusal} {hint}")]);
        }
    };
    let is_query = ["SELECT", "WITH", "("].iter().any(|start| translation.trim_start().starts_with(start));
    let sent = if is_query {
        format!("select cast(columns(*) as varchar) from ({translation}) as q")
    } else {
        translation.clone()
    };
    let rows = match session.execute(&sent, Fetch::All) {
        Ok(answer) if is_query => answer.table.rows,
        Ok(_) => Vec::new(),
        Err(error) => return (translation, vec![format!("--! {}", error.text.replace('\n', " "))]),
    };
    let cell = |cell: &netflix::adapter::Cell| if cell.is_null() { "NULL".to_owned() } else { cell.to_string() };
    let row = |row: &Vec<netflix::adapter::Cell>| row.iter().map(cell).collect::<Vec<_>>().join(" | ");
    let rows: Vec<String> = rows.iter().map(|cells| format!("--> {}", row(cells)).trim_end().to_owned()).collect();
    (translation, if rows.is_empty() { vec!["--> (no rows)".to_owned()] } else { rows })
}

#[test]
fn statements_give_what_snowflake_documents() {
    let output = json!({"type": "duckdb", "path": ":memory:", "dialect": "snowflake"});
    let adapter = open(output.as_object().unwrap(), Path::new(".")).unwrap();
    let mut session = adapter.connect("corpus").unwrap();
    let cases = cases();
    assert!(cases.len() > 150, "only {} cases were read", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let (translation, got) = outcome(session.as_mut(), &case.sql);
        let as_expected = match case.expected[0].strip_prefix("--!") {
            Some(part) => got.len() == 1 && got[0].starts_with("--!") && got[0].contains(part.trim()),
            None => got == case.expected,
        };
        if !as_expected {
            let (expected, got) = (case.expected.join("\n"), got.join("\n"));
            wrong.push(format!("{}\n{}\n{translation}\nexpected\n{expected}\ngot\n{got}", case.place, case.sql));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

/// Compares the corpus with fakesnow, where the tests have a Python with it.
#[test]
fn the_corpus_agrees_with_fakesnow() {
    let Some(python) = python_tools::with("fakesnow") else { return };
    let folder = Path::new(env!("CARGO_BIN_EXE_netflix")).parent().unwrap();
    let program =
        std::env::var("NETFLIX_TRANSLATE").unwrap_or_else(|_| folder.join("examples/translate").display().to_string());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/translate/compare.py");
    let output = std::process::Command::new(python)
        .arg(script)
        .args(["cases", "--check"])
        .env("NETFLIX_TRANSLATE", program)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains(", 0 are not"), "{text}");
}

fn shop() -> Project {
    Project::new().setting("dialect: snowflake").file(
        "models/orders.sql",
        "{{ config(materialized='table') }} select 7 as amount, 2 as parts, parse_json('{\"to\": \"x\"}') as v",
    )
}

#[test]
fn the_compiled_file_is_the_authors_and_the_run_file_the_engines() {
    let model = "select amount / parts as each, iff(amount > 1, 'many', 'one') as word, v:to::varchar as receiver\nfrom {{ ref('orders') }}";
    let project = shop().file("models/shares.sql", model);
    project.ok(&["run"]);
    assert_eq!(project.cells("select each, word, receiver from {{ ref('shares') }}"), ["3.500000|many|x"]);
    assert!(project.read("target/compiled/shop/models/shares.sql").contains("iff(amount > 1"));
    assert!(project.read("target/run/shop/models/shares.sql").contains("CASE WHEN (amount > 1)"));
    let results = project.json("target/run_results.json");
    let codes: Vec<&str> =
        results["results"].as_array().unwrap().iter().filter_map(|result| result["compiled_code"].as_str()).collect();
    assert!(codes.iter().all(|code| !code.contains("CASE WHEN")), "{codes:?}");
    // The functions that views call are part of the database.
    let plain = project.read("project.yml").replace("dialect: snowflake", "dialect: duckdb");
    project.write("project.yml", plain);
    assert_eq!(project.cells("select each, if(true, 1, 2) as a from shares"), ["3.500000|1"]);
}

#[test]
fn a_refusal_names_the_line_of_the_template() {
    let model = "-- one\nselect\n    {{ 'amount' }},\n    hash(amount) as h\nfrom {{ ref('orders') }}";
    let project = shop().file("models/hashed.sql", model);
    project.ok(&["compile"]);
    project.run(&["run"]).says(1, &["the function HASH cannot be run on DuckDB", "models/hashed.sql:4:5", "PASS=1"]);
    project.write("models/hashed.sql", "select a / b from main.absent");
    project
        .run(&["run"])
        .says(1, &["the type of `a` is not known here", "the relation \"main\".\"absent\" does not exist"]);
    project.write("models/hashed.sql", "select jarowinkler(amount) from {{ ref('orders') }}");
    project.run(&["run"]).says(1, &["JAROWINKLER", "snowflake_functions"]);
}

#[test]
fn an_error_of_the_engine_names_the_line_of_the_template() {
    let model = "select\n    iff(true, 1, 2) as a,\n    no_such_column as b\nfrom {{ ref('orders') }}";
    shop().file("models/broken.sql", model).run(&["run"]).says(1, &["no_such_column", "models/broken.sql:3:5"]);
}

#[test]
fn functions_pass_where_the_user_says_so() {
    let project = shop().file("models/passed.sql", "select list_sum([amount]) as a from {{ ref('orders') }}").file(
        "models/own.sql",
        "{{ config(dialect='duckdb') }} select list_sum([amount, 1]) as a from {{ ref('orders') }}",
    );
    project.run(&["run"]).says(1, &["the function LIST_SUM", "OK created sql view model main.own"]);
    assert_eq!(project.cells("select a from {{ ref('own') }}"), ["8"]);
    let vars = "{snowflake_functions: [hamming]}";
    project.write("models/passed.sql", "select hamming('ab', 'ac') as a");
    project.ok(&["run", "--vars", vars]);
    project.write("models/passed.sql", "{{ config(snowflake_functions=['hamming']) }} select hamming('ab', 'ac') as a");
    project.ok(&["run"]);
}

#[test]
fn macros_speak_the_authors_dialect_in_models_and_the_engines_elsewhere() {
    let macros = "
{% macro half(x) %}{{ return(adapter.dispatch('half')(x)) }}{% endmacro %}
{% macro default__half(x) %}div0({{ x }}, 2){% endmacro %}
{% macro duckdb__half(x) %}{{ x }} // 2{% endmacro %}
{% macro largest() %}{% set rows = run_query('select iff(true, max(amount), 0) as n from ' ~ ref('orders')) %}{{ return(rows.rows[0][0] if execute else 0) }}{% endmacro %}
";
    let model =
        "select {{ half('amount') }} as h, '{{ target.type }} {{ adapter.type() }}' as kinds, {{ largest() }} as n,
        {{ dbt.dateadd('day', 1, \"'2020-01-01'::date\") }} as d from {{ ref('orders') }}";
    let project = shop()
        .file("macros/m.sql", macros)
        .file("models/m.sql", format!("-- depends_on: {{{{ ref('orders') }}}}\n{model}"))
        .file("models/places.yml", "sources: [{name: s, schema: \"{{ 'main' if target.type == 'duckdb' else 'no' }}\", tables: [{name: orders}]}]")
        .file("models/read.sql", "-- depends_on: {{ ref('orders') }}\nselect amount from {{ source('s', 'orders') }}");
    project.ok(&["run"]);
    assert_eq!(project.cells("select * from {{ ref('m') }}"), ["3.500000|snowflake snowflake|7|2020-01-02"]);
    assert_eq!(project.cells("select * from {{ ref('read') }}"), ["7"]);
}

#[test]
fn incremental_models_snapshots_tests_and_hooks_are_translated() {
    let incremental = "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge',
        post_hook=\"insert into log select {{ word() }}\") }}
        select seq4() as id, dateadd(day, seq4(), '2020-01-01'::date) as day from table(generator(rowcount => {{ var('n', 2) }}))
        {% if is_incremental() %} where seq4() >= (select coalesce(max(id), 0) from {{ this }}) {% endif %}";
    let snapshot =
        "{% snapshot kept %}{{ config(unique_key='id', strategy='check', check_cols=['day'], target_schema='main') }}
        select id, to_char(day, 'YYYYMMDD') as day from {{ ref('days') }}{% endsnapshot %}";
    let project = shop()
        .setting("on-run-start: \"create table if not exists log as select 'started' as word\"")
        .file("macros/w.sql", "{% macro word() %}{{ return(adapter.dispatch('word')()) }}{% endmacro %}
            {% macro default__word() %}iff('{{ target.type }}' = 'snowflake', 'ran', ''){% endmacro %}{% macro duckdb__word() %}no{% endmacro %}")
        .file("models/days.sql", incremental)
        .file("snapshots/kept.sql", snapshot)
        .file("tests/no_sunday.sql", "select * from {{ ref('days') }} where dayofweek(day) = 0")
        .file("models/days.yml", "models: [{name: days, columns: [{name: id, data_tests: [unique, not_null]}]}]");
    project.ok(&["build"]);
    project.ok(&["build", "--vars", "{n: 4}"]);
    assert_eq!(project.cells("select count(*), max(day) from {{ ref('days') }}"), ["4|2020-01-04"]);
    assert_eq!(project.cells("select day from {{ ref('kept') }} order by 1 limit 1"), ["20200101"]);
    assert_eq!(project.cells("select count(*) from log where word = 'ran'"), ["2"]);
    project.run(&["build", "--vars", "{n: 5}"]).says(1, &["FAIL 1 no_sunday"]);
}

#[test]
fn unit_tests_run_the_translated_model() {
    let tests = "
unit_tests:
  - name: halves
    model: halves
    given: [{input: ref('orders'), rows: [{amount: 5, parts: 2}]}]
    expect: {rows: [{h: 2.5}]}
";
    let project = shop()
        .file("models/halves.sql", "select amount / parts as h from {{ ref('orders') }}")
        .file("models/t.yml", tests);
    project.ok(&["build"]).says(0, &["PASS halves::halves"]);
}

#[test]
fn freshness_takes_the_authors_expressions() {
    let sources = "
sources:
  - name: raw
    schema: main
    config: {freshness: {error_after: {count: 1, period: day}}}
    tables:
      - {name: orders, config: {loaded_at_field: \"dateadd(hour, -30, sysdate())\"}}
      - {name: parts, identifier: orders, config: {loaded_at_query: \"select iff(true, sysdate(), null) from main.orders\"}}
";
    let project = shop().file("models/s.yml", sources);
    project.ok(&["run"]);
    project
        .run(&["source", "freshness"])
        .says(1, &["ERROR STALE freshness of raw.orders", "PASS freshness of raw.parts"]);
}

#[test]
fn contracts_and_seeds_state_snowflakes_types() {
    let contract = "
models:
  - name: stated
    config: {materialized: table, contract: {enforced: true}}
    columns:
      - {name: id, data_type: \"number(38,0)\"}
      - {name: price, data_type: \"number(10, 2)\"}
      - {name: made_at, data_type: timestamp_ntz}
      - {name: v, data_type: variant}
seeds:
  - name: given
    config: {column_types: {n: \"number(6,1)\", word: string}}
";
    let model =
        "select 1 as id, 2.5::number(10, 2) as price, '2020-01-01'::timestamp_ntz as made_at, parse_json('{}') as v";
    let project = shop()
        .file("models/c.yml", contract)
        .file("models/stated.sql", model)
        .file("seeds/given.csv", "n,word\n1.25,a\n");
    project.ok(&["build"]);
    assert_eq!(project.cells("select n, word from {{ ref('given') }}"), ["1.3|a"]);
    project.write("models/stated.sql", model.replace("1 as id", "'x' as id"));
    project.run(&["run"]).says(1, &["id", "data type mismatch"]);
}

#[test]
fn the_target_may_name_the_dialect_and_a_wrong_name_is_told() {
    let profiles = "shop: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb, dialect: snowflake}}}\n";
    let project = Project::new().file("profiles.yml", profiles).file("models/m.sql", "select nvl(null, 1) as a");
    project.ok(&["run"]);
    Project::new().file("models/m.sql", "select nvl(null, 1) as a").run(&["run"]).says(1, &["nvl"]);
    Project::new()
        .setting("dialect: oracle")
        .run(&["parse"])
        .says(2, &["`dialect: oracle` is not known", "project.yml"]);
}
