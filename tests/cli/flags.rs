//! Where options come from, and what does not go together.

use crate::project::Project;

fn project() -> Project {
    Project::new().file("models/a.sql", "{{ log('width=' ~ flags.PRINTER_WIDTH, info=true) }}select 1 as id")
}

#[test]
fn the_command_line_wins_over_variables_and_they_over_files() {
    let project = project();
    let compile = ["compile"];
    project.write(".dbt/user_settings.yml", "flags: {printer_width: 61}\n");
    project.run(&compile).says(0, &["width=61"]);
    let project = project.setting("flags: {printer_width: 62}");
    project.run(&compile).says(0, &["width=62"]);
    project.write(".env", "DBT_PRINTER_WIDTH=63\n");
    project.run(&compile).says(0, &["width=63"]);
    project.run_with(&compile, &[("DBT_PRINTER_WIDTH", "64")]).says(0, &["width=64"]);
    project
        .run_with(&compile, &[("DBT_PRINTER_WIDTH", "64"), ("DBT_ENGINE_PRINTER_WIDTH", "65")])
        .says(0, &["width=65"]);
    let all = [("DBT_ENGINE_PRINTER_WIDTH", "65"), ("NETFLIX_PRINTER_WIDTH", "66")];
    project.run_with(&compile, &all).says(0, &["width=66"]);
    project.run_with(&["compile", "--printer-width", "67"], &all).says(0, &["width=67"]);
    project.run_with(&compile, &[("DBT_QUIET", "maybe")]).says(2, &["'maybe' is not a valid boolean", "`DBT_QUIET`"]);
}

#[test]
fn options_without_a_variable_in_dbt_have_one_here() {
    let project = project().file("models/b.sql", "select {{ var('number') }} as id");
    let variables = [("NETFLIX_SELECT", "a b"), ("NETFLIX_EXCLUDE", "a"), ("NETFLIX_VARS", "{number: 7}")];
    let listed = project.run_with(&["ls", "-q"], &variables);
    assert_eq!(listed.stdout.trim(), "shop.b", "{}", listed.text);
    project.run_with(&["compile", "-s", "b"], &variables).says(0, &["select 7 as id"]);
}

#[test]
fn every_option_of_dbt_is_accepted_and_the_idle_ones_say_so() {
    let project = project();
    project
        .ok(&["--no-partial-parse", "--fail-fast", "run", "-m", "a", "--no-send-anonymous-usage-stats", "--no-quiet"])
        .says(0, &["ModelParamUsageDeprecation"]);
    project.run(&["parse", "--static-parser", "--debug"]).says(0, &["`static-parser` has no effect"]);
    project.run(&["--no-quiet", "parse", "--quiet"]).says(2, &["quiet was provided both before and after"]);
}

#[test]
fn renamed_and_unknown_variables_are_warned_of() {
    let project = project();
    project.run_with(&["parse"], &[("DBT_NO_PRINT", "1"), ("DBT_ENGINE_PROFILE_DIR", "x")]).says(
        0,
        &[
            "The environment variable `DBT_NO_PRINT` has been renamed as `DBT_ENGINE_PRINT`",
            "Found custom environment variable `DBT_ENGINE_PROFILE_DIR`",
            "Did you mean `DBT_ENGINE_PROFILES_DIR`?",
        ],
    );
}

#[test]
fn a_project_is_found_from_a_folder_inside_of_it() {
    let project = project().file("models/deep/b.sql", "select 2 as id");
    assert!(project.run_in("models/deep", &["ls"]).text.contains("shop.deep.b"));
}
