//! The analytics project of this repository on its sample.

use std::path::Path;

use crate::project::{Project, copy};

const COUNTS: &[(&str, u64)] = &[
    ("main.dim_movie_tag_profile", 361),
    ("main.fct_movie_recommendations", 160),
    ("main.fct_tag_performance", 34),
    ("main.fct_user_behaviour_genres", 107_788),
    ("main.fct_user_behaviour_genres_concat", 42_717),
    ("main.int_movie_genres", 2_978),
    ("main.int_movie_genres_concat", 1_200),
    ("main.int_movie_rating_tag_stats", 1_073),
    ("main.int_movie_recommendation", 160),
    ("main.int_movie_tag_relevance", 24_000),
    ("main.int_movie_top_tags", 4_000),
    ("main.int_tag_movie_link", 3_610),
    ("main.int_user_daily_rating", 1_150),
    ("main.int_user_profiles", 273),
    ("main.recommendation_categories", 3),
    ("main.src_genome_sources", 24_000),
    ("main.src_genome_tags", 60),
    ("main.src_links", 1_200),
    ("main.src_movies", 1_200),
    ("main.src_ratings", 42_717),
    ("main.src_tags", 2_992),
    ("raw.raw_genome_scores", 24_000),
    ("raw.raw_genome_tags", 60),
    ("raw.raw_links", 1_200),
    ("raw.raw_movies", 1_200),
    ("raw.raw_ratings", 60_000),
    ("raw.raw_tags", 2_992),
    ("snapshots.movie_recommendations_snapshot", 160),
];

const AUDIENCE: &str = "netflix.marts.audience.fct_user_behaviour_genres\n\
                        netflix.marts.audience.fct_user_behaviour_genres_concat\n";

pub fn sample() -> Project {
    let project = Project::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["project.yml", "profiles.yml"] {
        project.write(file, std::fs::read(root.join(file)).unwrap());
    }
    for folder in ["models", "macros", "seeds", "snapshots", "analyses", "sample"] {
        copy(&root.join(folder), &project.path(folder), &["sql", "yml", "md", "csv"]);
    }
    copy(&root.join("tests"), &project.path("tests"), &["sql", "yml"]);
    project
}

#[track_caller]
fn has_its_figures(project: &Project) {
    let counts: Vec<String> =
        COUNTS.iter().map(|(table, _)| format!("select '{table}' as t, count(*) as n from {table}")).collect();
    let expected: Vec<String> = COUNTS.iter().map(|(table, rows)| format!("{table}|{rows}")).collect();
    assert_eq!(project.cells(&format!("{} order by t", counts.join(" union all "))), expected);
}

#[test]
fn the_sample_is_built_and_built_again() {
    let project = sample();
    project
        .ok(&["build"])
        .says(0, &["Done. PASS=163 WARN=0 ERROR=0 SKIP=0 NO-OP=1 REUSED=0 TOTAL=164"])
        .hides(&["UNCHANGED"]);
    has_its_figures(&project);
    assert_eq!(
        project
            .cells("select engagement_level as l, count(*) as n from main.int_user_profiles group by 1 order by n, l"),
        ["Super-High-Engagement|14", "High-Engagement|79", "Low-Engagement|90", "Medium-Engagement|90"]
    );

    let again = project.ok(&["build"]);
    again.says(0, &["Done. PASS=163 WARN=0 ERROR=0"]);
    assert_eq!(again.text.matches("UNCHANGED").count(), 6, "{}", again.text);
    has_its_figures(&project);

    let run = project.ok(&["run", "--select", "marts.audience"]);
    run.says(0, &["fct_user_behaviour_genres ", "fct_user_behaviour_genres_concat ", "Done. PASS=2 ", "TOTAL=2"]);
    has_its_figures(&project);
}

#[test]
fn the_sample_is_selected_from() {
    let project = sample();
    let list = |select: &str| project.ok(&["ls", "-q", "--resource-type", "model", "--select", select]).stdout;
    assert_eq!(list("marts.audience"), AUDIENCE);
    let content = list("+marts.content");
    let lines: Vec<&str> = content.lines().collect();
    for expected in ["netflix.marts.content.dim_movie_tag_profile", "netflix.marts.content.fct_tag_performance"] {
        assert!(lines.contains(&expected), "{content}");
    }
    for expected in ["src_genome_sources", "src_genome_tags", "src_movies", "src_ratings"] {
        assert!(lines.contains(&&*format!("netflix.staging.{expected}")), "{content}");
    }
    for other in [".audience.fct_", "marts.recommendation", "src_links", "src_tags"] {
        assert!(!content.contains(other), "`{other}` in\n{content}");
    }
}

#[test]
fn the_readme_shows_the_lineage_as_the_program_draws_it() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```mermaid").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let drawn = sample().ok(&["docs", "lineage", "--format", "mermaid", "-q"]).stdout;
    assert_eq!(drawn.trim(), format!("```mermaid{shown}```"));
}
