//! `docs`: the site, its server, and pictures of the lineage.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::project::Project;

fn shop() -> Project {
    Project::new()
        .file("seeds/raw_orders.csv", "id,amount\n1,10\n2,20\n")
        .file("models/staging/stg_orders.sql", "select id, amount from {{ ref('raw_orders') }}")
        .file(
            "models/marts/orders.sql",
            "select * from {{ ref('stg_orders') }} where id in (select id from {{ ref('raw_orders') }})",
        )
        .file(
            "models/models.yml",
            "models:\n  - name: orders\n    columns:\n      - name: id\n        data_tests: [unique]\n",
        )
}

#[test]
fn generate_leaves_a_page_with_the_results_of_the_last_runs() {
    let project = shop();
    project.ok(&["seed"]);
    project.ok(&["run"]);
    project.ok(&["test"]);
    project.ok(&["docs", "generate", "--static"]).says(0, &["Catalog written", "Documentation written to"]);
    let page = project.read("target/index.html");
    assert!(page.contains("<title>shop</title>"));
    for section in ["core", "results", "details", "code-0"] {
        assert_eq!(page.matches(&format!("id=\"section-{section}\"")).count(), 1, "{section}");
    }
    // Sections are base64, so that no text of a project ends an element.
    let rest = page.split("id=\"section-core\">").nth(1).unwrap();
    let core = &rest[..rest.find('<').unwrap()];
    assert!(core.len() > 100 && core.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)));
    assert_eq!(project.read("target/static_index.html"), page);
    let last = project.json("target/last_results.json");
    let commands: Vec<_> = last["runs"].as_array().unwrap().iter().map(|run| run["args"]["which"].as_str()).collect();
    assert_eq!(commands, [Some("test"), Some("run"), Some("seed")]);
    assert_eq!(last["results"].as_array().unwrap().len(), 4);
}

#[test]
fn the_site_of_artifacts_needs_no_project() {
    let project = shop();
    project.ok(&["docs", "--no-browser", "--quiet"]);
    let elsewhere = Project::empty();
    let folder = project.path("target").display().to_string();
    elsewhere.ok(&["docs", "site", "--artifacts", &folder, "--output", "page.html"]);
    assert!(elsewhere.read("page.html").contains("<title>shop</title>"));
    elsewhere
        .run(&["docs", "site", "--artifacts", "nowhere"])
        .says(2, &["manifest.json` does not exist", "netflix docs generate"]);
}

#[test]
fn lineage_is_drawn_for_terminals_and_documents() {
    let project = shop();
    project.ok(&["docs", "lineage", "-q"]).says(0, &["raw_orders\n└── stg_orders\n    └── orders  ← raw_orders"]);
    project
        .ok(&["docs", "lineage", "--select", "+stg_orders", "--format", "mermaid", "-q"])
        .says(0, &["```mermaid\nflowchart LR", "raw_orders[(\"raw_orders\")]", "raw_orders --> stg_orders"]);
    project.ok(&["docs", "lineage", "--format", "dot", "--output", "lineage.dot"]);
    assert_eq!(project.read("lineage.dot").matches(" -> ").count(), 3);
    project.ok(&["docs", "lineage", "--format", "svg", "--output", "lineage.svg"]);
    assert_eq!(project.read("lineage.svg").matches("<rect").count(), 3);
    project.run(&["docs", "lineage", "--select", "nothing"]).says(2, &["nothing is selected"]);
}

#[test]
fn serve_gives_out_the_page_and_nothing_else() {
    let project = shop();
    project.run(&["docs", "serve", "--no-browser"]).says(2, &["index.html` does not exist", "netflix docs generate"]);
    project.ok(&["docs", "generate"]);
    let mut server = project.start(&["docs", "serve", "--port", "0", "--no-browser"]);
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = lines
        .find_map(|line| line.unwrap().split("http://").nth(1).map(str::to_owned))
        .expect("the server says where it listens");
    let get = |path: &str| {
        let mut stream = TcpStream::connect(address.trim()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(get("/").starts_with("HTTP/1.1 200 OK") && get("/").contains("<title>shop</title>"));
    assert!(get("/manifest.json").starts_with("HTTP/1.1 200 OK"));
    for path in ["/../project.yml", "/compiled", "//etc/passwd", "/%2e%2e/profiles.yml"] {
        assert!(get(path).starts_with("HTTP/1.1 404"), "{path}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
}
