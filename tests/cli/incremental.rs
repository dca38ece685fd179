//! Incremental models over several runs.

use crate::project::Project;

/// A model whose first run and later runs select different rows.
fn project(config: &str, first: &str, later: &str) -> Project {
    Project::new().file(
        "models/i.sql",
        format!(
            "{{{{ config(materialized='incremental', {config}) }}}}\n\
             {{% if is_incremental() %}}\n{later}\n{{% else %}}\n{first}\n{{% endif %}}\n"
        ),
    )
}

const FIRST: &str = "select * from (values (1, 'a'), (2, 'b')) t(id, name)";
const LATER: &str = "select * from (values (2, 'new'), (3, 'c')) t(id, name)";
const ROWS: &str = "select * from {{ ref('i') }} order by all";

#[test]
fn merge_replaces_by_key() {
    let project = project("unique_key='id', incremental_strategy='merge'", FIRST, LATER);
    project.ok(&["build"]);
    assert_eq!(project.cells(ROWS), ["1|a", "2|b"]);
    for _ in 0..2 {
        project.ok(&["build"]);
        assert_eq!(project.cells(ROWS), ["1|a", "2|new", "3|c"]);
    }
    project.ok(&["build", "--full-refresh"]);
    assert_eq!(project.cells(ROWS), ["1|a", "2|b"]);
    assert_eq!(project.relations(), ["i table"]);
}

#[test]
fn append_keeps_what_is_there() {
    let project = project("incremental_strategy='append'", FIRST, LATER);
    project.ok(&["build"]);
    project.ok(&["build"]);
    assert_eq!(project.cells(ROWS), ["1|a", "2|b", "2|new", "3|c"]);
}

#[test]
fn delete_and_insert_takes_one_key_or_two() {
    let one = project("unique_key='id', incremental_strategy='delete+insert'", FIRST, LATER);
    one.ok(&["build"]);
    one.ok(&["build"]);
    assert_eq!(one.cells(ROWS), ["1|a", "2|new", "3|c"]);

    let first = "select * from (values (1, 'x', 10), (1, 'y', 20)) t(id, kind, n)";
    let later = "select * from (values (1, 'y', 21), (2, 'x', 30)) t(id, kind, n)";
    for strategy in ["delete+insert", "merge"] {
        let two = project(&format!("unique_key=['id', 'kind'], incremental_strategy='{strategy}'"), first, later);
        two.ok(&["build"]);
        two.ok(&["build"]);
        assert_eq!(two.cells(ROWS), ["1|x|10", "1|y|21", "2|x|30"], "{strategy}");
    }
}

#[test]
fn new_columns_are_appended() {
    let later = "select 3 as id, 'c' as name, 9 as extra";
    let project = project("on_schema_change='append_new_columns', incremental_strategy='append'", FIRST, later);
    project.ok(&["build"]);
    project.ok(&["build"]);
    assert_eq!(project.cells(ROWS), ["1|a|null", "2|b|null", "3|c|9"]);
}

#[test]
fn new_columns_are_left_out_or_refused() {
    let later = "select 3 as id, 'c' as name, 9 as extra";
    let ignored = project("incremental_strategy='append'", FIRST, later);
    ignored.ok(&["build"]);
    ignored.ok(&["build"]);
    assert_eq!(ignored.cells(ROWS), ["1|a", "2|b", "3|c"]);

    let refused = project("on_schema_change='fail', incremental_strategy='append'", FIRST, later);
    refused.ok(&["build"]);
    refused.run(&["build"]).says(1, &["extra"]);
    assert_eq!(refused.cells(ROWS), ["1|a", "2|b"]);
}

#[test]
fn columns_are_synchronised() {
    let later = "select 3 as id, 9 as extra";
    let project = project("on_schema_change='sync_all_columns', incremental_strategy='append'", FIRST, later);
    project.ok(&["build"]);
    project.ok(&["build"]);
    assert_eq!(project.cells(ROWS), ["1|null", "2|null", "3|9"]);
    assert!(project.rows(ROWS)[0].get("name").is_none());
}

#[test]
fn a_failing_run_leaves_the_rows() {
    for strategy in ["merge", "delete+insert"] {
        let later = "select id, cast(name as integer) as name from (values (1, '1'), (2, 'x')) t(id, name)";
        let project = project(&format!("unique_key='id', incremental_strategy='{strategy}'"), FIRST, later);
        project.ok(&["build"]);
        project.run(&["build"]).says(1, &["ERROR creating sql incremental model main.i", "models/i.sql"]);
        assert_eq!(project.cells(ROWS), ["1|a", "2|b"], "{strategy}");
        assert_eq!(project.relations(), ["i table"], "{strategy}");
    }
}

#[test]
fn a_failing_insert_takes_the_delete_back() {
    // The rows come to exist only after the delete: the table refuses what is inserted.
    let project = project(
        "unique_key='id', incremental_strategy='delete+insert', \
         post_hook=\"{% if is_incremental() %}select cast('x' as integer){% endif %}\"",
        FIRST,
        LATER,
    );
    project.ok(&["build"]);
    project.run(&["build"]).says(1, &["ERROR=1"]);
    assert_eq!(project.cells(ROWS), ["1|a", "2|b"]);
}
