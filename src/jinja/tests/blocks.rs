use super::*;
use crate::jinja::{BlockKind, blocks, blocks_and_strays};

fn source(text: &str) -> Arc<SourceFile> {
    SourceFile::new("macros/a.sql", text)
}

fn found(text: &str) -> Vec<String> {
    let source = source(text);
    let found = blocks(&source, BlockKind::MACROS).unwrap();
    found
        .iter()
        .map(|block| {
            format!("{}|{}", block.unique_name(&block.read_head(&source).unwrap()), &source.text()[block.body.clone()])
        })
        .collect()
}

#[test]
fn splits_a_file() {
    let text = "-- text {# {% macro no() %} #}
{% macro a(x, y=')%}') -%} {{ '{% endmacro %}' }} {%- endmacro %}
{% raw %}{% macro no() %}{% endraw %}
{%- test positive(model, column_name) %}t{% endtest -%}
{% data_test other(model) %}o{% enddata_test %}
{% materialization mine, adapter = 'duckdb' %}m{% endmaterialization %}
{% materialization mine, default %}m{% endmaterialization %}";
    assert_eq!(
        found(text),
        [
            "a| {{ '{% endmacro %}' }} ",
            "test_positive|t",
            "test_other|o",
            "materialization_mine_duckdb|m",
            "materialization_mine_default|m"
        ]
    );
    assert!(found("{{ {'a': {'b': 1}} }}").is_empty());
}

#[test]
fn reads_parameters() {
    let text = "{% macro a(x, y: string, z: dict[str, int] = {'a': 1}, w = f(1, 2),) %}{% endmacro %}";
    let source = source(text);
    let head = blocks(&source, BlockKind::MACROS).unwrap()[0].read_head(&source).unwrap();
    let all: Vec<_> =
        head.parameters.iter().map(|p| (p.name.as_str(), p.annotation.as_deref(), p.default.as_deref())).collect();
    assert_eq!(
        all,
        [
            ("x", None, None),
            ("y", Some("string"), None),
            ("z", Some("dict[str, int]"), Some("{'a': 1}")),
            ("w", None, Some("f(1, 2)")),
        ]
    );
}

fn wrong(text: &str, message: &str, mark: &str) {
    let source = source(text);
    let error = blocks(&source, BlockKind::MACROS)
        .and_then(|found| found.iter().map(|block| block.read_head(&source)).collect::<Result<Vec<_>, _>>())
        .unwrap_err();
    assert_eq!((error.message.as_str(), marked(&error)), (message, mark));
}

#[test]
fn says_what_is_wrong() {
    wrong(
        "\n{% macro a() %}x",
        "Reached EOF without finding a close tag for macro (searched from line 2)",
        "{% macro a() %}",
    );
    wrong(
        "{% macro a() %}{% macro b() %}{% endmacro %}{% endmacro %}",
        "got a macro block inside of a macro block; blocks cannot be nested",
        "{% macro b() %}",
    );
    wrong(
        "{% if x %}{% macro b() %}{% endmacro %}{% endif %}",
        "got a macro block inside of a control flow block; it must be at the top level",
        "{% macro b() %}",
    );
    wrong(
        "{% macro b() %}{% if x %}{% endfor %}{% endmacro %}",
        "got an unexpected control flow end tag, got endfor but expected endif next",
        "{% endfor %}",
    );
    wrong(
        "{% endif %}",
        "got an unexpected control flow end tag, got endif but never saw a preceding if",
        "{% endif %}",
    );
    wrong("{% macro b() %}{% endtest %}", "got an unexpected end tag endtest", "{% endtest %}");
    wrong("a {# b", "unexpected end of file: comment is not closed", "{#");
    wrong("{{ 'abc }}\nx", "unexpected end of file: a string is not closed", "'abc }}");
    wrong("{% macro b %}{% endmacro %}", "expected `(` after the name of macro `b`", "b");
    wrong(
        "{% materialization b, adaptr='x' %}{% endmaterialization %}",
        "materialization 'b' received unknown argument 'adaptr'.",
        "adaptr",
    );
}

#[test]
fn tags_outside_of_blocks_are_warned_of() {
    let source = source("{% set a = 1 %}\n{% macro b() %}{% set c = 1 %}{% endmacro %}\n{% endmacro %}");
    let (found, strays) = blocks_and_strays(&source, BlockKind::MACROS).unwrap();
    assert_eq!(found.len(), 1);
    let told: Vec<&str> = strays.iter().filter_map(|stray| stray.message.split('\'').nth(1)).collect();
    assert_eq!(told, ["set", "endmacro"]);
}

#[test]
fn the_same_name_twice_is_refused() {
    let mut library = Library::new("p", &["dbt"], &["duckdb"]);
    library.add_file("p", &source("{% macro a() %}{% endmacro %}")).unwrap();
    let error = library.add_file("p", &source("{% macro a() %}{% endmacro %}")).unwrap_err();
    assert_eq!(error.message, "dbt found multiple macros named \"a\" in the project \"p\".");
    assert_eq!(error.labels.len(), 2);
}
