//! `netflix lock`: what the warehouse has is noted, and the project is checked and compiled without it.

use crate::project::Project;

/// A project whose source exists in the database, and whose model asks it for its columns and values.
fn shop() -> Project {
    let sources =
        "sources:\n  - name: raw\n    schema: main\n    tables:\n      - {name: orders}\n      - {name: absent}\n";
    let pivot = "{% set found = run_query(\"select distinct status from \" ~ source('raw', 'orders') ~ \" order by 1\") %}\n\
                 select id\n{% if execute %}{% for status in found.columns[0].values() %}\
                 , status = '{{ status }}' as is_{{ status }}\n{% endfor %}{% endif %}from {{ source('raw', 'orders') }}\n";
    let project = Project::new()
        .setting("on-run-start: [\"{{ make_orders() }}\"]")
        .file("macros/make.sql", "{% macro make_orders() %}create table if not exists orders as select * from (values (1, 'paid', 1.50), (2, 'open', 2.00)) as t (id, status, amount){% endmacro %}\n")
        .file("models/sources.yml", sources)
        .file("models/staged.sql", "select id, amount from {{ source('raw', 'orders') }}\n")
        .file("models/columns.sql", "select {% for column in adapter.get_columns_in_relation(source('raw', 'orders')) %}{{ column.name }}{{ ', ' if not loop.last }}{% endfor %} from {{ source('raw', 'orders') }}\n");
    project.ok(&["run", "--select", "staged"]);
    project.write("models/pivoted.sql", pivot);
    project
}

#[test]
fn a_project_is_checked_and_compiled_without_its_warehouse() {
    let project = shop();
    let said = project.run(&["check"]);
    assert!(said.text.contains("not checked: model.shop.pivoted"), "{}", said.text);
    let said = project.ok(&["lock"]);
    assert!(said.text.contains("netflix.lock written: 2 sources with 3 columns"), "{}", said.text);
    let text = project.read("netflix.lock");
    for line in [
        "[sources.\"source.shop.raw.absent\"]\ncolumns = []",
        "  {name = \"status\", type = \"VARCHAR\"},",
        "  [\"open\"],",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    let again = project.ok(&["lock"]);
    assert!(again.text.contains("netflix.lock holds"), "{}", again.text);
    assert_eq!(project.read("netflix.lock"), text);
    project.ok(&["lock", "--check"]);

    // The database is gone, and nobody needs it.
    for file in project.files().iter().filter(|file| file.starts_with("dev.duckdb")) {
        std::fs::remove_file(project.path(file)).unwrap();
    }
    let said = project.ok(&["check"]);
    assert!(said.text.contains(": 0 errors, 0 warnings, 0 not checked"), "{}", said.text);
    assert!(!said.text.contains("out of date"), "{}", said.text);
    project.ok(&["compile", "--locked"]);
    let compiled = project.read("target/compiled/shop/models/pivoted.sql");
    assert!(compiled.contains("is_open") && compiled.contains("is_paid"), "{compiled}");
    assert!(!project.files().iter().any(|file| file.starts_with("dev.duckdb")), "{:?}", project.files());
    project.write("models/staged.sql", "select id, amuont from {{ source('raw', 'orders') }}\n");
    let said = project.run(&["check"]);
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(said.text.contains("did you mean `amount`?"), "{}", said.text);
}

#[test]
fn a_lock_that_no_longer_fits_is_told() {
    let project = shop();
    project.ok(&["lock"]);
    let query = "select {{ run_query('select 42 as n').columns[0].values()[0] if execute }} as n\n";
    project.write("models/pivoted.sql", query);
    project.write("models/columns.sql", "select 1 as one\n");
    let said = project.run(&["check"]);
    for part in [
        "netflix.lock is out of date: `model.shop.pivoted` asks what it does not answer",
        "queries that nobody asks",
        "`netflix lock` renews it",
    ] {
        assert!(said.text.contains(part), "no `{part}` in\n{}", said.text);
    }
    let before = project.read("netflix.lock");
    let said = project.run(&["lock", "--check"]);
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(said.text.contains("+ 1 rows: select 42 as n"), "{}", said.text);
    assert_eq!(project.read("netflix.lock"), before);
    let said = project.run(&["compile", "--locked", "--select", "pivoted"]);
    assert_ne!(said.code, Some(0), "{}", said.text);
    project.write("netflix.lock", "version = 1\nadapter = \n");
    let said = project.run(&["check"]);
    assert_eq!(said.code, Some(2), "{}", said.text);
    assert!(said.text.contains("netflix.lock:2:"), "{}", said.text);
}
