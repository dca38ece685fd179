//! Selections that follow a column, and the lineage in the documentation.

use crate::project::Project;

fn shop() -> Project {
    Project::new()
        .file("seeds/raw_orders.csv", "id,amount,status,secret\n1,10,paid,x\n")
        .file("models/stg_orders.sql", "select id, amount, status from {{ ref('raw_orders') }}\n")
        .file("models/plain.sql", "select id from {{ ref('stg_orders') }}\n")
        .file("models/paid.sql", "select id from {{ ref('stg_orders') }} where status = 'paid'\n")
        .file("models/totals.sql", "select id, sum(amount) as total from {{ ref('stg_orders') }} group by id\n")
        .file("models/report.sql", "select max(total) as most from {{ ref('totals') }}\n")
        .file("models/count.sql", "select count(*) as orders from {{ ref('totals') }}\n")
}

#[track_caller]
fn selected(project: &Project, selection: &str) -> Vec<String> {
    let said = project.ok(&["ls", "--quiet", "--output", "name", "--select", selection]);
    said.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn a_column_selects_what_it_reaches_and_comes_from() {
    let project = shop();
    for (selection, expected) in [
        ("column:stg_orders.amount", vec!["stg_orders"]),
        ("column:stg_orders.amount+", vec!["stg_orders", "totals", "report"]),
        ("column:stg_orders.amount+1", vec!["stg_orders", "totals"]),
        ("column:stg_orders.STATUS+", vec!["paid", "stg_orders"]),
        ("+column:report.most", vec!["raw_orders", "report", "stg_orders", "totals"]),
        ("1+column:report.most", vec!["report", "totals"]),
        ("column:raw_orders.secret+", vec!["raw_orders"]),
        ("column:stg_orders.amount+,report", vec!["report"]),
        ("column:*orders.amount", vec!["raw_orders", "stg_orders"]),
        ("column:totals.t*+", vec!["report", "totals"]),
    ] {
        let mut found = selected(&project, selection);
        found.sort();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(found, expected, "{selection}");
    }
    assert!(!project.files().iter().any(|file| file.starts_with("target/compiled")), "{:?}", project.files());
    let said = project.ok(&["build", "--select", "+column:report.most"]);
    assert!(said.text.contains("PASS=4"), "{}", said.text);
}

#[test]
fn a_column_that_is_not_there_is_told() {
    let project = shop();
    for (selection, parts) in [
        (
            "column:stg_orders.amuont+",
            ["`stg_orders` has no column `amuont`", "did you mean `column:stg_orders.amount+`?"],
        ),
        ("column:stg_orders", ["`stg_orders` names no column", "write `column:stg_orders.name`"]),
        ("@column:stg_orders.amount", ["`@` has no meaning for a column", "write `+column:stg_orders.amount+`"]),
    ] {
        let said = project.run(&["ls", "--select", selection]);
        assert_eq!(said.code, Some(2), "{}", said.text);
        for part in parts {
            assert!(said.text.contains(part), "no `{part}` in\n{}", said.text);
        }
    }
    let said = project.run(&["ls", "--select", "column:stg_order.amount"]);
    assert!(said.text.contains("did you mean `column:stg_orders.amount`?"), "{}", said.text);
}

#[test]
fn what_cannot_be_followed_is_told() {
    let project = shop().file(
        "models/asks.sql",
        "select {{ run_query('select 1').rows[0][0] if execute }} as one from {{ ref('stg_orders') }}\n",
    );
    let said = project.ok(&["ls", "--select", "column:stg_orders.amount+"]);
    let words = "it is not known where the columns of `model.shop.asks` come from";
    assert!(said.text.contains(words), "{}", said.text);
    let said = project.ok(&["ls", "--select", "column:raw_orders.secret+"]);
    assert!(!said.text.contains("not known"), "{}", said.text);
}

#[test]
fn selectors_follow_columns_too() {
    let yaml =
        "selectors:\n  - name: money\n    definition: {method: column, value: stg_orders.amount, children: true}\n";
    let project = shop().file("selectors.yml", yaml);
    let said = project.ok(&["ls", "--quiet", "--output", "name", "--selector", "money"]);
    let mut found: Vec<&str> = said.stdout.lines().collect();
    found.sort_unstable();
    assert_eq!(found, ["report", "stg_orders", "totals"]);
}
