use std::collections::BTreeSet;

use super::rules::RULES;
use super::{MACROS, Options, Refusal, Relations, translate};

/// Orders with a column of each type.
fn orders() -> Relations {
    let columns = [
        ("id", "BIGINT"),
        ("amount", "DECIMAL(10,2)"),
        ("rate", "DOUBLE"),
        ("name", "VARCHAR"),
        ("day", "DATE"),
        ("made_at", "TIMESTAMP"),
        ("instant", "TIMESTAMP WITH TIME ZONE"),
        ("v", "JSON"),
        ("is_open", "BOOLEAN"),
    ];
    let mut relations = Relations::default();
    let columns = columns.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()));
    relations.insert(vec!["orders".to_owned()], columns.collect());
    relations
}

fn translated(sql: &str) -> String {
    translate(sql, &orders(), &Options::default()).unwrap_or_else(|refusal| panic!("{sql}\n{refusal}")).sql
}

fn refused(sql: &str) -> Refusal {
    *translate(sql, &orders(), &Options::default()).err().unwrap_or_else(|| panic!("{sql} was translated"))
}

/// An expression over `orders`, with the engine's.
const PAIRS: &[(&str, &str)] = &[
    // What is the same stays as it is.
    ("id + 1", "id + 1"),
    ("upper(name)", "upper(name)"),
    ("name = 'a'", "name = 'a'"),
    ("coalesce(name, 'none')", "coalesce(name, 'none')"),
    // A division depends on the types.
    ("rate / 2", "rate / 2"),
    ("rate / amount", "snowflake_sql.divide_floats(rate, amount)"),
    ("id / 2", "snowflake_sql.rounded_quotient(CAST(id AS HUGEINT) * 1000000, CAST(2 AS HUGEINT)) * 0.000001"),
    (
        "amount / 3",
        "snowflake_sql.rounded_quotient(CAST(amount * CAST(100 AS BIGINT) AS HUGEINT) * 1000000, CAST(3 AS HUGEINT)) * 0.00000001",
    ),
    ("avg(rate)", "avg(rate)"),
    // Dates stay dates where only days are added.
    ("dateadd(day, 1, day)", "CAST(day + to_days(CAST(1 AS INTEGER)) AS DATE)"),
    ("dateadd(hour, 1, day)", "day + to_hours(1)"),
    ("datediff(month, day, made_at)", "date_diff('month', day, made_at)"),
    ("instant::date", "CAST(timezone('UTC', instant) AS DATE)"),
    // Texts of other types.
    ("id || name", "CAST(id AS VARCHAR) || name"),
    ("made_at::varchar", "strftime(made_at, '%Y-%m-%d %H:%M:%S.%g')"),
    // VARIANT takes the type of what it is compared with.
    ("v:a = 'x'", "json_extract_string(json_extract(v, '$.\"a\"'), '$') = 'x'"),
    ("v:a.b[0]::int", "CAST(trim(json_extract_string(json_extract(v, '$.\"a\".\"b\"[0]'), '$')) AS BIGINT)"),
    // The order of NULLs, and frames that Snowflake has by default.
    ("row_number() over (order by id desc)", "row_number() OVER (ORDER BY id DESC NULLS FIRST)"),
    (
        "last_value(id) over (order by day)",
        "last_value(id) OVER (ORDER BY day ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
    ),
    // The parser's grouping is kept.
    ("(id + 1) * 2 - -3", "((id + 1) * 2) - (-3)"),
    ("id - 1 + 2 - (3 - 4)", "id - 1 + 2 - (3 - 4)"),
    ("not is_open and id > 1", "(NOT is_open) AND (id > 1)"),
    ("\"Mixed\" = 1", "\"Mixed\" = 1"),
    ("'it''s' || $$a'b$$", "'it''s' || 'a''b'"),
];

#[test]
fn expressions() {
    for (written, expected) in PAIRS {
        let sql = translated(&format!("select {written} as x from orders"));
        let got = sql.strip_prefix("SELECT ").and_then(|rest| rest.strip_suffix(" AS x\nFROM orders"));
        assert_eq!(got, Some(*expected), "{written}");
    }
}

#[test]
fn a_column_without_a_name_is_called_by_its_text() {
    assert_eq!(translated("select count(*), id from orders"), "SELECT count(*) AS \"COUNT(*)\",\n    id\nFROM orders");
}

#[test]
fn refusals_have_places_and_hints() {
    let refusal = refused("select id,\n  hash(name)\nfrom orders");
    assert_eq!((refusal.line, refusal.column, refusal.offset), (2, 3, 13));
    assert_eq!(refusal.construct, "the function HASH");
    let refusal = refused("select nosuch(name) from orders");
    assert!(refusal.hint.unwrap().contains("snowflake_functions: [nosuch]"));
    let refusal = refused("select a / b from elsewhere");
    assert_eq!(refusal.reason, "the type of `a` is not known here");
    let refusal = refused("select 'é' from (select 1) t where 1 = hash(1)");
    assert_eq!(refusal.column, 40);
    let refusal = refused("select 1 from orders where");
    assert!(refusal.reason.starts_with("cannot be read as Snowflake's SQL"), "{refusal}");
    assert_eq!(refused("select '\u{fdd0}'").construct, "a text");
}

#[test]
fn named_functions_pass() {
    let options = Options { passed: BTreeSet::from(["NOSUCH".to_owned()]) };
    let translation = translate("select nosuch(1) as x", &orders(), &options).unwrap();
    assert_eq!(translation.sql, "SELECT nosuch(1) AS x");
}

#[test]
fn places_lead_back_to_the_authors_text() {
    let sql = "select\n  iff(is_open, id, 0) as a,\n  upper(name) as b\nfrom orders";
    let translation = translate(sql, &orders(), &Options::default()).unwrap();
    for word in ["is_open", "name", "orders", "upper"] {
        let written = translation.sql.find(word).unwrap();
        assert_eq!(translation.origin(written), sql.find(word).unwrap(), "{word}\n{}", translation.sql);
    }
    assert_eq!(translation.origin(usize::MAX), sql.find("orders").unwrap());
}

#[test]
fn rules_are_whole() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        assert!(seen.insert((rule.name, rule.takes.len())), "{} occurs twice", rule.name);
        for at in 0..rule.takes.len() {
            let known = rule.name == "CURRENT_TIMESTAMP" || rule.sql.contains(&format!("{{{at}}}"));
            assert!(known, "{} drops argument {at}", rule.name);
        }
        assert!(!rule.sql.contains(&format!("{{{}}}", rule.takes.len())), "{} uses too many", rule.name);
        assert!(rule.takes.chars().all(|letter| "tnibmjvau".contains(letter)), "{}", rule.name);
        for call in rule.sql.split("snowflake_sql.").skip(1) {
            let name = call.split('(').next().unwrap();
            assert!(MACROS.contains(&format!("macro snowflake_sql.{name}(")), "{name} of {} is no macro", rule.name);
        }
    }
}

#[test]
fn no_text_makes_it_panic() {
    let corpus = [
        include_str!("../../../tests/translate/numbers.cases"),
        include_str!("../../../tests/translate/texts.cases"),
        include_str!("../../../tests/translate/dates.cases"),
        include_str!("../../../tests/translate/semistructured.cases"),
        include_str!("../../../tests/translate/queries.cases"),
        include_str!("../../../tests/translate/statements.cases"),
    ];
    for line in corpus.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with("--")) {
        let ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        for end in ends.filter(|end| end % 7 == 0 || line.len() - end < 3) {
            drop(translate(&line[..end], &orders(), &Options::default()));
            drop(translate(&line[end..], &orders(), &Options::default()));
        }
    }
}

#[test]
fn long_chains_do_not_end_the_stack() {
    let terms = |term: &str, operator: &str| vec![term; 3000].join(operator);
    for sql in [
        format!("select 1 from orders where {}", terms("id = 1", " or ")),
        format!("select {} as x from orders", terms("name", " || ")),
        format!("select {} as x from orders", terms("id", " + ")),
        terms("select id from orders", " union all "),
    ] {
        assert!(!translated(&sql).contains("(("), "{}", &sql[..60]);
    }
}
