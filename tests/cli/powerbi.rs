//! Dashboards that exposures define, and Power BI projects made from them.

use serde_json::Value;

use crate::project::Project;

const ORDERS: &str = "select * from (values (1, 10, 5.0, timestamp '2024-01-03 10:00:00', 'b'), \
     (2, 10, 7.0, timestamp '2024-02-03 10:00:00', 'a'), (3, 11, 1.5, timestamp '2024-02-09 10:00:00', 'a')) \
     t(order_id, customer_id, amount, ordered_at, channel)";

const MODELS: &str = "\
models:
  - name: orders
    description: One row for each order.
    columns:
      - {name: order_id, description: Names an order., data_tests: [unique, not_null]}
      - name: customer_id
        data_tests:
          - relationships: {arguments: {to: ref('customers'), field: customer_id}}
      - {name: amount, description: 'What was paid, in euros.'}
  - name: customers
    columns:
      - {name: customer_id, data_tests: [unique, not_null]}
  - name: items
    data_tests:
      - unique_combination: {arguments: {columns: [order_id, item]}}
    columns:
      - name: order_id
        data_tests:
          - relationships: {arguments: {to: ref('orders'), field: order_id}}
";

/// A generic test of the project's own, by the name that says what it finds.
const COMBINATION: &str = "{% test unique_combination(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by {{ columns | join(', ') }} having count(*) > 1
{% endtest %}
";

const BOARD: &str = "\
exposures:
  - name: sales
    type: dashboard
    owner: {name: Ann}
    depends_on: [ref('orders'), ref('customers'), ref('items')]
    config:
      meta:
        dashboard:
          title: Sales
          measures:
            - {name: orders, label: Orders, model: orders, expression: count(*), format: '#,##0'}
            - {name: buyers, label: Buyers, model: orders, expression: count(distinct customer_id)}
            - {name: revenue, label: Amount, model: orders, expression: sum(amount), format: '0.00'}
            - {name: per_order, model: orders, expression: revenue / orders}
            - {name: lines, model: items, expression: count(*)}
          pages:
            - name: home
              title: Home
              visuals:
                - {type: button, title: Sales, page: sales}
                - {type: text, text: Welcome}
            - name: sales
              title: All Sales
              visuals:
                - {type: slicer, name: period, title: Period, model: orders, field: ordered_at, grain: month}
                - {type: card, measure: buyers}
                - type: bar
                  name: channels
                  title: It's by channel
                  model: orders
                  category: {field: channel, order: [b, a]}
                  measures: [revenue]
                  sort: {by: revenue, order: descending}
                  limit: 5
                - {type: combo, category: {field: ordered_at, grain: month}, measures: [revenue], lines: [per_order]}
                - {type: table, title: Items, columns: [item], measures: [lines], model: items, ignores: [period]}
                - {type: bar, name: lines, category: {field: ordered_at, grain: month}, measures: [lines]}
";

fn shop() -> Project {
    Project::new()
        .file("models/orders.sql", format!("{{{{ config(materialized='table') }}}} {ORDERS}"))
        .file("models/customers.sql", "select 10 as customer_id, 'Ann' as name union all select 11, 'Bob'")
        .file(
            "models/items.sql",
            "select order_id, i.item, amount, ordered_at from {{ ref('orders') }} cross join (values (1), (2)) i(item)",
        )
        .file("macros/unique_combination.sql", COMBINATION)
        .file("models/models.yml", MODELS)
        .file("models/board.yml", BOARD)
}

fn with_board(change: &[(&str, &str)]) -> Project {
    let mut board = BOARD.to_owned();
    for (from, to) in change {
        assert!(board.contains(from), "{from}");
        board = board.replace(from, to);
    }
    shop().file("models/board.yml", board)
}

const OUT: &str = "bi";

fn export(project: &Project) -> crate::project::Output {
    project.ok(&["export", "powerbi", "--output", OUT])
}

fn model(project: &Project, file: &str) -> String {
    project.read(&format!("{OUT}/shop.SemanticModel/definition/{file}"))
}

fn pages(project: &Project) -> Vec<(String, Value)> {
    let folder = format!("{OUT}/shop.Report/definition/pages");
    let order = project.json(&format!("{folder}/pages.json"))["pageOrder"].clone();
    let ids = order.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
    ids.map(|id| (id.clone(), project.json(&format!("{folder}/{id}/page.json")))).collect()
}

#[test]
fn slips_in_a_dashboard_are_told_all_at_once_with_their_places() {
    let project = with_board(&[
        ("sum(amount)", "sum(amuont)"),
        ("revenue / orders", "revenue / odrers"),
        ("measures: [lines]}", "measures: [linse]}"),
        ("page: sales}", "page: salse}"),
        ("expression: count(distinct customer_id)", "expression: count(customer_id)"),
        ("field: channel", "field: chanel"),
        ("by: revenue", "by: reveneu"),
        ("ignores: [period]", "ignores: [perod]"),
        ("ref('items')]", "ref('customers')]"),
    ]);
    project
        .write("models/orders.sql", "select order_id, customer_id, amount, ordered_at, channel from {{ ref('raw') }}");
    project.write("models/raw.sql", ORDERS);
    project.run(&["parse"]).says(
        2,
        &[
            "`orders` has no column `amuont`",
            "models/board.yml:13:77",
            "did you mean `amount`?",
            "there is no measure `odrers`",
            "there is no measure `linse`",
            "there is no page `salse`",
            "`count` does not say what it counts",
            "`orders` has no column `chanel`",
            "the visual cannot be sorted by `reveneu`",
            "page `sales` has no slicer `perod`",
            "exposure `sales` does not depend on `items`",
        ],
    );
    project.run(&["export", "powerbi"]).says(2, &["amuont"]);
    assert!(!project.path("target/powerbi").exists());
}

#[test]
fn what_parsing_cannot_know_is_no_mistake() {
    let project = with_board(&[("sum(amount)", "sum(amuont)")]);
    project.write("models/orders.sql", "select * from {{ source('raw', 'orders') }}");
    project.write("models/raw.yml", "sources: [{name: raw, tables: [{name: orders}]}]");
    project.ok(&["parse"]);
    // The table tells what the text could not.
    project.ok(&["show", "--inline-direct", &format!("create schema raw; create table raw.orders as {ORDERS}")]);
    project.ok(&["build"]);
    project.run(&["export", "powerbi", "--output", OUT]).says(2, &["no column `amuont`", "board.yml:13", "`amount`"]);
    assert!(!project.path(OUT).exists());
}

#[test]
fn a_measure_over_a_fanned_out_table_is_warned_of_where_it_would_be_wrong() {
    let fanned =
        ("{name: lines, model: items, expression: count(*)}", "{name: lines, model: items, expression: avg(amount)}");
    let models = MODELS.replace("- name: items\n", "- name: items\n    config: {tags: [x]}\n");
    let project = with_board(&[fanned]).file("models/models.yml", models);
    project.ok(&["parse"]).says(
        0,
        &["`avg(amount)` over `items` would count twice", "`order_id` in `orders`, and here again for every `item`"],
    );
    // Grouped by what made the rows finer, each row of the coarser table is there once.
    let grouped =
        ("category: {field: ordered_at, grain: month}, measures: [lines]", "category: item, measures: [lines]");
    let project = with_board(&[fanned, grouped]);
    project.ok(&["parse"]).hides(&["would count twice"]);
    let additive = "select customer_id, count(distinct order_id) as amount from {{ ref('raw') }} group by 1";
    let project = Project::new()
        .file("models/raw.sql", ORDERS)
        .file("models/sums.sql", additive)
        .file(
            "models/board.yml",
            "exposures:\n  - name: b\n    type: dashboard\n    owner: {name: a}\n    depends_on: [ref('sums')]\n    meta:\n      \
             dashboard:\n        measures: [{name: n, model: sums, expression: sum(amount)}]\n        pages: [{name: p, \
             visuals: [{type: card, measure: n}]}]\n",
        );
    project.ok(&["parse"]).says(0, &["a count of different values, and groups may share values"]);
}

#[test]
fn a_dashboard_becomes_a_semantic_model_and_a_report() {
    let project = shop();
    project.ok(&["build"]);
    export(&project).says(0, &["4 tables, 4 relationships, 6 measures, 2 pages"]);
    let orders = model(&project, "tables/orders.tmdl");
    for part in [
        "/// One row for each order.\ntable orders\n",
        "\tmeasure Orders = COUNTROWS('orders')\n\t\tformatString: #,##0\n",
        "\tmeasure Buyers = DISTINCTCOUNTNOBLANK('orders'[customer_id])\n",
        // The column has the name already.
        "\tmeasure 'Amount (orders)' = SUM('orders'[amount])\n",
        "\tmeasure 'Per order' = DIVIDE([Amount (orders)], [Orders])\n",
        "\tcolumn order_id\n\t\tdataType: int64\n\t\tisHidden\n\t\tisKey\n",
        "\t/// What was paid, in euros.\n\tcolumn amount\n",
        "\t\tsortByColumn: 'channel (order)'\n",
        "\tcolumn 'ordered_at (month)' = IF(ISBLANK('orders'[ordered_at]), BLANK(), DATE(YEAR(",
        "\tpartition orders = m\n\t\tmode: import\n\t\tsource =\n\t\t\t\tlet\n",
        "Source = Parquet.Document(File.Contents(DataFolder & \"orders.parquet\"))",
        "if [#\"channel\"] = \"b\" then 1 else if [#\"channel\"] = \"a\" then 2 else 3, Int64.Type)",
    ] {
        assert!(orders.contains(part), "no `{part}` in\n{orders}");
    }
    let relationships = model(&project, "relationships.tmdl");
    assert!(relationships.contains("\tfromColumn: orders.customer_id\n\ttoColumn: customers.customer_id\n"));
    assert!(relationships.contains("\tfromColumn: items.order_id\n\ttoColumn: orders.order_id\n"));
    // The slicer filters both tables that have its column, through one table of its values.
    assert!(relationships.contains("\ttoColumn: Period.Period\n"), "{relationships}");
    assert!(model(&project, "tables/Period.tmdl").contains("partition Period = calculated"));
    assert!(model(&project, "expressions.tmdl").contains("bi/data/\" meta [IsParameterQuery = true"));
    let rows =
        format!("select sum(amount)::double::varchar as a from '{}'", project.path("bi/data/orders.parquet").display());
    assert_eq!(project.cells(&rows), ["13.5"]);
    let pages = pages(&project);
    assert_eq!(pages[1].1["displayName"], "All Sales");
    assert_eq!(pages[1].1["visualInteractions"][0]["type"], "NoFilter");
    let files = project.files();
    let visuals: Vec<Value> = files
        .iter()
        .filter(|path| path.contains(&pages[1].0) && path.ends_with("visual.json"))
        .map(|path| project.json(path))
        .collect();
    let of_type = |kind: &str| visuals.iter().find(|visual| visual["visual"]["visualType"] == kind).unwrap();
    let slicer = of_type("slicer");
    assert_eq!(slicer["visual"]["query"]["queryState"]["Values"]["projections"][0]["queryRef"], "Period.Period");
    let is_sorted = |visual: &&Value| visual["visual"]["query"]["sortDefinition"].is_object();
    let bar = visuals.iter().find(is_sorted).unwrap();
    assert_eq!(bar["visual"]["visualType"], "clusteredColumnChart");
    assert_eq!(bar["visual"]["query"]["sortDefinition"]["sort"][0]["direction"], "Descending");
    assert_eq!(bar["filterConfig"]["filters"][0]["type"], "TopN");
    assert_eq!(
        of_type("lineClusteredColumnComboChart")["visual"]["query"]["queryState"]["Y2"]["projections"][0]["queryRef"],
        "orders.Per order"
    );
    assert!(project.read("bi/.gitignore").contains("/data/"));
    assert_eq!(project.json("bi/shop.pbids")["connections"][0]["details"]["protocol"], "folder");
}

#[test]
fn a_second_export_writes_the_same_and_leaves_what_a_person_changed() {
    let project = shop();
    project.ok(&["build"]);
    export(&project);
    let all = |project: &Project| -> Vec<(String, Vec<u8>)> {
        let files = project.files().into_iter().filter(|path| path.starts_with("bi/") && !path.ends_with(".parquet"));
        files.map(|path| (path.clone(), std::fs::read(project.path(&path)).unwrap())).collect()
    };
    let first = all(&project);
    export(&project);
    assert!(first == all(&project), "a second export differs");
    let (home, sales) = (pages(&project)[0].0.clone(), pages(&project)[1].0.clone());
    let page = |id: &str| format!("bi/shop.Report/definition/pages/{id}/page.json");
    let changed = project.read(&page(&sales)).replace("All Sales", "Mine");
    project.write(&page(&sales), &changed);
    project.write("bi/shop.SemanticModel/definition/database.tmdl", "database\n\tcompatibilityLevel: 1600\n");
    project.write("models/board.yml", BOARD.replace("title: Home", "title: Start"));
    export(&project).says(0, &["left as it was changed by hand: page `Mine`", "1 files had been changed by hand"]);
    assert_eq!(project.read(&page(&sales)), changed);
    assert_eq!(project.json(&page(&home))["displayName"], "Start");
    assert!(project.read("bi/.netflix/changed/shop.SemanticModel/definition/database.tmdl").contains("1600"));
    assert!(model(&project, "database.tmdl").contains("1601"));
    export(&project).says(0, &["page `Mine`"]);
    project.ok(&["export", "powerbi", "--output", OUT, "--force"]).hides(&["Mine"]);
    assert_eq!(project.json(&page(&sales))["displayName"], "All Sales");
}

#[test]
fn a_failed_export_leaves_the_old_one() {
    let project = shop();
    project.ok(&["build"]);
    export(&project);
    let ledger = project.read("bi/.netflix/export.json");
    // A number beyond 64 bits is none that Power BI has: the rows cannot be written.
    project.write(
        "models/customers.sql",
        "select 10 as customer_id, 170141183460469231731687303715884105727::hugeint as name union all select 11, 0",
    );
    project.ok(&["build"]);
    project.run(&["export", "powerbi", "--output", OUT]).says(2, &["customers"]);
    assert_eq!(project.read("bi/.netflix/export.json"), ledger);
    assert_eq!(project.files().iter().filter(|path| path.contains("/new-")).count(), 0);
    project.run(&["export", "powerbi", "--mode", "directquery"]).says(2, &["needs a warehouse"]);
    project.run(&["export", "powerbi", "--exposure", "sale"]).says(2, &["no exposure `sale`", "did you mean `sales`?"]);
}

#[test]
fn a_project_without_dashboards_gets_tables_relationships_and_simple_measures() {
    let board = "exposures:\n  - {name: report, type: dashboard, owner: {name: Ann}, depends_on: [ref('orders'), ref('customers')]}\n";
    let project = shop().file("models/board.yml", board);
    project.ok(&["build"]);
    export(&project).says(0, &["2 tables, 1 relationships, 3 measures, 1 pages"]);
    let orders = model(&project, "tables/orders.tmdl");
    assert!(orders.contains("\tmeasure 'orders rows' = COUNTROWS('orders')\n"));
    assert!(orders.contains("\tmeasure 'Sum of amount' = SUM('orders'[amount])\n"));
    assert!(!orders.contains("Sum of customer_id"));
    // Without any exposure: what no other model reads.
    project.write("models/board.yml", "exposures: []\n");
    export(&project).says(0, &["2 tables"]);
    assert!(project.path("bi/shop.SemanticModel/definition/tables/items.tmdl").exists());
    assert!(!project.path("bi/shop.SemanticModel/definition/tables/orders.tmdl").exists());
    assert!(!project.path("bi/data/orders.parquet").exists());
}

#[test]
fn snowflake_is_asked_by_its_own_names_and_no_secret_is_written() {
    let profile = "shop:\n  target: dev\n  outputs:\n    dev: {type: snowflake, account: acme-eu, user: ann, password: hush-hush, \
                   database: sales, schema: dev, warehouse: small, role: reader}\n";
    let column =
        |index: u32, kind: &str| serde_json::json!({"type": kind, "index": index, "name": "x", "comment": null});
    let node = |kind: &str, columns: Value| serde_json::json!({"metadata": {"type": kind, "schema": "DEV", "name": "X"}, "columns": columns, "stats": {}});
    let orders = serde_json::json!({
        "ORDER_ID": column(1, "NUMBER"), "CUSTOMER_ID": column(2, "NUMBER"), "AMOUNT": column(3, "FLOAT"),
        "ORDERED_AT": column(4, "TIMESTAMP_NTZ"), "CHANNEL": column(5, "TEXT"),
    });
    let catalog = serde_json::json!({"metadata": {}, "sources": {}, "nodes": {
        "model.shop.orders": node("BASE TABLE", orders),
        "model.shop.customers": node("VIEW", serde_json::json!({"CUSTOMER_ID": column(1, "NUMBER"), "NAME": column(2, "TEXT")})),
        "model.shop.items": node("VIEW", serde_json::json!({
            "ORDER_ID": column(1, "NUMBER"), "ITEM": column(2, "NUMBER"), "ORDERED_AT": column(3, "TIMESTAMP_NTZ"),
        })),
    }});
    let project = shop().file("profiles.yml", profile).file("target/catalog.json", catalog.to_string());
    project
        .ok(&["export", "powerbi", "--output", OUT, "--mode", "directquery"])
        .says(0, &["4 tables, 4 relationships"]);
    let orders = model(&project, "tables/orders.tmdl");
    for part in [
        "mode: directQuery",
        "Source = Snowflake.Databases(SnowflakeServer, SnowflakeWarehouse, [Role = SnowflakeRole, Implementation = \"2.0\"])",
        "Database = Source{[Name = \"SALES\", Kind = \"Database\"]}[Data]",
        "Schema = Database{[Name = \"DEV\", Kind = \"Schema\"]}[Data]",
        "Rows = Schema{[Name = \"ORDERS\", Kind = \"Table\"]}[Data]",
        "\tcolumn order_id\n\t\tdataType: int64\n",
        "\t\tsourceColumn: ORDER_ID\n",
        "if [#\"CHANNEL\"] = \"b\" then 1",
    ] {
        assert!(orders.contains(part), "no `{part}` in\n{orders}");
    }
    assert!(model(&project, "tables/customers.tmdl").contains("Kind = \"View\"]}[Data]"));
    let parameters = model(&project, "expressions.tmdl");
    assert!(parameters.contains("\"acme-eu.snowflakecomputing.com\" meta [IsParameterQuery = true"), "{parameters}");
    assert!(
        project
            .files()
            .iter()
            .filter(|path| path.starts_with("bi/"))
            .all(|path| !project.read(path).contains("hush-hush"))
    );
    assert!(!project.path("bi/data").exists());
}
