//! Dashboards in the documentation and in a file of their own. What they show is tested in a browser: `site/tests`.

use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::{Value, json};

use crate::project::Project;

const BOARD: &str = "\
exposures:
  - name: sales
    type: dashboard
    owner: {name: Ann}
    depends_on: [ref('orders')]
    config:
      meta:
        dashboard:
          title: Sales </script>
          measures:
            - {name: orders, model: orders, expression: count(*)}
            - {name: buyers, model: orders, expression: count(distinct customer_id)}
            - {name: average, model: orders, expression: avg(amount)}
          pages:
            - name: home
              title: Home
              visuals:
                - {type: slicer, name: channel, model: orders, field: channel}
                - {type: card, name: buyers, measure: buyers}
                - {type: bar, name: by_channel, category: channel, measures: [orders, average]}
";

fn shop() -> Project {
    Project::new()
        .file(
            "models/orders.sql",
            "select * from (values (1, 10, 5.0, 'b'), (2, 10, 7.0, 'a'), (3, 11, null, 'a')) \
             t(order_id, customer_id, amount, channel)",
        )
        .file("models/board.yml", BOARD)
}

/// A section of a page, as the browser reads it.
fn section(page: &str, name: &str) -> Value {
    let start = format!("id=\"section-{name}\">");
    let rest = page.split(&start).nth(1).unwrap_or_else(|| panic!("no section {name}"));
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in rest[..rest.find('<').unwrap()].chars().filter(|letter| *letter != '=') {
        bits = (bits << 6) | u32::try_from(letters.find(letter).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 255).unwrap());
        }
    }
    let mut text = String::new();
    DeflateDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_documentation_has_the_figures_of_the_built_models() {
    let project = shop();
    project.ok(&["build"]);
    project.ok(&["docs", "generate"]).hides(&["Dashboard `"]);
    let page = project.read("target/index.html");
    let dashboards = section(&page, "dashboards");
    let own = &dashboards[0];
    assert_eq!(own["title"], "Sales </script>");
    assert_eq!(own["problem"], Value::Null);
    let visuals = &own["pages"][0]["visuals"];
    assert_eq!(visuals[2]["filters"], json!(["channel"]));
    assert_eq!(own["fields"][0]["values"], json!(["a", "b"]));
    let part = &visuals[2]["values"][0]["formula"]["part"];
    let frame = &own["frames"][usize::try_from(part["frame"].as_u64().unwrap()).unwrap()];
    assert_eq!(frame["keys"][0]["codes"], json!([0, 1]));
    // The rows; then the sum of the amounts and how many there are, which make the average for every choice.
    assert_eq!(frame["parts"], json!([[2, 1], [7, 5], [1, 1]]));
    let facts = &own["models"]["model.shop.orders"];
    assert_eq!((&facts["status"], facts["built_at"].is_string()), (&json!("success"), true));
    assert!(section(&page, "dashboards-program").as_str().unwrap().len() > 100_000);

    let last = facts["built_at"].clone();
    project.ok(&["docs", "dashboards", "--output", "board.html"]).says(0, &["Dashboards written to board.html"]);
    let alone = project.read("board.html");
    assert_eq!(section(&alone, "dashboards")[0]["models"]["model.shop.orders"]["built_at"], last);
    assert!(!alone.contains("section-core"), "nothing of the code is in it");
}

#[test]
fn what_is_not_built_is_said_and_is_no_error() {
    let project = shop();
    project.ok(&["docs", "dashboards"]).says(0, &["visual `buyers`: orders cannot be read in this target", "kB"]);
    let own = &section(&project.read("target/dashboards.html"), "dashboards")[0];
    assert!(own["problem"].as_str().unwrap().contains("orders cannot be read"));
    assert_eq!(own["models"]["model.shop.orders"]["built_at"], Value::Null);
    project.ok(&["docs", "generate", "--empty-catalog"]).hides(&["Dashboard `"]);
    assert!(!project.read("target/index.html").contains("section-dashboards"), "the warehouse is not asked");
}

#[test]
fn a_project_without_dashboards_carries_no_program_for_them() {
    let project = Project::new().file("models/orders.sql", "select 1 as id");
    project.ok(&["build"]);
    project.ok(&["docs", "generate"]);
    assert!(!project.read("target/index.html").contains("section-dashboards"));
    project
        .run(&["docs", "dashboards"])
        .says(2, &["no exposure of this project defines a dashboard", "`config.meta.dashboard`"]);
    assert!(!project.path("target/dashboards.html").exists());
}
