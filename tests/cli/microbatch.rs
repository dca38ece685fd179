//! Models that are built batch by batch, and samples of event time.

use crate::project::Project;

const EVENTS: &str = "{{ config(materialized='table', event_time='seen') }}
select * from (values (1, timestamp '2024-01-01'), (2, timestamp '2024-01-02'), (3, timestamp '2024-01-03'),
  (4, timestamp '2024-01-04 12:00:00')) t(id, seen)\n";
const BOUNDS: [&str; 4] = ["--event-time-start", "2024-01-01", "--event-time-end", "2024-01-05"];

fn project(config: &str, select: &str) -> Project {
    Project::new().file("models/events.sql", EVENTS).file(
        "models/daily.sql",
        format!(
            "{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='seen', \
             batch_size='day', begin='2024-01-01'{config}) }}}}\n{select}\n"
        ),
    )
}

fn with<'a>(command: &[&'a str]) -> Vec<&'a str> {
    command.iter().copied().chain(BOUNDS).collect()
}

#[test]
fn every_batch_reads_and_replaces_its_own_rows() {
    let project = project("", "select *, '{{ model.batch.id }}' as batch from {{ ref('events') }}");
    let first = project.ok(&with(&["run"]));
    first.says(0, &["1 of 4 START batch 2024-01-01 of main.daily", "OK created sql microbatch model main.daily"]);
    let rows = "select id, batch from {{ ref('daily') }} order by all";
    assert_eq!(project.cells(rows), ["1|20240101", "2|20240102", "3|20240103", "4|20240104"]);
    project.write("models/events.sql", EVENTS.replace("(2,", "(20,"));
    project.ok(&["run", "--event-time-start", "2024-01-02", "--event-time-end", "2024-01-03"]);
    assert_eq!(project.cells(rows), ["1|20240101", "3|20240103", "4|20240104", "20|20240102"]);
    let compiled = project.read("target/compiled/shop/models/daily/daily_2024-01-02.sql");
    assert!(
        compiled.contains("seen >= '2024-01-02 00:00:00+00:00' and seen < '2024-01-03 00:00:00+00:00'"),
        "{compiled}"
    );
    assert!(project.files().contains(&"target/run/shop/models/daily/daily_2024-01-02.sql".to_owned()));
}

#[test]
fn a_batch_that_fails_leaves_the_others() {
    let bad = "select * from {{ ref('events') }} {% if model.batch.id == '20240103' %} where id = 'x' {% endif %}";
    let project = project("", bad);
    let output = project.run(&with(&["run"]));
    output
        .says(1, &["PARTIALLY created sql microbatch model main.daily", "PARTIAL SUCCESS (3/4)", "models/daily.sql:2"]);
    let results = project.json("target/run_results.json");
    let daily = results["results"].as_array().unwrap().iter().find(|it| it["unique_id"] == "model.shop.daily").unwrap();
    assert_eq!(daily["status"], "partial success");
    assert_eq!(daily["batch_results"]["failed"][0][0], "2024-01-03T00:00:00+00:00");
    assert_eq!(daily["batch_results"]["successful"].as_array().unwrap().len(), 3);
    assert_eq!(project.cells("select count(*) from {{ ref('daily') }}"), ["3"]);
}

#[test]
fn a_first_batch_that_fails_ends_the_model() {
    let bad = "select * from {{ ref('events') }} {% if model.batch.id == '20240101' %} where id = 'x' {% endif %}";
    let project = project("", bad);
    project
        .run(&with(&["run"]))
        .says(1, &["ERROR creating sql microbatch model", "Batch 4 of 4 SKIP batch 2024-01-04"]);
}

#[test]
fn hooks_stand_around_all_batches_and_full_refresh_builds_the_table_once() {
    let hooks = ", pre_hook='insert into log values (1)', post_hook='insert into log values (2)'";
    let project = project(hooks, "select * from {{ ref('events') }}")
        .setting("on-run-start: \"create table if not exists log (n int)\"");
    project.ok(&with(&["run"]));
    assert_eq!(project.cells("select n from log order by all"), ["1", "2"]);
    project.ok(&with(&["run", "--full-refresh"]));
    assert_eq!(project.cells("select count(*) from {{ ref('daily') }}"), ["4"]);
}

#[test]
fn render_leaves_an_input_whole() {
    let project = project("", "select id, seen from {{ ref('events').render() }}");
    project.ok(&with(&["run"]));
    let compiled = project.read("target/compiled/shop/models/daily/daily_2024-01-02.sql");
    assert!(!compiled.contains("where"), "{compiled}");
}

#[test]
fn what_is_missing_is_told_before_anything_runs() {
    let model = |config: &str| {
        let config = format!("{{{{ config(materialized='incremental', incremental_strategy='microbatch'{config}) }}}}");
        Project::new().file("models/m.sql", format!("{config}\nselect 1 as id"))
    };
    let told = [
        ("", "must provide an 'event_time' (string) config"),
        (", event_time=2", "'event_time' config of type string, but got: <class 'int'>"),
        (", event_time='at'", "must provide a 'begin' (datetime) config"),
        (", event_time='at', begin='2020-01-01 11 PM'", "'begin' config of valid datetime (ISO format)"),
        (", event_time='at', begin='2020-01-01', batch_size='week'", "one of ['hour', 'day', 'month', 'year']"),
    ];
    for (config, message) in told {
        model(config).run(&["parse"]).says(2, &[message, "models/m.sql"]);
    }
    model(", event_time='at', begin='2020-01-01', batch_size='day'")
        .run(&["parse"])
        .says(0, &["has no 'ref' or 'source' input with an 'event_time' configuration"]);
    let project = project("", "select * from {{ ref('events') }}");
    project.run(&["run", "--event-time-start", "2024-01-01"]).says(2, &["`--event-time-end` was not"]);
    project
        .run(&["run", "--event-time-start", "2024", "--event-time-end", "soon"])
        .says(2, &["does not match the formats"]);
}

#[test]
fn a_sample_cuts_what_has_an_event_time() {
    let project = Project::new()
        .file("models/events.sql", EVENTS)
        .file("models/all_of_it.sql", "select * from {{ ref('events') }}");
    project.ok(&["run", "--sample", "{start: 2024-01-02, end: 2024-01-04}"]);
    assert_eq!(project.cells("select id from {{ ref('all_of_it') }} order by all"), ["2", "3"]);
    project.ok(&["run", "--sample", "3 days"]);
    assert_eq!(project.cells("select count(*) from {{ ref('all_of_it') }}"), ["0"]);
    project.run(&["run", "--sample", "3 weeks"]).says(2, &["Invalid grain size 'weeks'"]);
}
