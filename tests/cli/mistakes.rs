//! Every one of the commonest mistakes is told with its file, its line and a way out.

#[path = "../mistakes/cases.rs"]
mod cases;

use crate::project::Project;

#[test]
fn the_commonest_mistakes_have_their_place_and_a_way_out() {
    let mut poor = Vec::new();
    for mistake in &cases::MISTAKES {
        let project = Project::empty();
        project.write("dbt_project.yml", cases::PROJECT);
        project.write("profiles.yml", cases::PROFILE);
        project.write("models/customers.sql", cases::CUSTOMERS);
        for (path, text) in mistake.files {
            project.write(path, text);
        }
        let said = project.run(&[mistake.command]).text;
        for expected in [mistake.place, mistake.advice] {
            if !said.contains(expected) {
                poor.push(format!("{}: no `{expected}` in\n{said}", mistake.name));
            }
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n\n"));
}
