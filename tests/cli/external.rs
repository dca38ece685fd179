//! Models that are written to files, and sources that are files.

use crate::project::Project;

#[test]
fn a_model_is_a_file_and_a_view_on_it() {
    let model = |config: &str, select: &str| format!("{{{{ config(materialized='external'{config}) }}}}\n{select}\n");
    let project = Project::new()
        .file(
            "profiles.yml",
            "shop: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb, external_root: out}}}",
        )
        .file("out/.keep", "")
        .file("models/plain.sql", model("", "select 1 as id, 'a' as name"))
        .file("models/text.sql", model(", format='csv', delimiter='|'", "select * from {{ ref('plain') }}"))
        .file(
            "models/lines.sql",
            model(", location=\"{{ adapter.external_root() }}/l.json\"", "select * from {{ ref('text') }}"),
        )
        .file("models/packed.sql", model(", location='out/p.csv.gz'", "select * from {{ ref('lines') }}"))
        .file(
            "models/parts.sql",
            model(", options={'partition_by': 'id'}", "select range as id, 'x' as b from range(3)"),
        )
        .file("models/none.sql", model("", "select 1 as id where false"));
    project.ok(&["run"]);
    assert_eq!(project.read("out/text.csv"), "id|name\n1|a\n");
    for name in ["plain", "text", "lines", "packed"] {
        assert_eq!(project.cells(&format!("select id, name from {{{{ ref('{name}') }}}}")), ["1|a"], "{name}");
    }
    assert_eq!(project.cells("select id from {{ ref('parts') }} order by all"), ["0", "1", "2"]);
    assert_eq!(project.cells("select count(*) from {{ ref('none') }}"), ["0"]);
    let files = project.files();
    for file in ["out/plain.parquet", "out/l.json", "out/p.csv.gz"] {
        assert!(files.contains(&file.to_owned()), "{file}: {files:?}");
    }
    assert!(project.relations().contains(&"parts view".to_owned()));
    // A folder of parts is not overwritten unasked.
    project.ok(&["run", "--exclude", "parts"]);
}

#[test]
fn upstream_files_come_back_into_a_database_in_memory() {
    let external = |select: &str| format!("{{{{ config(materialized='external') }}}} {select}");
    let project = Project::new()
        .file("profiles.yml", "shop: {target: dev, outputs: {dev: {type: duckdb}}}")
        .setting("on-run-start: \"{{ register_upstream_external_models() }}\"")
        .file("models/up.sql", external("select 7 as n"))
        .file("models/down.sql", external("select n + 1 as n from {{ ref('up') }}"));
    project.ok(&["run"]);
    project.ok(&["run", "--select", "down"]);
}

#[test]
fn a_source_is_a_file() {
    let sources = "
sources:
  - name: raw
    config:
      external_location: \"data/{name}_{year}.csv\"
    tables:
      - name: orders
        config: {year: 2024}
      - name: old
        config: {external_location: \"read_csv('data/%(identifier)s.csv')\", formatter: oldstyle}
        identifier: orders_2024
      - name: shell
        config: {external_location: 'data/${name}.csv', formatter: template}
";
    let project = Project::new()
        .file("models/s.yml", sources)
        .file("data/orders_2024.csv", "id\n1\n2\n")
        .file("data/shell.csv", "id\n3\n")
        .file(
            "models/m.sql",
            "select * from {{ source('raw', 'orders') }} union all select * from {{ source('raw', 'old') }} \
             union all select * from {{ source('raw', 'shell') }}",
        );
    project.ok(&["run", "--project-dir", "."]);
    assert_eq!(project.cells("select count(*), sum(id) from {{ ref('m') }}"), ["5|9"]);
    project.ok(&["run", "--empty"]);
    let table = &project.json("target/manifest.json")["sources"]["source.shop.raw.orders"];
    assert_eq!(table["relation_name"], "'data/orders_2024.csv'");
    let wrong = project.file("models/s.yml", sources.replace("{name}", "{nme}"));
    wrong.run(&["parse"]).says(2, &["the location of the source table `orders`: there is no `nme`", "it can name: "]);
}

#[test]
fn plugins_are_refused_plainly() {
    let glue = "{{ config(materialized='external', glue_register=true) }} select 1 as id";
    let project = Project::new().file("models/m.sql", glue);
    project.run(&["run"]).says(1, &["the plugin `glue`, which is Python code"]);
    let source = "sources:\n  - name: raw\n    meta: {plugin: excel}\n    tables: [{name: t}]\n";
    Project::new().file("models/s.yml", source).run(&["parse"]).says(2, &["needs the plugin `excel`"]);
}
