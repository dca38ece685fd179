//! What dbt refuses, we refuse with its exit code, at its place and with a way out.

use crate::project::Project;

const MODEL: (&str, &str) = ("models/customers.sql", "select 1 as id, 'a' as name, timestamp '2024-01-01' as ts");

/// A mistake: a file and its text, the command, and what must be said.
type Case = (&'static str, &'static str, &'static [&'static str], i32, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "snapshots/s.yml",
        "snapshots:\n- name: s\n  relation: ref('customers')\n  config: {strategy: timestamp, unique_key: id}\n",
        &["parse"],
        2,
        &["timestamp strategy must specify an updated_at", "snapshots/s.yml:2:", "`updated_at`"],
    ),
    (
        "snapshots/s.yml",
        "snapshots:\n- name: s\n  relation: ref('customers')\n  config: {strategy: check, unique_key: id}\n",
        &["parse"],
        2,
        &["check strategy must specify a check_cols", "snapshots/s.yml:2:"],
    ),
    (
        "snapshots/s.yml",
        "snapshots:\n- name: s\n  relation: ref('customers')\n  config: {strategy: check, unique_key: id, check_cols: name}\n",
        &["parse"],
        2,
        &["Invalid value for 'check_cols': name. Expected 'all' or a list of strings.", "snapshots/s.yml:2:"],
    ),
    (
        "snapshots/s.yml",
        "snapshots:\n- name: s\n  relation: reff('customers')\n  config: {strategy: check, unique_key: id, check_cols: all}\n",
        &["parse"],
        2,
        &["Invalid jinja expression: reff('customers')", "snapshots/s.yml:3:13", "`relation: ref('model')`"],
    ),
    (
        "snapshots/s.yml",
        "snapshots:\n- name: s\n  relation: ref('customers')\n  config: {strategy: check, unique_key: id, check_cols: all, hard_deletes: ignore, invalidate_hard_deletes: true}\n",
        &["build"],
        1,
        &["You cannot set both the invalidate_hard_deletes and hard_deletes"],
    ),
    (
        "models/s.yml",
        "models:\n- name: customers\n  columns: {name: id}\n",
        &["parse"],
        2,
        &[
            "at path ['columns']: {'name': 'id'} is not of type 'array'",
            "models/s.yml:3:",
            "begin each column with a dash",
        ],
    ),
    (
        "models/s.yml",
        "models:\n- name: customers\n  description: [a]\n",
        &["parse"],
        2,
        &["at path ['description']: ['a'] is not of type 'string'", "models/s.yml:3:", "in quotes"],
    ),
    (
        "models/s.yml",
        "models:\n- name: customers\n  columns:\n  - name: name\n    data_tests:\n    - accepted_values: {value: [a]}\n",
        &["parse"],
        2,
        &["takes no keyword argument 'value'", "models/s.yml:6:7", "did you mean `values`?"],
    ),
    (
        "models/s.yml",
        "groups:\n- name: g\n",
        &["parse"],
        2,
        &["'owner' is a required property", "models/s.yml:2:9", "write `owner:"],
    ),
    (
        "models/s.yml",
        "exposures:\n- name: e\n  type: dashboard\n  owner: {}\n",
        &["parse"],
        2,
        &["'name' or an 'email'", "models/s.yml:2:9", "write `owner:"],
    ),
    (
        "models/d.md",
        "{% docs x %}a{% enddocs %}\n\n{% docs x %}b{% enddocs %}\n",
        &["parse"],
        2,
        &["dbt found two docs with the name \"x\"", "models/d.md:3:13"],
    ),
    (
        "models/a.sql",
        "{{ config(pre_hook={'sq': 'select 1'}) }} select 1 as a",
        &["parse"],
        2,
        &["Field \"pre_hook\" of type List[Hook]", "models/a.sql:1:1", "a mapping with `sql`"],
    ),
    (
        "models/a.sql",
        "\n{{ config(post_hook='selec 1') }} select 1 as a",
        &["run"],
        1,
        &["syntax error at or near \"selec\"", "models/a.sql:2:1"],
    ),
    (
        "models/a.sql",
        "{% for i in [1] %}select 1{% endif %}",
        &["parse"],
        2,
        &["unknown statement endif", "models/a.sql:1:30", "`{% endfor %}`"],
    ),
    ("models/a.sql", "{% iff true %}select 1{% endif %}", &["parse"], 2, &["models/a.sql:1:4", "did you mean `if`?"]),
    (
        "models/a.sql",
        "select * from {{ ref() }}",
        &["parse"],
        2,
        &["ref() takes at most two arguments (0 given)", "models/a.sql:1:18", "write `ref('model')`"],
    ),
    ("models/a b.sql", "select 1 as a", &["parse"], 2, &["Resource names cannot contain spaces", "models/a b.sql:1"]),
];

#[test]
fn what_dbt_does_not_look_at_while_parsing_is_not_refused() {
    let yaml = "models:\n- name: customers\n  columns:\n  - name: id\n    data_tests:\n    - not_null: {arguments: {foo: 1}}\n";
    let project = Project::new().file(MODEL.0, MODEL.1).file("models/s.yml", yaml);
    project.ok(&["parse"]);
    project.run(&["build"]).says(1, &["takes no keyword argument 'foo'"]);
}

#[test]
fn what_is_refused_has_its_place_and_a_way_out() {
    for (path, text, command, code, said) in CASES {
        let project = Project::new().file(MODEL.0, MODEL.1).file(path, text);
        project.run(command).says(*code, said);
    }
}

#[test]
fn a_contract_that_fails_is_told_at_the_model() {
    let project = Project::new().file(MODEL.0, MODEL.1).file(
        "models/s.yml",
        "models:\n- name: customers\n  config: {contract: {enforced: true}}\n  columns: [{name: id, data_type: varchar}]\n",
    );
    project.run(&["run"]).says(1, &["This model has an enforced contract that failed", "models/s.yml:2:9"]);
}

#[test]
fn strategies_that_the_adapter_lacks_are_told_from_those_that_nobody_knows() {
    let model = |strategy: &str| {
        format!("{{{{ config(materialized='incremental', incremental_strategy='{strategy}') }}}} select 1 as id")
    };
    let project = Project::new().file("models/a.sql", model("insert_overwrite")).file("models/b.sql", model("mine"));
    project.run(&["run"]);
    project.run(&["run"]).says(
        1,
        &[
            "The incremental strategy 'insert_overwrite' is not valid for this adapter",
            "dbt could not find an incremental strategy macro with the name \"get_incremental_mine_sql\" in shop",
            "strategies of duckdb: append, delete+insert, merge, microbatch",
        ],
    );
}

#[test]
fn moments_of_event_time_are_read_before_they_are_compared() {
    let project = Project::new().file(MODEL.0, MODEL.1);
    let window = |start: &'static str| ["run", "--event-time-start", start, "--event-time-end", "2024-01-02"];
    project.run(&window("x")).says(2, &["Invalid value for '--event-time-start': 'x' does not match the formats"]);
    project.run(&window("2024-01-02T00:00:00")).says(2, &["`--event-time-start` must be less than `--event-time-end`"]);
}

#[test]
fn keys_that_the_project_file_does_not_know_are_refused() {
    let project = Project::empty();
    project.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n");
    project.write("dbt_project.yml", "name: shop\nprofile: shop\nmodel-path: [m]\n");
    project.run(&["parse"]).says(
        2,
        &[
            "Additional properties are not allowed ('model-path' was unexpected)",
            "dbt_project.yml:3:1",
            "did you mean `model-paths`?",
        ],
    );
}
