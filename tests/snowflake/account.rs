//! A real account. Nobody has run this yet: it needs one, and a database that may be written.
//!
//! Set `NETFLIX_TEST_SNOWFLAKE_ACCOUNT`, `.._USER`, `.._DATABASE`, `.._WAREHOUSE`, perhaps `.._ROLE`, and either
//! `.._PASSWORD` or `.._PRIVATE_KEY_PATH`. Everything is made in the schema `NETFLIX_TEST` of that database.

use crate::project::Project;

fn variable(name: &str) -> Option<String> {
    std::env::var(format!("NETFLIX_TEST_SNOWFLAKE_{name}")).ok().filter(|value| !value.is_empty())
}

#[test]
fn a_project_is_built_twice_on_an_account() {
    let Some(account) = variable("ACCOUNT") else { return };
    let optional =
        |key: &str, name: &str| variable(name).map(|value| format!(", {key}: \"{value}\"")).unwrap_or_default();
    let profiles = format!(
        "shop:\n  target: dev\n  outputs:\n    dev: {{type: snowflake, account: \"{account}\", schema: NETFLIX_TEST, threads: 4{}{}{}{}{}{}}}\n",
        optional("user", "USER"),
        optional("database", "DATABASE"),
        optional("warehouse", "WAREHOUSE"),
        optional("role", "ROLE"),
        optional("password", "PASSWORD"),
        optional("private_key_path", "PRIVATE_KEY_PATH"),
    );
    let project = Project::empty()
        .file("project.yml", "name: shop\nversion: \"1.0\"\nprofile: shop\n")
        .file("profiles.yml", profiles)
        .file("seeds/s.csv", "id,name\n1,it's\n2,\\ \n")
        .file("models/v.sql", "select * from {{ ref('s') }}")
        .file("models/t.sql", "{{ config(materialized='table') }} select * from {{ ref('v') }}")
        .file("models/m.sql", "{{ config(materialized='incremental', unique_key='id') }} select * from {{ ref('t') }}");
    project.ok(&["debug"]);
    project.ok(&["build"]);
    project.ok(&["build"]).says(0, &["PASS=4"]);
    assert_eq!(project.cells("select count(*) as n from {{ ref('m') }}"), ["2"]);
}
