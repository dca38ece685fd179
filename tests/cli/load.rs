//! `load`, and what `build` loads before it runs.

use std::io::Write as _;

use crate::project::Project;

fn project(location: &str) -> Project {
    Project::new().file("models/a.sql", "select * from {{ source('raw', 'r') }}").file(
        "models/s.yml",
        format!(
            "sources:\n  - name: raw\n    schema: raw\n    tables:\n      - name: r\n        load:\n          \
             location: \"{location}\"\n          format: csv\n        columns:\n          - {{name: id, data_type: bigint}}\n          \
             - {{name: name, data_type: varchar}}\n"
        ),
    )
}

fn gzip(content: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(content.as_bytes()).unwrap();
    packed.finish().unwrap()
}

const ROWS: &str = "select * from {{ ref('a') }} order by id";

#[test]
fn braces_and_globs_find_the_files() {
    let project = project("in/{rating,ratings}*.csv")
        .file("in/ratings1.csv", "id,name\n1,a\n")
        .file("in/rating2.csv", "id,name\n2,b\n")
        .file("in/other.csv", "nothing like it");
    project.ok(&["build"]);
    assert_eq!(project.cells(ROWS), ["1|a", "2|b"]);
}

#[test]
fn packed_files_are_read() {
    let project = project("in/r.csv*").file("in/r.csv.gz", gzip("ID,Name\r\n1,\"a\r\nb\"\r\n2,\r\n3,\"\"\r\n"));
    project.ok(&["load"]);
    assert_eq!(project.cells("select * from raw.r order by id"), ["1|a\r\nb", "2|null", "3|"]);
}

#[test]
fn a_bad_row_leaves_the_old_table() {
    let project = project("in/r.csv").file("in/r.csv", "id,name\n1,a\n2,b\n");
    project.ok(&["build"]);
    project.write("in/r.csv", "id,name\n1,a\n2,\"two\nlines\"\nx3,c\n");
    for command in ["load", "build"] {
        let said = project.run(&[command]);
        said.says(1, &["in/r.csv:5: column `id`: `x3` is not a valid whole number (bigint)"]);
    }
    assert_eq!(project.cells(ROWS), ["1|a", "2|b"]);
    project.write("in/r.csv", "id,name\n1,a\n3,c\n");
    project.ok(&["build"]);
    assert_eq!(project.cells(ROWS), ["1|a", "3|c"]);
}

#[test]
fn only_what_has_changed_is_loaded() {
    let project = project("in/r.csv").file("in/r.csv", "id,name\n1,a\n");
    project.ok(&["load"]).hides(&["UNCHANGED"]);
    let at = || project.cells("select loaded_at from raw._netflix_loads");
    let first = at();
    assert_eq!(first.len(), 1);
    project.ok(&["load"]).says(0, &["UNCHANGED"]);
    project.ok(&["build"]).says(0, &["UNCHANGED"]);
    assert_eq!(at(), first);
    project.ok(&["load", "--full-refresh"]).hides(&["UNCHANGED"]);
    let second = at();
    assert_ne!(second, first);
    // As long as before.
    project.write("in/r.csv", "id,name\n1,b\n");
    project.ok(&["build"]).hides(&["UNCHANGED"]);
    assert_eq!(project.cells(ROWS), ["1|b"]);
    assert_ne!(at(), second);
}

#[test]
fn a_missing_file_is_told() {
    let project = project("in/r.csv").file("in/ratings.csv", "id,name\n");
    project.run(&["load"]).says(1, &["in/r.csv", "raw.r"]);
}

#[test]
fn a_header_that_does_not_fit_is_told() {
    let project = project("in/r.csv").file("in/r.csv", "id,nme\n1,a\n");
    project.run(&["load"]).says(1, &["declared but not in the file: `name`; in the file but not declared: `nme`"]);
}
