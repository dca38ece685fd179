//! Settings: how layers of them meet, what is refused of them, and what the rarer options do.

use crate::project::Project;

#[test]
fn the_file_has_the_last_word_on_whether_its_node_is_there() {
    let project = Project::new()
        .setting("models: {shop: {a: {enabled: false}, b: {enabled: false}}}")
        .setting("flags: {require_corrected_analysis_fqns: true}")
        .setting("analyses: {+enabled: false}")
        .file("models/a.sql", "{{ config(enabled=true) }} select 1 as id")
        .file("models/b.sql", "select 1 as id")
        .file("analyses/c.sql", "{{ config(enabled=true) }} select 2 as id")
        .file("analyses/d.sql", "select 2 as id");
    let listed = project.ok(&["ls", "--quiet", "--resource-type", "all"]).text;
    let names: Vec<&str> = listed.split_whitespace().map(|line| line.rsplit('.').next().unwrap()).collect();
    assert_eq!(names, ["c", "a"], "{listed}");
}

#[test]
fn docs_settings_are_joined_and_colors_are_checked() {
    let project = Project::new()
        .setting("models: {+docs: {show: false, node_color: '#121212'}}")
        .file("models/a.sql", "{{ config(docs={'node_color': 'red'}) }} select 1 as id");
    project.ok(&["parse"]);
    let docs = &project.json("target/manifest.json")["nodes"]["model.shop.a"]["config"]["docs"];
    assert_eq!((&docs["show"], &docs["node_color"]), (&false.into(), &"red".into()));
    project.write("models/a.sql", "{{ config(docs={'node_color': 'reddish'}) }} select 1 as id");
    project.run(&["parse"]).says(2, &["reddish", "models/a.sql:1:"]);
}

#[test]
fn seeds_snapshots_and_tests_are_built_in_their_own_way_only() {
    let project = Project::new()
        .file("seeds/s.csv", "id\n1\n")
        .file("seeds/s.yml", "seeds:\n  - name: s\n    config: {materialized: table}\n");
    project.run(&["parse"]).says(2, &["materialized value of 'seed'", "seeds/s.yml"]);
}

#[test]
fn the_version_and_the_catalogs_of_a_project_are_checked() {
    let project = Project::new().setting("version: invalid").file("models/a.sql", "select 1 as id");
    project.run(&["parse"]).says(2, &["['version']: 'invalid' is not valid"]);
    let catalogs = "catalogs:\n  - name: lake\n    write_integrations:\n      - {name: x, catalog_type: glue}\n      - {name: y, catalog_type: glue}\n";
    let project = Project::new().file("models/a.sql", "select 1 as id").file("catalogs.yml", catalogs);
    project.run(&["parse"]).says(2, &["must specify an 'active_write_integration'", "catalogs.yml:2:"]);
    project.write("catalogs.yml", format!("{catalogs}    active_write_integration: y\n"));
    project.ok(&["parse"]);
}

#[test]
fn a_secret_that_a_template_changes_is_never_shown() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file(
        "packages.yml",
        "packages:\n  - git: \"file:///nowhere/{{ env_var('DBT_ENV_SECRET_TOKEN') | join(' ') }}/x.git\"\n",
    );
    let output = project.run_with(&["deps"], &[("DBT_ENV_SECRET_TOKEN", "abc123")]);
    output.says(2, &["D B T _ E N V _ S E C R E T _ T O K E N"]).hides(&["a b c 1 2 3", "abc123"]);
}

#[test]
fn tags_outside_of_macros_are_warned_of() {
    let project = Project::new()
        .file("models/a.sql", "select {{ one() }} as id")
        .file("macros/one.sql", "{% macro one() %}1{% endmacro %}\n{% endmacro %}\n");
    project.ok(&["build"]).says(0, &["UnexpectedJinjaBlockDeprecation", "macros/one.sql:2:1"]);
}

#[test]
fn a_reader_of_a_versioned_model_hears_of_a_newer_one() {
    let yaml = "models:\n  - name: m\n    latest_version: 1\n    versions: [{v: 1}, {v: 2}]\n";
    let project = Project::new()
        .file("models/m_v1.sql", "select 1 as id")
        .file("models/m_v2.sql", "select 2 as id")
        .file("models/r.sql", "select * from {{ ref('m') }}")
        .file("models/m.yml", yaml);
    project.ok(&["build"]).says(0, &["unpinned reference to versioned model 'm'", "v='2'"]);
}

#[test]
fn seeds_are_shown_and_ephemeral_models_left_out_where_that_is_asked_for() {
    let project = Project::new()
        .file("seeds/s.csv", "id,word\n1,hello\n")
        .file("models/e.sql", "{{ config(materialized='ephemeral') }} select 7 as id")
        .file("models/m.sql", "select * from {{ ref('e') }}");
    project.ok(&["seed", "--show"]).says(0, &["hello"]);
    project.ok(&["seed"]).hides(&["hello"]);
    project
        .ok(&["compile", "--select", "m", "--no-inject-ephemeral-ctes"])
        .says(0, &["__dbt__cte__e"])
        .hides(&["7 as id"]);
    project.ok(&["compile", "--select", "m"]).says(0, &["7 as id"]);
}

#[test]
fn options_of_dbt_that_mean_little_here_are_taken() {
    let project = Project::new().file("models/a.sql", "select 1 as id");
    for words in [
        &["compile", "--sqlparse", "{MAX_GROUPING_DEPTH: 10}"][..],
        &["build", "--maximum-seed-size-mib", "2"],
        &["-r", "timing.txt", "ls"],
        &["ls", "-x"],
        &["run", "--deprecated-no-print", "--deprecated-favor-state"],
        &["docs", "generate", "--compile"],
        &["compile", "-f"],
    ] {
        project.ok(words);
    }
}

#[test]
fn packages_can_ask_for_the_configuration_of_the_run() {
    let project = Project::new().file(
        "models/a.sql",
        "{% set config = builtins.ref.config %}select '{{ config.project_name }}' as name, \
         '{{ config.dependencies['shop'].project_name }}' as dependency, '{{ config.target_name }}' as target",
    );
    project.ok(&["build"]);
    assert_eq!(project.cells("select name || dependency from main.a"), ["shopshop"]);
}

#[test]
fn descriptions_of_tests_are_rendered_and_snapshots_must_say_how() {
    let yaml = "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n          - not_null:\n              description: \"{{ doc('filled') }}\"\n";
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/a.yml", yaml)
        .file("models/docs.md", "{% docs filled %}never empty{% enddocs %}");
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let test = manifest["nodes"].as_object().unwrap().values().find(|node| node["resource_type"] == "test").unwrap();
    assert_eq!(test["description"], "never empty");
    project.write("snapshots/s.sql", "{% snapshot s %}{{ config(unique_key='id') }} select 1 as id{% endsnapshot %}");
    project.run(&["parse"]).says(2, &["must be configured with a 'strategy'", "snapshots/s.sql"]);
}

#[test]
fn the_sql_of_every_node_that_is_named_is_shown() {
    let project = Project::new()
        .file("models/one.sql", "select 11 as id")
        .file("models/two.sql", "select 22 as id from {{ ref('one') }}")
        .file("models/three.sql", "select 33 as id from {{ ref('two') }}");
    project.ok(&["build"]);
    project
        .ok(&["compile", "--select", "one", "models/two.sql", "-q"])
        .says(0, &["select 11 as id", "select 22 as id"])
        .hides(&["33 as id"]);
    project.ok(&["compile", "--select", "+three"]).says(0, &["33 as id"]).hides(&["11 as id", "22 as id"]);
    project.ok(&["compile"]).hides(&["11 as id"]);
}

#[test]
fn a_query_with_a_limit_of_its_own_can_be_shown() {
    let project = Project::new().file(
        "analyses/top.sql",
        "with n as (select range as id from range(50))\nselect id from n\norder by id desc\nlimit 7\n",
    );
    let shown = |arguments: &[&str]| {
        let output = project.ok(&[&["show", "-q", "--output", "json"], arguments].concat());
        let rows: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        rows["show"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&["--select", "top"]), [49, 48, 47, 46, 45]);
    assert_eq!(shown(&["--select", "top", "--limit", "-1"]).len(), 7);
    assert_eq!(shown(&["--inline", "select 1 as id union all select 2 limit 1"]), [1]);
    // dbt: puts the limit that is asked for behind the query.
    project
        .run(&["show", "--select", "top", "--limit", "2"])
        .says(2, &["syntax error at or near \"limit\"", "leave `--limit` out, or give `--limit -1`"]);
}

#[test]
fn completions_offer_what_the_help_shows_and_pages_have_a_foot_of_one_line() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = project.ok(&["completions", shell]).stdout;
        assert!(script.contains("full-refresh"), "{shell}");
        assert!(!script.contains("cache-selected-only") && !script.contains("deprecated-"), "{shell}");
    }
    let page = project.ok(&["man"]).stdout;
    let head = page.lines().find(|line| line.starts_with(".TH")).unwrap();
    assert!(head.contains(env!("CARGO_PKG_VERSION")) && !page.contains("installed:"), "{head}");
}
