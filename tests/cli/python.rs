//! Models in Python. What needs a Python with `duckdb` runs where there is one: CI and developers set `VIRTUAL_ENV`.

use std::process::{Command, Stdio};

use crate::project::{Output, Project};

const ORDERS: &str =
    "select 1 as id, 10::hugeint as amount, 'x'::enum('x', 'y') as kind union all select 2, 20, 'y'::enum('x', 'y')";

/// The Python for tests, if it can run models.
fn python() -> Option<String> {
    let root = std::env::var("VIRTUAL_ENV").ok();
    let path = root.map_or_else(|| "python3".to_owned(), |root| format!("{root}/bin/python"));
    let fit = Command::new(&path).args(["-c", "import duckdb"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    fit.is_ok_and(|status| status.success()).then_some(path)
}

fn run(project: &Project, python: &str, arguments: &[&str]) -> Output {
    project.run_with(arguments, &[("NETFLIX_PYTHON", python)])
}

#[test]
fn a_python_model_is_a_node_like_others() {
    let project = Project::new()
        .setting("models:\n  +materialized: view\n")
        .file("models/orders.sql", ORDERS)
        .file(
            "models/report.py",
            "\n\ndef model(dbt, session):\n    dbt.config(packages=['numpy'])\n    limit = dbt.config.get('limit', 5)\n    return dbt.ref('orders').limit(limit)\n",
        )
        .file("models/schema.yml", "models:\n  - {name: report, config: {limit: 1}}\n");
    project.ok(&["compile"]);
    let manifest = project.json("target/manifest.json");
    let node = &manifest["nodes"]["model.shop.report"];
    assert_eq!(node["language"], "python");
    assert_eq!(node["config"]["materialized"], "table");
    assert_eq!(node["config"]["packages"], serde_json::json!(["numpy"]));
    assert_eq!(node["config"]["config_keys_used"], serde_json::json!(["limit"]));
    assert_eq!(node["depends_on"]["nodes"], serde_json::json!(["model.shop.orders"]));
    let code = project.read("target/compiled/shop/models/report.py");
    assert!(code.starts_with("def model(dbt, session):"), "{code}");
    assert!(code.contains("config_dict = {'limit': 1}"), "{code}");
    let languages = &manifest["macros"]["macro.dbt_duckdb.materialization_table_duckdb"]["supported_languages"];
    assert_eq!(*languages, serde_json::json!(["sql", "python"]));
}

#[test]
fn wrong_python_models_are_refused_at_their_place() {
    let project = Project::new().file("models/a.py", "def model(dbt, session):\n    return dbt.ref(name)\n");
    project.run(&["parse"]).says(2, &["Parsing Error", "literal structures", "models/a.py:2:20"]);
    project.write("models/a.py", "def model(dbt):\n    return 1, 2\n");
    project.run(&["parse"]).says(2, &["should have two args", "should return only one dataframe"]);
    project.write("models/a.py", "x = '{{ ref(\"b\") }}'\ndef model(dbt, session):\n    return x\n");
    project.run(&["parse"]).says(2, &["No jinja in python model code is allowed"]);
    project.write("models/a.py", "def model(dbt, session):\n    return dbt.ref('a'\n");
    project.run(&["parse"]).says(2, &["(models/a.py, line 2)"]);
    project.write("models/a.py", "def model(dbt, session):\n    return None\n");
    project.write("models/schema.yml", "models:\n  - name: a\n    config: {contract: {enforced: true}}\n");
    project.run(&["parse"]).says(2, &["Language Error: Expected 'sql' but found 'python'"]);
    project.write("models/schema.yml", "models:\n  - name: a\n    config: {materialized: view}\n");
    project.run(&["run"]).says(1, &["only supports languages ['sql']; got \"python\""]);
}

#[test]
fn a_missing_python_is_told() {
    let project = Project::new().file("models/a.py", "def model(dbt, session):\n    return session.sql('select 1')\n");
    run(&project, "./no/python", &["run"]).says(1, &["/no/python` cannot be started", "NETFLIX_PYTHON"]);
    project.write("without", "#!/bin/sh\nread job\necho '{\"unfit\": \"duckdb\"}'\n");
    let path = project.path("without");
    Command::new("chmod").arg("+x").arg(&path).status().unwrap();
    let path = path.display().to_string();
    run(&project, &path, &["run"])
        .says(1, &["which NETFLIX_PYTHON names, has no package `duckdb`", "-m pip install duckdb"]);
    project.write("without", "#!/bin/sh\nread job\necho '{\"fit\": true}'\necho oh >&2\nexit 3\n");
    run(&project, &path, &["run"]).says(1, &["ended early: exit status: 3", "oh"]);
}

#[test]
fn rows_and_types_come_back() {
    let Some(python) = python() else { return };
    let project = Project::new()
        .file("models/orders.sql", ORDERS)
        .file("lib/mine.py", "def wanted(row): return row.filter('id > 1')\n")
        .file(
            "models/big.py",
            "from mine import wanted\n\ndef model(dbt, session):\n    print('rows', dbt.this.identifier)\n    session.execute('create temp table t as select 2 as id')\n    session.sql('create table side as select id from main.orders')\n    rel = dbt.ref('orders')\n    return wanted(rel).query('r', 'select * from r join t using (id)')\n",
        )
        .file("models/after.sql", "select * from {{ ref('big') }}");
    project.write(
        "profiles.yml",
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, threads: 4, module_paths: [lib]}\n",
    );
    run(&project, &python, &["build"]).says(0, &["OK created python table model main.big", "rows big"]);
    assert_eq!(
        project.cells("select id, amount, kind, typeof(amount), typeof(kind) from after"),
        ["2|20|y|HUGEINT|ENUM('x', 'y')"]
    );
    assert_eq!(project.relations(), ["after view", "big table", "orders view", "side table"]);
}

#[test]
fn an_incremental_python_model_adds_rows() {
    let Some(python) = python() else { return };
    let project = Project::new()
        .file("models/orders.sql", "select i as id from range({{ var('n', 2) }}) t(i)")
        .file(
            "models/copied.py",
            "def model(dbt, session):\n    dbt.config(materialized='incremental', unique_key='id', incremental_strategy='delete+insert')\n    rel = dbt.ref('orders')\n    if dbt.is_incremental:\n        last = session.sql(f'select max(id) from {dbt.this}').fetchall()[0][0]\n        rel = rel.filter(f'id > {last}')\n        assert len(rel) == 1\n    return rel\n",
        );
    run(&project, &python, &["run"]).says(0, &["OK created python incremental model main.copied"]);
    run(&project, &python, &["run", "--vars", "{n: 3}"]).says(0, &["PASS=2"]);
    assert_eq!(project.cells("select id from copied order by 1"), ["0", "1", "2"]);
    assert_eq!(project.relations(), ["copied table", "orders view"]);
}

#[test]
fn a_failure_is_shown_at_the_models_own_line() {
    let Some(python) = python() else { return };
    let project = Project::new()
        .file("models/bad.py", "\n# first\nimport json\n\ndef model(dbt, session):\n    return json.loads('[')\n")
        .file("models/lacks.py", "import nosuchpackage\n\ndef model(dbt, session):\n    return None\n");
    let output = run(&project, &python, &["run"]);
    output.says(
        1,
        &[
            "Runtime Error in model bad (models/bad.py)",
            "Python model failed:",
            "File \"models/bad.py\", line 6, in model",
            "models/bad.py:6:5",
            "JSONDecodeError",
            "pip install nosuchpackage",
            "models/lacks.py:1:1",
        ],
    );
    output.hides(&["netflix_model.py"]);
}
