//! What a mistake looks like: the code, where it is, and what to do.

use crate::project::Project;

#[test]
fn a_missing_ref_has_its_place_and_the_nearest_name() {
    let project = Project::new()
        .file("models/customers.sql", "select 1 as id")
        .file("models/b.sql", "select 1 as id\n\n   from {{ ref('custmers') }}\n");
    project.run(&["build"]).says(
        2,
        &["depends on a node named 'custmers' which was not found", "models/b.sql:3:16", "did you mean `customers`?"],
    );
}

#[test]
fn a_cycle_is_shown_with_its_path() {
    let project = Project::new()
        .file("models/a.sql", "select * from {{ ref('b') }}")
        .file("models/b.sql", "select *\nfrom {{ ref('c') }}")
        .file("models/c.sql", "select * from {{ ref('a') }}");
    project.run(&["build"]).says(
        2,
        &[
            "Found a cycle: model.shop.a --> model.shop.c --> model.shop.b --> model.shop.a",
            "models/a.sql:1:22",
            "models/b.sql:2:13",
            "models/c.sql:1:22",
        ],
    );
}

#[test]
fn template_syntax_has_its_place() {
    let project = Project::new().file("models/a.sql", "select 1 as id,\n  {{ 1 + }} as y\n");
    project.run(&["build"]).says(2, &["Compilation Error", "unexpected end of variable block", "models/a.sql:2:10"]);
    project.write("models/a.sql", "select 1 as id\n{% if true %}\n, 2 as x\n");
    project.run(&["build"]).says(2, &["unexpected end of input", "models/a.sql:2:"]);
    project.write("models/a.sql", "select {{ nosuch_macro(1) }}\n");
    project.run(&["build"]).says(1, &["'nosuch_macro' is undefined", "models/a.sql:1:11"]);
}

#[test]
fn sql_from_a_macro_is_found_in_the_macro() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro bad(c) %}\n  {{ c }} +\n  nosuch_column\n{% endmacro %}\n")
        .file("models/a.sql", "select\n  {{ bad('id') }} as x\nfrom (select 1 as id)\n");
    project.run(&["build"]).says(
        1,
        &[
            "Runtime Error in model a (models/a.sql)",
            "macros/m.sql:3:3",
            "called from model a at models/a.sql:2:6",
            "did you mean `id`?",
        ],
    );
}

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest_key() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/m.yml", "models:\n  - name: a\n    descripton: hello\n");
    project
        .run(&["build"])
        .says(0, &["unknown key `descripton` in model `a`", "models/m.yml:3:5", "did you mean `description`?"]);
}

#[test]
fn two_models_of_one_name_are_both_shown() {
    let project = Project::new().file("models/x/a.sql", "select 1 as id").file("models/y/a.sql", "select 2 as id");
    project.run(&["build"]).says(
        2,
        &[
            "found two models with the name \"a\"",
            "models/x/a.sql:1:1",
            "models/y/a.sql:1:1",
            "rename one of the files",
        ],
    );
}

#[test]
fn a_missing_variable_has_its_place() {
    let project = Project::new().file("models/a.sql", "select 1 as id\n  , {{ var('start_dat') }} as y\n");
    project.ok(&["parse"]);
    project.run(&["build"]).says(1, &["Required var 'start_dat' not found", "models/a.sql:2:8", "--vars"]);
    project.ok(&["build", "--vars", "{start_dat: 7}"]);
    assert!(project.read("target/compiled/shop/models/a.sql").contains(", 7 as y"));
}

#[test]
fn a_missing_environment_variable_has_its_place() {
    let project = Project::new().file("models/a.sql", "select '{{ env_var(\"NO_SUCH_VARIABLE_SET\") }}' as y");
    project.run(&["build"]).says(
        2,
        &[
            "Env var required but not provided: 'NO_SUCH_VARIABLE_SET'",
            "models/a.sql:1:12",
            "export NO_SUCH_VARIABLE_SET=",
        ],
    );
    assert_eq!(project.run_with(&["build"], &[("NO_SUCH_VARIABLE_SET", "x")]).code, Some(0));
}

#[test]
fn a_test_of_an_unknown_column_points_into_the_yaml_file() {
    let yaml =
        "models:\n  - name: a\n    columns:\n      - name: custmer_id\n        data_tests:\n          - not_null\n";
    let project = Project::new().file("models/a.sql", "select 1 as customer_id").file("models/m.yml", yaml);
    project
        .run(&["build"])
        .says(1, &["Runtime Error in test not_null_a_custmer_id", "models/m.yml:6:13", "did you mean `customer_id`?"]);
}

#[test]
fn a_ragged_seed_row_has_its_line() {
    let project = Project::new().file("seeds/s.csv", "id,name\n1,a\n2,b,c\n3,d\n");
    project
        .run(&["build"])
        .says(1, &["has a row of 3 cells, and its header has 2", "seeds/s.csv:3:1", "must be in double quotes"]);
    project.write("seeds/s.csv", "id,name\n1,a\n2,\"b,c\"\n3,d\n");
    project.ok(&["build"]);
    assert_eq!(project.cells("select * from {{ ref('s') }} order by id"), ["1|a", "2|b,c", "3|d"]);
}

#[test]
fn a_file_that_is_not_utf_8_has_its_line() {
    let project = Project::new().file("models/a.sql", b"select 1 as id\n, 'caf\xe9' as n\n");
    project.run(&["build"]).says(2, &["`models/a.sql`", "line 2 is not UTF-8"]);
}

#[test]
fn a_profile_without_its_target_names_those_it_has() {
    let profiles = "shop:\n  target: prd\n  outputs:\n    prod: {type: duckdb, path: dev.duckdb}\n";
    let project = Project::new().file("profiles.yml", profiles).file("models/a.sql", "select 1 as id");
    project
        .run(&["build"])
        .says(2, &["does not have a target named 'prd'", "profiles.yml:2:11", "did you mean `prod`?"]);
    project.ok(&["build", "--target", "prod"]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let project = Project::new()
        .file("models/a.sql", "select * from {{ ref('nope') }}")
        .file("models/b.sql", "select {{ 1 + }}")
        .file("models/c.sql", "select * from {{ source('x', 'y') }}")
        .file("models/d.sql", "select 1 as id")
        .file("models/m.yml", "models:\n  - name: d\n    descriptin: x\n");
    project
        .run(&["build"])
        .says(2, &["models/a.sql:1:22", "models/b.sql:1:15", "models/c.sql:1:30", "models/m.yml:3:5", "3 errors"]);
}

#[test]
fn two_project_files_are_refused() {
    let project = Project::new().file("dbt_project.yml", "name: shop\nprofile: shop\n");
    project.run(&["build"]).says(2, &["holds both project.yml and dbt_project.yml", "remove one of them"]);
}

#[test]
fn a_macro_without_a_version_for_the_adapter_is_told_where_it_is_dispatched() {
    let macros = "{% macro pick() %}{{ adapter.dispatch('pick', 'shop')() }}{% endmacro %}\n\
                  {% macro bigquery__pick() %}1{% endmacro %}\n";
    let project = Project::new().file("macros/m.sql", macros).file("models/a.sql", "select 1 as id");
    project
        .run(&["parse"])
        .says(2, &["No macro named 'pick' found within namespace: 'shop'", "'shop.duckdb__pick'", "macros/m.sql:1"]);
    project.run(&["parse"]).says(2, &["it exists for bigquery: write a macro `duckdb__pick` in your project"]);
    project.write(
        "macros/m.sql",
        "{% macro pick_colour() %}{{ adapter.dispatch('pick_colour', 'shop')() }}{% endmacro %}",
    );
    project.run(&["parse"]).says(2, &["write a macro `duckdb__pick_colour` or `default__pick_colour` in your project"]);
}

#[test]
fn a_model_may_name_what_is_unknown_while_it_is_parsed_but_a_macro_may_not() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro later() %}{% if execute %}{{ nowhere.go() }}{% endif %}1{% endmacro %}")
        .file("models/a.sql", "{{ nowhere.go() }} select {{ later() }} as id");
    project.ok(&["parse"]);
    for (macros, said) in [
        ("{% macro later() %}{{ nowhere.go() }}{% endmacro %}", "'nowhere' is undefined"),
        ("{% macro later() %}{{ nowhere() }}{% endmacro %}", "'nowhere' is undefined"),
        ("{% macro later() %}{{ shop.nowhere() }}{% endmacro %}", "'shop.nowhere' is undefined"),
    ] {
        project.write("macros/m.sql", macros);
        project.run(&["parse"]).says(2, &[said, "macros/m.sql:1", "called from model a at models/a.sql:1"]);
    }
    project.write("macros/m.sql", "{% macro later() %}{{ nowhere }}{{ nowhere is defined }}{% endmacro %}");
    project.ok(&["parse"]);
}

#[test]
fn what_reads_a_model_that_cannot_be_parsed_is_not_told_that_it_is_missing() {
    let project = Project::new()
        .file("models/a.sql", "select {{ nowhere.go() + 1 }} as id")
        .file("models/b.sql", "select * from {{ ref('a') }} join {{ ref('c') }} using (id)");
    let output = project.run(&["parse"]);
    output.says(2, &["models/a.sql:1", "depends on a node named 'c' which was not found"]);
    assert!(!output.text.contains("named 'a'"), "{}", output.text);
}
