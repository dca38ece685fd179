//! What tools read: JSON lines, log files, reports for CI systems, and that secrets are in none of them.

use serde_json::Value;

use crate::project::Project;

fn shop() -> Project {
    Project::new()
        .setting("on-run-start: [\"select 1\"]")
        .file("models/a.sql", "{{ config(meta={'owner': 'me', 'number': 1}) }} select 1 as id union all select 1")
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file(
            "models/schema.yml",
            "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n",
        )
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["info"]["name"] == name).collect()
}

#[test]
fn a_build_tells_what_tools_look_for() {
    let project = shop();
    let output = project.run(&["--log-format", "json", "--log-level", "debug", "build"]);
    assert_eq!(output.code, Some(1), "{}", output.text);
    let events = lines(&output.stdout);
    for name in [
        "MainReportVersion",
        "MainReportArgs",
        "AdapterRegistered",
        "FoundStats",
        "ConcurrencyLine",
        "HooksRunning",
        "LogHookEndLine",
        "NewConnection",
        "ConnectionReused",
        "ConnectionUsed",
        "SQLQuery",
        "SQLQueryStatus",
        "WritingInjectedSQLForNode",
        "MarkSkippedChildren",
        "SkippingDetails",
        "FinishedRunningStats",
        "EndRunResult",
        "RunResultFailure",
        "StatsLine",
        "ArtifactWritten",
        "ResourceReport",
    ] {
        assert!(name == "HooksRunning" || !named(&events, name).is_empty(), "{name} is missing");
    }
    assert_eq!(events.last().unwrap()["info"]["name"], "CommandCompleted");
    let finished = named(&events, "NodeFinished");
    let a = finished.iter().find(|event| event["data"]["node_info"]["node_name"] == "a").unwrap();
    let info = &a["data"]["node_info"];
    assert_eq!(info["meta"], serde_json::json!({"owner": "me", "number": 1}));
    assert_eq!((&info["node_status"], &info["materialized"]), (&"success".into(), &"view".into()));
    assert_eq!(info["node_relation"]["relation_name"], "\"dev\".\"main\".\"a\"");
    assert_eq!(a["data"]["run_result"]["status"], "success");
    assert_eq!(named(&events, "LogHookStartLine")[0]["data"]["statement"], "shop.on-run-start.0");
    // The log file has the same, and tools of dbt's projects find it under dbt's name.
    assert_eq!(lines(&project.read("logs/netflix.log")).len(), events.len());
    let other = Project::empty().file("dbt_project.yml", "name: shop\nprofile: shop\n");
    let other = other.file("profiles.yml", project.read("profiles.yml")).file("models/a.sql", "select 1 as id");
    other.ok(&["run"]);
    assert!(other.read("logs/dbt.log").contains("Began running node model.shop.a"));
}

#[test]
fn levels_formats_and_folders_of_the_log_are_chosen() {
    let project = shop();
    project.run(&["run", "--log-level-file", "info", "--log-path", "elsewhere"]);
    let log = project.read("elsewhere/netflix.log");
    assert!(log.contains("Finished running") && !log.contains("Began running node"), "{log}");
    project.run(&["run", "--log-level-file", "none", "--log-path", "nowhere"]);
    assert!(!project.path("nowhere").exists());
    let quiet = project.run(&["run", "--quiet"]);
    assert_eq!(quiet.text, "");
    let none = project.run(&["run", "--log-level", "none"]);
    assert_eq!(none.text, "");
    let narrow = project.run(&["run", "--printer-width", "40"]);
    assert!(narrow.text.contains("1 of 2 START sql view model main.a ..... [RUN]"), "{}", narrow.text);
    for _ in 0..3 {
        project.run(&["run", "--log-path", "small", "--log-file-max-bytes", "2000"]);
    }
    assert!(project.path("small/netflix.log.1").exists());
    let report = project.run(&["run", "--show-resource-report"]);
    assert!(report.text.contains("process_mem_max_rss"), "{}", report.text);
}

#[test]
fn statements_carry_a_comment_that_names_their_node() {
    let project = shop();
    project.run(&["run"]);
    let log = project.read("logs/netflix.log");
    let comment = "/* {\"app\": \"dbt\", \"dbt_version\": \"1.12.6\", \"profile_name\": \"shop\", \"target_name\": \
                   \"dev\", \"node_id\": \"model.shop.a\"} */";
    assert!(log.contains(comment), "{log}");
    let own = shop().setting("query-comment: {comment: \"run by {{ target.name }} of {{ node.name }}\", append: true}");
    own.run(&["run", "--log-path", "own"]);
    assert!(own.read("own/netflix.log").contains("\n/* run by dev of a */"), "{}", own.read("own/netflix.log"));
    let none = shop().setting("query-comment: \"\"");
    none.run(&["run", "--log-path", "none"]);
    assert!(!none.read("none/netflix.log").contains("/* "));
    let wrong = shop().setting("query-comment: \"a */ b\"").run(&["run"]);
    assert!(wrong.code != Some(0) && wrong.text.contains("query comment contains illegal value"), "{}", wrong.text);
}

#[test]
fn secrets_are_in_nothing_that_is_written() {
    let secret = "hunter2_very_secret";
    let project = shop().file(
        "profiles.yml",
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb, threads: 2, \
         schema: \"{{ env_var('DBT_ENV_SECRET_WORD') }}\"}\n",
    );
    let project = project.file("models/c.sql", "select nope from {{ ref('a') }}").file(
        "models/s.yml",
        "sources:\n  - name: raw\n    schema: \"{{ target.schema }}\"\n    tables:\n      - name: a\n        \
         config:\n          loaded_at_field: \"now()::timestamp\"\n          \
         freshness: {warn_after: {count: 1, period: day}, filter: \"'{{ target.schema }}' <> ''\"}\n",
    );
    let environment = [
        ("DBT_ENV_SECRET_WORD", secret),
        ("DBT_ENV_CUSTOM_ENV_TEAM", "blue"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", "summary.md"),
    ];
    for format in ["text", "debug", "json"] {
        let arguments = ["--log-format", format, "--log-level", "debug", "build", "--junit", "junit.xml"];
        let output = project.run_with(&arguments, &environment);
        assert_eq!(output.code, Some(1), "{}", output.text);
        assert!(!output.text.contains(secret), "{format}: {}", output.text);
        assert!(output.text.contains("*****"), "{format}");
    }
    let event: Value = serde_json::from_str(project.read("logs/netflix.log").lines().last().unwrap()).unwrap();
    assert_eq!(event["info"]["extra"], serde_json::json!({"TEAM": "blue"}));
    let output = project.run_with(&["source", "freshness"], &environment);
    assert!(output.code == Some(0) && !output.text.contains(secret), "{}", output.text);
    assert!(project.read("target/sources.json").contains("*****"), "{}", project.read("target/sources.json"));
    for path in project.files() {
        let ours = ["logs", "target", "summary.md", "junit.xml"].iter().any(|start| path.starts_with(start));
        if ours && !path.starts_with("target/compiled") && !path.starts_with("target/run/") {
            let content = String::from_utf8_lossy(&std::fs::read(project.path(&path)).unwrap()).into_owned();
            assert!(!content.contains(secret), "{path}");
        }
    }
}

#[test]
fn github_and_junit_are_told() {
    let project = shop().file("models/c.sql", "select\n  nope\nfrom {{ ref('a') }}");
    let summary = project.path("summary.md");
    let environment = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let output = project.run_with(&["run", "--junit", "reports/junit.xml"], &environment);
    assert_eq!(output.code, Some(1), "{}", output.text);
    let annotation = "::error file=models/c.sql,line=2,col=3,title=error%3A model c::";
    assert!(output.text.contains(annotation), "{}", output.text);
    assert!(project.read("summary.md").starts_with("### netflix run: failed"), "{}", project.read("summary.md"));
    assert!(project.read("summary.md").contains("What changed (2)"));
    let junit = project.read("reports/junit.xml");
    assert!(junit.contains("<testsuite name=\"models\" tests=\"3\"") && junit.contains("errors=\"1\""), "{junit}");
    let tested = project.run_with(&["test", "--junit", "reports/tests.xml"], &[("GITHUB_ACTIONS", "true")]);
    assert!(tested.text.contains("title=failed%3A test unique_a_id::Got 1 result"), "{}", tested.text);
    assert!(project.read("reports/tests.xml").contains("every value of `id` occurs once"));
    project.write("models/d.sql", "select * from {{ ref('missing') }}");
    let broken = project.run_with(&["run", "--junit", "reports/broken.xml"], &environment);
    assert!(broken.text.contains("::error file=models/d.sql,line=1"), "{}", broken.text);
    assert!(project.read("reports/broken.xml").contains("models/d.sql"));
}

#[test]
fn an_operation_has_results_and_says_what_is_wrong_with_it() {
    let macros = "{% macro fill(name) %}{% do run_query('create or replace table ' ~ name ~ ' as select 1 as id') %}\
                  {{ log('filled', info=true) }}{% endmacro %}\n\
                  {% macro broken() %}{% do run_query('select nope') %}{% endmacro %}";
    let project = shop().file("macros/m.sql", macros);
    project.ok(&["run-operation", "fill", "--args", "{name: made}"]);
    let results = project.json("target/run_results.json");
    assert_eq!(results["results"][0]["unique_id"], "macro.shop.fill");
    assert_eq!(results["results"][0]["status"], "success");
    assert_eq!(results["results"][0]["timing"][1]["name"], "execute");
    assert_eq!(results["args"]["macro"], "fill");
    let broken = project.run(&["run-operation", "broken"]);
    assert!(broken.code == Some(1) && broken.text.contains("macros/m.sql"), "{}", broken.text);
    assert_eq!(project.json("target/run_results.json")["results"][0]["failures"], 1);
    for (arguments, expected) in [
        (&["fil"][..], "dbt could not find a macro with the name 'fil' in any package"),
        (&["fil"], "did you mean `fill`?"),
        (&[], "Either a macro name or --sql must be passed"),
        (&["fill", "--args", "[1]"], "--args argument is not a mapping"),
        (&["--sql", "select 1", "--args", "{a: 1}"], "--args cannot be used with --sql"),
    ] {
        let output = project.run(&[&["run-operation"], arguments].concat());
        assert!(output.code == Some(2) && output.text.contains(expected), "{arguments:?}: {}", output.text);
    }
    project.run(&["run"]);
    let made = "create or replace table made as select count(*) as n from {{ ref('a') }}";
    let output = project.ok(&["run-operation", "--sql", made]);
    assert!(output.text.contains("1 of 1 OK executed inline_query"), "{}", output.text);
    assert_eq!(project.json("target/run_results.json")["results"][0]["unique_id"], "sql_operation.shop.inline_query");
    let shown = project.ok(&["show", "--inline", "select n from made", "--output", "json", "-q"]);
    assert!(shown.stdout.contains("\"n\": 2"), "{}", shown.stdout);
    let failed = project.run(&["run-operation", "--sql", "select nope"]);
    assert!(failed.code == Some(1) && failed.text.contains("ERROR executing inline_query"), "{}", failed.text);
}
