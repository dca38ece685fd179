//! `netflix lock` asks the account once; after that the project is checked and compiled without signing in.

use crate::server::Server;

const MAKE: &str = "{% macro make() %}{% do run_query('create or replace table raw_orders (id number(10,0), \
                    status varchar)') %}{% do run_query(\"insert into raw_orders values (1, 'paid'), (2, 'open')\") \
                    %}{% endmacro %}\n";

#[test]
fn the_account_is_asked_once() {
    let Some(server) = Server::start() else { return };
    let sources = "sources:\n  - name: raw\n    schema: \"{{ target.schema }}\"\n    tables: [{name: orders, identifier: raw_orders}]\n";
    let columns = "select {% for column in adapter.get_columns_in_relation(source('raw', 'orders')) %}{{ column.name }}\
                   {{ ', ' if not loop.last }}{% endfor %} from {{ source('raw', 'orders') }}\n";
    let pivot = "{% set found = run_query('select distinct status from ' ~ source('raw', 'orders') ~ ' order by 1') %}\n\
                 select id{% if execute %}{% for status in found.columns[0].values() %}, \
                 iff(status = '{{ status }}', 1, 0) as is_{{ status }}{% endfor %}{% endif %}\n\
                 from {{ source('raw', 'orders') }}\n";
    let project = server
        .project("")
        .file("macros/make.sql", MAKE)
        .file("models/one.sql", "select 1 as one\n")
        .file("models/sources.yml", sources)
        .file("models/listed.sql", columns)
        .file("models/pivoted.sql", pivot);
    project.ok(&["run", "--select", "one"]);
    project.ok(&["run-operation", "make"]);
    let said = project.ok(&["lock"]);
    assert!(said.text.contains("netflix.lock written: 1 source with 2 columns"), "{}", said.text);
    let lock = project.read("netflix.lock");
    for line in ["adapter = \"snowflake\"", "{name = \"STATUS\", type = ", "[\"open\"],"] {
        assert!(lock.contains(line), "no `{line}` in\n{lock}");
    }
    project.ok(&["lock", "--check"]);

    server.reset();
    let said = project.ok(&["check"]);
    assert!(said.text.contains("Checked 3 nodes: 0 errors, 0 warnings, 0 not checked"), "{}", said.text);
    assert!(!said.text.contains("out of date"), "{}", said.text);
    project.ok(&["compile", "--locked"]);
    let folder = "target/compiled/shop/models";
    let (listed, pivoted) =
        (project.read(&format!("{folder}/listed.sql")), project.read(&format!("{folder}/pivoted.sql")));
    assert!(listed.contains("ID, STATUS") && pivoted.contains("is_open"), "{listed}\n{pivoted}");
    project.write("models/listed.sql", "select id, Statuss from {{ source('raw', 'orders') }}\n");
    let said = project.run(&["check"]);
    assert!(said.code == Some(1) && said.text.contains("did you mean `STATUS`?"), "{}", said.text);
    assert_eq!(server.door("sessions", None)["logins"], 0);
}
