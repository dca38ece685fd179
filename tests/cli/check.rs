//! `netflix check`: mistakes that are planted in the analytics project are found at their lines, and nothing else is.

use serde_json::Value;

use crate::project::{Output, Project};
use crate::sample::sample;

/// A mistake: file, text, what it becomes, the rule that finds it, and the words at whose line it is told.
struct Planted(&'static str, &'static str, &'static str, &'static str, &'static str);

const MOVIES: &str = "models/staging/src_movies.sql";
const RATINGS: &str = "models/staging/src_ratings.sql";
const PROFILES: &str = "models/intermediate/audience/int_user_profiles.sql";
const DAILY: &str = "models/intermediate/audience/int_user_daily_rating.sql";
const DETAILS: &str = "models/intermediate/audience/int_movie_details.sql";
const CONCAT: &str = "models/intermediate/audience/int_movie_genres_concat.sql";
const STATS: &str = "models/intermediate/content/int_movie_rating_tag_stats.sql";
const RELEVANCE: &str = "models/intermediate/content/int_movie_tag_relevance.sql";
const LINK: &str = "models/intermediate/content/int_tag_movie_link.sql";
const RULES: &str = "models/intermediate/recommendation/int_movie_recommendation.sql";
const GENRES: &str = "models/marts/audience/fct_user_behaviour_genres.sql";
const TAGS: &str = "models/marts/content/fct_tag_performance.sql";
const PROFILE: &str = "models/marts/content/dim_movie_tag_profile.sql";
const MART: &str = "models/marts/recommendation/fct_movie_recommendations.sql";
const SNAPSHOT: &str = "snapshots/movie_recommendations_snapshot.sql";
const ANALYSIS: &str = "analyses/audience/top_5_genres_high_engagement.sql";

const PLANTED: &[Planted] = &[
    Planted(MOVIES, "    title,", "    titel,", "unknown-column", "titel"),
    Planted(MOVIES, "from raw_movies", "from raw_movie", "unknown-table", "from raw_movie"),
    Planted(
        RATINGS,
        "    rating,\n    rating_timestamp",
        "    ratings,\n    rating_timestamp",
        "unknown-column",
        "    ratings,",
    ),
    Planted(RATINGS, "from timed_ratings", "from time_ratings", "unknown-table", "from time_ratings"),
    Planted(RATINGS, "where rating_timestamp >=", "where rated_at >=", "unknown-column", "where rated_at"),
    Planted(PROFILES, "avg(rating)", "avg(stars)", "unknown-column", "avg(stars)"),
    Planted(PROFILES, "order by total_ratings)", "order by total_rating)", "unknown-column", "order by total_rating)"),
    Planted(PROFILES, "    group by user_id\n", "", "not-grouped", "        user_id,"),
    Planted(PROFILES, "activity_rank >= 0.66", "activity_rnk >= 0.66", "unknown-column", "activity_rnk"),
    Planted(DAILY, "    user_id,\n    rating_date\n", "    user_id\n", "not-grouped", "    rating_date,\n    count"),
    Planted(DAILY, "avg(rating) as daily", "avg(rating_date) as daily", "type-mismatch", "avg(rating_date)"),
    Planted(DETAILS, "grouped_genres.genres_string", "grouped_genres.genre_string", "unknown-column", "genre_string"),
    Planted(DETAILS, "    movies.movie_id,", "    movie_id,", "ambiguous-column", "    movie_id,"),
    Planted(CONCAT, "group by movie_id", "group by title", "unknown-column", "group by title"),
    Planted(CONCAT, "from genre_rows", "from genres_rows", "unknown-table", "from genres_rows"),
    Planted(STATS, "count(distinct user_id)", "count(distinct userid)", "unknown-column", "userid"),
    Planted(STATS, "group by movie_id", "group by user_id", "not-grouped", "    movie_id,"),
    Planted(RELEVANCE, "genome_tags.tag,", "genome_tag.tag,", "unknown-table", "genome_tag.tag"),
    Planted(
        RELEVANCE,
        "    on genome_scores.tag_id = genome_tags.tag_id",
        "    on tag_id = genome_tags.tag_id",
        "ambiguous-column",
        "on tag_id",
    ),
    Planted(LINK, "where rating_count >=", "where ratings_count >=", "unknown-column", "where ratings_count"),
    Planted(LINK, "    top_tags.relevance\n", "    top_tags.relevances\n", "unknown-column", "top_tags.relevances"),
    Planted(RULES, "order by priority desc", "order by prio desc", "unknown-column", "order by prio"),
    Planted(
        RULES,
        "category_rules.min_ratings",
        "category_rules.min_rating",
        "unknown-column",
        "category_rules.min_rating\n",
    ),
    Planted(
        GENRES,
        "user_profiles.engagement_level,",
        "user_profiles.engagement,",
        "unknown-column",
        "user_profiles.engagement,",
    ),
    Planted(
        GENRES,
        "new_ratings.user_id = user_profiles.user_id",
        "new_ratings.rating_timestamp = user_profiles.total_ratings",
        "type-mismatch",
        "    on new_ratings.rating_timestamp",
    ),
    Planted(
        TAGS,
        "        movie_tags.tag_id,\n        movie_tags.tag\n",
        "        movie_tags.tag_id\n",
        "not-grouped",
        "        movie_tags.tag,",
    ),
    Planted(TAGS, "    tag_id,\n    tag,", "    tag_id,\n    tag_name,", "unknown-column", "    tag_name,"),
    Planted(
        PROFILE,
        "    movies.title,\n",
        "    movies.title,\n    movies.title,\n",
        "duplicate-column",
        "    movies.title,\n    listagg",
    ),
    Planted(MART, "movie_details.title,", "movie_details.name,", "unknown-column", "movie_details.name"),
    Planted(SNAPSHOT, "    recommendation_category\n", "    category\n", "unknown-column", "    category\n"),
    Planted(ANALYSIS, "where engagement_level =", "where engagement =", "unknown-column", "where engagement ="),
    Planted(
        MOVIES,
        "from raw_movies",
        "from raw_movies\nunion all\nselect movieid, title from raw_movies",
        "column-count",
        "select movieid, title",
    ),
];

fn line(text: &str, words: &str) -> usize {
    let at = text.find(words).unwrap_or_else(|| panic!("no `{words}` in\n{text}"));
    let skipped = words.len() - words.trim_start().len();
    text[..at + skipped].matches('\n').count() + 1
}

fn check(project: &Project) -> Output {
    project.run(&["check"])
}

#[test]
fn the_project_itself_has_no_mistake() {
    let project = sample();
    let clean = |when: &str| {
        let said = check(&project);
        assert_eq!(said.code, Some(0), "{when}: {}", said.text);
        assert!(said.text.contains(": 0 errors, 0 warnings, 0 not checked"), "{when}: {}", said.text);
    };
    clean("before anything is built");
    project.ok(&["build"]);
    clean("after a build");
    project.ok(&["docs", "generate"]);
    let catalog = project.json("target/catalog.json");
    assert!(!catalog["sources"].as_object().unwrap().is_empty());
    clean("with a catalog");
}

#[test]
fn names_of_a_catalog_are_compared_as_the_models_write_them() {
    let sources = "sources:\n  - {name: raw, schema: main, tables: [{name: orders}]}\n";
    let catalog = |name: &str| {
        let column = serde_json::json!({"name": name, "type": "INTEGER", "index": 1});
        serde_json::json!({"sources": {"source.shop.raw.orders": {"columns": {name: column}}}}).to_string()
    };
    let project = Project::new()
        .setting("dialect: snowflake")
        .file("models/sources.yml", sources)
        .file("models/plain.sql", "select Order_Id as id from {{ source('raw', 'orders') }}\n")
        .file("models/wrong.sql", "select amount from {{ source('raw', 'orders') }}\n");
    // Without a catalog the source may have any column.
    assert_eq!(check(&project).code, Some(0));
    project.write("target/catalog.json", catalog("order_id"));
    let said = check(&project);
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(said.text.contains("error[unknown-column] model.shop.wrong"), "{}", said.text);
    assert!(said.text.contains(": 1 error,"), "{}", said.text);
}

#[test]
fn a_model_in_a_dialect_of_its_own_is_read_in_that_dialect() {
    // Neither the order of clauses nor a list in brackets is Snowflake's.
    let own = "{{ config(dialect='duckdb') }}\nfrom {{ ref('Orders') }} select ID, [Amount, 1] as pair\n";
    let project = Project::new()
        .setting("dialect: snowflake")
        .file("models/Orders.sql", "select 1 as Id, 2::number(9,2) as amount\n")
        .file("models/own.sql", own)
        .file("models/reader.sql", "select id, pair as both_of_them from {{ ref('own') }}\n");
    let said = project.run(&["check", "--quiet", "--output", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.text);
    let json: Value = serde_json::from_str(said.stdout.trim()).unwrap();
    assert_eq!(json["not_checked"], serde_json::json!([]), "{}", said.text);
    let from = |model: &str, column: &str| json["lineage"][model]["columns"][column]["from"].clone();
    assert_eq!(from("model.shop.own", "ID"), serde_json::json!([["model.shop.Orders", "Id", "copy"]]));
    assert_eq!(from("model.shop.own", "pair"), serde_json::json!([["model.shop.Orders", "amount", "transform"]]));
    assert_eq!(from("model.shop.reader", "id"), serde_json::json!([["model.shop.own", "ID", "copy"]]));
    project.write("models/own.sql", own.replace("Amount", "amounts"));
    let said = check(&project);
    assert!(said.text.contains("error[unknown-column] model.shop.own"), "{}", said.text);
    assert!(said.text.contains("did you mean `amount`?") && said.text.contains("models/own.sql:2:"), "{}", said.text);
}

#[test]
fn planted_mistakes_are_found_at_their_lines() {
    let mut missed = Vec::new();
    let project = sample();
    for Planted(path, from, to, rule, words) in PLANTED {
        let before = project.read(path);
        assert!(before.contains(from), "no `{from}` in {path}");
        let text = before.replacen(from, to, 1);
        project.write(path, &text);
        let said = check(&project);
        let place = format!("{path}:{}:", line(&text, words));
        if said.code != Some(1) || !said.text.contains(&format!("error[{rule}]")) || !said.text.contains(&place) {
            missed.push(format!("{path}: {to}: no {rule} at {place} in\n{}", said.text));
        }
        project.write(path, &before);
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), PLANTED.len(), missed.join("\n\n"));
}

#[test]
fn a_source_that_a_seed_makes_has_its_columns() {
    let sources = "sources:\n  - {name: raw, schema: main, tables: [{name: orders, columns: [{name: id}]}]}\n";
    let project = Project::new()
        .file("seeds/orders.csv", "id,amount\n1,2\n")
        .file("models/sources.yml", sources)
        .file("models/staged.sql", "select id, amounts from {{ source('raw', 'orders') }}\n")
        .file("models/seeded.sql", "select id from {{ ref('orders') }}\n");
    let said = check(&project);
    assert!(said.text.contains("did you mean `amount`?") && said.text.contains(": 1 error,"), "{}", said.text);
    let said = project.run(&["check", "--quiet", "--output", "json"]);
    let json: Value = serde_json::from_str(said.stdout.trim()).unwrap();
    let from = |model: &str| json["lineage"][model]["columns"]["id"]["from"][0][0].as_str().unwrap().to_owned();
    assert_eq!(
        (from("model.shop.staged"), from("model.shop.seeded")),
        ("source.shop.raw.orders".into(), "seed.shop.orders".into())
    );
}

fn shop() -> Project {
    let model = "{{ config(contract={'enforced': true}) }}\nselect 1 as id, 'a' || 'b' as name, 2 as extra\n";
    let yaml = "models:\n  - name: orders\n    columns:\n      - {name: id, data_type: varchar}\n      \
                - {name: name, data_type: varchar}\n      - {name: amount, data_type: integer}\n  - name: plain\n    \
                columns:\n      - name: nothing\n        data_tests: [not_null]\n";
    Project::new()
        .file("models/orders.sql", model)
        .file("models/plain.sql", "with unused as (select 1 as a) select id from {{ ref('orders') }}\n")
        .file("models/asks.sql", "select {{ run_query('select 1').columns[0].values()[0] if execute }} as one\n")
        .file("models/schema.yml", yaml)
}

#[test]
fn contracts_and_tests_are_held_against_the_columns() {
    let said = check(&shop());
    assert_eq!(said.code, Some(1), "{}", said.text);
    for part in [
        "has `id` as varchar, and its SQL makes it number",
        "has a column `amount`, and its SQL has none",
        "has no column `extra`",
        "error[unknown-column] test.shop.not_null_plain_nothing",
        "not checked: model.shop.asks: the template asks the warehouse while it is compiled",
    ] {
        assert!(said.text.contains(part), "no `{part}` in\n{}", said.text);
    }
    assert!(!said.text.contains("unused"), "{}", said.text);
    let said = shop().run(&["check", "--hints", "--select", "plain"]);
    assert!(said.text.contains("warning[unused-cte] model.shop.plain"), "{}", said.text);
}

#[test]
fn whether_other_relations_exist_is_not_known() {
    let asks = |name: &str| {
        format!(
            "{{% set found = adapter.get_relation(target.database, target.schema, '{name}') %}}\n\
             {{% if execute and not found %}}{{{{ exceptions.raise_compiler_error('there is no {name}') }}}}{{% endif %}}\n\
             select 1 as id\n"
        )
    };
    let own = "{{ config(materialized='incremental') }}\nselect 1 as id{% if is_incremental() %}, nothing{% endif %}\n";
    let project = Project::new().file("models/asks.sql", asks("orders")).file("models/own.sql", own);
    let said = check(&project);
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("not checked: model.shop.asks: the template asks the warehouse"), "{}", said.text);
    assert!(said.text.contains("Checked 1 node: 0 errors, 0 warnings, 1 not checked"), "{}", said.text);
}

#[test]
fn findings_are_told_to_machines() {
    let project = shop();
    let said = project.run(&["check", "--quiet", "--output", "json"]);
    let json: Value =
        serde_json::from_str(said.stdout.trim()).unwrap_or_else(|error| panic!("{error}: {}", said.stdout));
    let from = &json["lineage"]["model.shop.plain"]["columns"]["id"]["from"];
    assert_eq!(from, &serde_json::json!([["model.shop.orders", "id", "copy"]]));
    let said = project.run(&["check", "--quiet", "--output", "sarif"]);
    let json: Value =
        serde_json::from_str(said.stdout.trim()).unwrap_or_else(|error| panic!("{error}: {}", said.stdout));
    let results = json["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64()));
    let said = project.run(&["check", "--quiet", "--output", "github"]);
    assert!(said.stdout.contains("::error file=models/orders.sql,line=2,"), "{}", said.stdout);
}
