//! Snapshots over several runs with changed data.

use crate::project::Project;

fn project(config: &str) -> Project {
    Project::new().file(
        "snapshots/s.sql",
        format!(
            "{{% snapshot s %}}\n{{{{ config(target_schema='main', unique_key='id', {config}) }}}}\n\
             select * from {{{{ ref('a') }}}}\n{{% endsnapshot %}}\n"
        ),
    )
}

impl Project {
    fn data(&self, rows: &str) {
        self.write("models/a.sql", format!("select * from (values {rows}) t(id, name, seen)"));
        self.ok(&["build"]);
    }
}

const OPEN: &str =
    "select id, name, dbt_valid_to is null as open from {{ ref('s') }} order by id, dbt_valid_from, name";

#[test]
fn changed_columns_close_a_row() {
    let project = project("strategy='check', check_cols=['name']");
    project.data("(1, 'a', 1), (2, 'b', 1)");
    assert_eq!(project.cells(OPEN), ["1|a|true", "2|b|true"]);
    // Nothing changed in the watched column.
    project.data("(1, 'a', 2), (2, 'b', 2)");
    assert_eq!(project.cells(OPEN), ["1|a|true", "2|b|true"]);
    project.data("(1, 'a', 2), (2, 'B', 2), (3, 'c', 2)");
    assert_eq!(project.cells(OPEN), ["1|a|true", "2|b|false", "2|B|true", "3|c|true"]);
    // The old row ends where the new one starts.
    let sql = "select count(*) as n from {{ ref('s') }} o join {{ ref('s') }} n on o.id = n.id \
               and o.dbt_valid_to = n.dbt_valid_from";
    assert_eq!(project.cells(sql), ["1"]);
    assert_eq!(project.cells("select count(distinct dbt_scd_id) as n from {{ ref('s') }}"), ["4"]);
}

#[test]
fn all_columns_can_be_watched_and_null_counts() {
    let project = project("strategy='check', check_cols='all'");
    project.data("(1, 'a', 1), (2, null, 1)");
    project.data("(1, null, 1), (2, null, 1)");
    assert_eq!(project.cells(OPEN), ["1|a|false", "1|null|true", "2|null|true"]);
}

#[test]
fn a_later_timestamp_closes_a_row() {
    let project = project("strategy='timestamp', updated_at='seen'");
    project.data("(1, 'a', timestamp '2024-01-01'), (2, 'b', timestamp '2024-01-01')");
    // An older time is no news, whatever the row says.
    project.data("(1, 'late', timestamp '2023-01-01'), (2, 'B', timestamp '2024-02-01 10:00:00')");
    let sql = "select id, name, strftime(dbt_valid_from, '%m-%d %H') as f, strftime(dbt_valid_to, '%m-%d %H') as t \
               from {{ ref('s') }} order by id, dbt_valid_from";
    assert_eq!(project.cells(sql), ["1|a|01-01 00|null", "2|b|01-01 00|02-01 10", "2|B|02-01 10|null"]);
}

#[test]
fn deleted_rows_stay_open_unless_asked() {
    let project = project("strategy='check', check_cols=['name']");
    project.data("(1, 'a', 1), (2, 'b', 1)");
    project.data("(2, 'b', 1)");
    assert_eq!(project.cells(OPEN), ["1|a|true", "2|b|true"]);
}

#[test]
fn deleted_rows_are_closed_and_opened_again() {
    let project = project("strategy='check', check_cols=['name'], hard_deletes='invalidate'");
    project.data("(1, 'a', 1), (2, 'b', 1)");
    project.data("(2, 'b', 1)");
    assert_eq!(project.cells(OPEN), ["1|a|false", "2|b|true"]);
    project.data("(1, 'a', 1), (2, 'b', 1)");
    assert_eq!(project.cells(OPEN), ["1|a|false", "1|a|true", "2|b|true"]);
}

#[test]
fn deletions_can_be_rows_of_their_own() {
    let project = project("strategy='check', check_cols=['name'], hard_deletes='new_record'");
    project.data("(1, 'a', 1), (2, 'b', 1)");
    project.data("(2, 'b', 1)");
    let sql = "select id, dbt_is_deleted, dbt_valid_to is null as open from {{ ref('s') }} \
               order by id, dbt_valid_from, dbt_is_deleted";
    assert_eq!(project.cells(sql), ["1|False|false", "1|True|true", "2|False|true"]);
}

#[test]
fn a_failing_snapshot_leaves_the_rows() {
    let project = project("strategy='check', check_cols=['name']");
    project.data("(1, 'a', 1)");
    project.write("models/a.sql", "select 1 as id, cast('x' as integer) as name, 1 as seen");
    project.run(&["build"]).says(1, &["ERROR=1"]);
    project.write("models/a.sql", "select 1 as id, 'a' as name, 1 as seen");
    assert_eq!(project.cells(OPEN), ["1|a|true"]);
}
