//! `netflix docs inherit`: descriptions and tests go where a column is only copied.

use crate::project::Project;

const STAGING: &str = "\
# What is staged.
models:
  - name: stg_orders   # one row for an order
    columns:
      - name: id
        description: Number of the order   # the key
        data_tests: [unique, not_null]
      - name: status
        description: \"How far it is: {{ doc('far') }}\"
        data_tests:
          - accepted_values:
              arguments: {values: ['paid', \"is open\"]}
      - name: amount
        description: |
          What it costs,
          in euros.
";

const MARTS: &str = "\
version: 2

models:
  # The orders themselves.
  - name: orders
    config:
      tags: [a]   # a tag
    columns:

      - name: id          # this stays
        data_tests:
          # why it is here
          - relationships: {arguments: {to: ref('stg_orders'), field: id}}
      - {name: status, tags: [x]}

  - name: joined
    description: No columns yet.

  - name: totals
    columns: [{name: id, description: Own words}]
";

fn shop() -> Project {
    Project::new()
        .file("models/docs.md", "{% docs far %}far away{% enddocs %}\n")
        .file("models/stg_orders.sql", "select 1 as id, 'paid' as status, 2 as amount\n")
        .file("models/staging.yml", STAGING)
        .file("models/orders.sql", "select id, status, amount as price, amount * 2 as double from {{ ref('stg_orders') }}\n")
        .file("models/joined.sql", "select o.id, o.status from {{ ref('orders') }} as o left join {{ ref('stg_orders') }} as s on s.id = o.id\n")
        .file("models/totals.sql", "select id, count(*) as lines from {{ ref('orders') }} group by id\n")
        .file("models/marts.yml", MARTS)
        .file("models/kept.sql", "{{ config(materialized='incremental') }}\nselect id, amount from {{ ref('stg_orders') }}\n")
        .file("models/deep/last.sql", "select price from {{ ref('orders') }}\n")
}

#[test]
fn what_is_inherited_is_shown() {
    let project = shop();
    let said = project.ok(&["docs", "inherit"]);
    for line in [
        "model.shop.orders.id: description from model.shop.stg_orders.id: Number of the order",
        "model.shop.orders.id: unique from model.shop.stg_orders.id",
        "model.shop.orders.status: accepted_values from model.shop.stg_orders.status",
        "model.shop.orders.price: description from model.shop.stg_orders.amount: What it costs, ...",
        "model.shop.joined.status: accepted_values from model.shop.stg_orders.status",
        "model.shop.joined.id: relationships from model.shop.orders.id",
        "model.shop.totals.id: unique from model.shop.stg_orders.id",
        "model.shop.kept.amount: description from model.shop.stg_orders.amount",
        "model.shop.last.price: description from model.shop.stg_orders.amount",
    ] {
        assert!(said.text.contains(line), "no `{line}` in\n{}", said.text);
    }
    for line in [
        "orders.double",
        "joined.id: unique",
        "joined.id: not_null",
        "totals.id: description",
        "totals.lines",
        "kept.id: unique",
        "kept.id: not_null",
    ] {
        assert!(!said.text.contains(line), "`{line}` in\n{}", said.text);
    }
    assert_eq!(project.read("models/marts.yml"), MARTS);
    let said = project.ok(&["docs", "inherit", "--no-tests", "--select", "last"]);
    assert!(said.text.contains("1 column inherits 1 description and 0 tests"), "{}", said.text);
}

#[test]
fn what_is_inherited_is_written_and_nothing_else_changes() {
    let project = shop();
    let before: Vec<&str> = MARTS.lines().collect();
    project.ok(&["docs", "inherit", "--write"]);
    let text = project.read("models/marts.yml");
    let expected = "\
version: 2

models:
  # The orders themselves.
  - name: orders
    config:
      tags: [a]   # a tag
    columns:

      - name: id          # this stays
        description: Number of the order
        data_tests:
          # why it is here
          - unique
          - not_null
          - relationships: {arguments: {to: ref('stg_orders'), field: id}}
      - {name: status, description: \"How far it is: {{ doc('far') }}\", data_tests: [{accepted_values: {arguments: {values: [\"paid\", \"is open\"]}}}], tags: [x]}
      - name: price
        description: \"What it costs,\\nin euros.\"

  - name: joined
    description: No columns yet.
    columns:
      - name: id
        description: Number of the order
        data_tests:
          - {relationships: {arguments: {to: \"ref('stg_orders')\", field: \"id\"}}}
      - name: status
        description: \"How far it is: {{ doc('far') }}\"
        data_tests:
          - {accepted_values: {arguments: {values: [\"paid\", \"is open\"]}}}

  - name: totals
    columns: [{name: id, data_tests: [{relationships: {arguments: {to: \"ref('stg_orders')\", field: \"id\"}}}, unique, not_null], description: Own words}]
";
    assert_eq!(text, expected);
    assert!(
        before
            .iter()
            .filter(|line| !line.contains("- {name: status") && !line.contains("columns: [{"))
            .all(|line| text.lines().any(|now| now == *line))
    );
    assert_eq!(project.read("models/staging.yml"), STAGING);
    assert!(project.read("models/deep/last.yml").contains("- name: price"), "{:?}", project.files());
    let said = project.ok(&["docs", "inherit", "--write"]);
    assert!(said.text.contains("0 columns inherit"), "{}", said.text);
    project.ok(&["build"]);
}
