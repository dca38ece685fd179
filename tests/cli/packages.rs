//! `deps`: from where packages come, what is locked, and that a failure leaves everything as it was.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};

use crate::project::Project;

/// A package hub on this machine; it serves until the test ends.
fn hub(packages: &[(&str, &str, Value)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut answers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut facts: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, version, more) in packages {
        let mut entry = json!({
            "name": name, "packages": [], "downloads": {"tarball": format!("{address}/{name}-{version}.tar.gz")},
        });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let package = facts.entry(name).or_insert_with(|| json!({"name": name, "namespace": "acme", "versions": {}}));
        package["versions"][version] = entry;
        answers.insert(format!("/{name}-{version}.tar.gz"), archive(name, version));
    }
    let index: Vec<String> = facts.keys().map(|name| format!("acme/{name}")).collect();
    answers.insert("/api/v1/index.json".into(), json!(index).to_string().into_bytes());
    for (name, package) in facts {
        answers.insert(format!("/api/v1/acme/{name}.json"), package.to_string().into_bytes());
    }
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            let mut header = String::from("x");
            while !header.trim().is_empty() {
                header.clear();
                reader.read_line(&mut header).unwrap();
            }
            let path = line.split(' ').nth(1).unwrap();
            let (status, body) = match answers.get(path) {
                Some(body) => ("200 OK", body.as_slice()),
                None => ("404 Not Found", b"".as_slice()),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).unwrap();
        }
    });
    address
}

fn archive(name: &str, version: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let macros = format!("{{% macro version_of_{name}() %}}{version}{{% endmacro %}}");
    for (path, text) in [("dbt_project.yml", format!("name: {name}\n")), ("macros/m.sql", macros)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, format!("{name}-{version}/{path}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn asking(packages: &str) -> Project {
    Project::new().file("packages.yml", format!("packages:\n{packages}"))
}

#[test]
fn the_hub_is_asked_for_the_newest_version_in_the_range() {
    let address = hub(&[
        ("base", "0.1.0", json!({})),
        ("base", "0.2.0", json!({})),
        ("base", "0.3.0", json!({})),
        ("tools", "1.0.0", json!({"packages": [{"package": "acme/base", "version": [">=0.1.0", "<0.3.0"]}]})),
        ("tools", "1.1.0-b1", json!({})),
        ("tools", "2.0.0", json!({"require_dbt_version": [">=2.0.0"]})),
    ]);
    let hub = [("DBT_PACKAGE_HUB_URL", address.as_str())];
    let project = asking("  - package: acme/tools\n    version: '>=1.0.0'\n")
        .file("models/a.sql", "select '{{ tools.version_of_tools() }} {{ base.version_of_base() }}' as versions");
    project.run(&["parse"]).says(2, &["dbt expects 1 package(s)", "found only 0", "netflix deps"]);
    project.run_with(&["deps"], &hub).says(
        0,
        &["Installing acme/tools\nInstalled from version 1.0.0\nUp to date!", "Updated version available: 0.3.0"],
    );
    let lock = project.read("package-lock.yml");
    assert!(lock.starts_with(
        "packages:\n  - name: tools\n    package: acme/tools\n    version: 1.0.0\n  - name: base\n    package: acme/base\n    version: 0.2.0\nsha1_hash: "
    ));
    project.ok(&["run"]);
    assert!(project.read("target/compiled/shop/models/a.sql").contains("1.0.0 0.2.0"));

    // What fails changes nothing: the packages and the lock file of before are still there.
    project.write("packages.yml", "packages:\n  - package: acme/tools\n    version: 7.0.0\n");
    project.run_with(&["deps"], &hub).says(
        2,
        &[
            "Could not find a matching compatible version for package acme/tools",
            "Compatible versions: ['1.0.0']",
            "packages.yml:2:5",
        ],
    );
    project.write("packages.yml", "packages:\n  - package: acme/tolls\n    version: 1.0.0\n");
    project.run_with(&["deps"], &hub).says(2, &["was not found in the package index", "did you mean `acme/tools`?"]);
    assert_eq!(project.read("package-lock.yml"), lock);
    assert!(project.files().contains(&"dbt_packages/base/macros/m.sql".to_owned()));

    project.run_with(&["deps", "--add-package", "acme/base@0.1.0", "--lock"], &hub).says(2, &["acme/tolls"]);
    project.write("packages.yml", "packages: []\n");
    project.run_with(&["deps", "--add-package", "acme/base@0.1.0"], &hub).says(0, &["Installed from version 0.1.0"]);
    assert_eq!(project.read("packages.yml"), "packages:\n  - package: acme/base\n    version: 0.1.0\n");
    assert!(!project.files().iter().any(|path| path.starts_with("dbt_packages/tools")));
}

#[test]
fn packages_come_from_folders_and_repositories() {
    let project = asking("  - local: near\n  - git: \"{{ env_var('DBT_ENV_SECRET_REPO') }}\"\n    revision: v1\n")
        .file("near/dbt_project.yml", "name: near\n")
        .file("repo/dbt_project.yml", "name: far\n")
        .file("models/a.sql", "select 1 as id");
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).current_dir(project.path("repo")).output().unwrap();
        assert!(done.status.success());
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["-c", "user.email=a@b.c", "-c", "user.name=a", "commit", "-qm", "first"]);
    git(&["tag", "v1"]);
    let address = format!("file://{}", project.path("repo").display());
    let secret = [("DBT_ENV_SECRET_REPO", address.as_str())];
    project.run_with(&["deps"], &secret).says(0, &["Installed from <local @ near>", "Installed from revision "]);
    assert!(project.path("dbt_packages/near").is_symlink() && project.path("dbt_packages/far").is_dir());
    let lock = project.read("package-lock.yml");
    assert!(lock.contains("git: '{{ env_var(''DBT_ENV_SECRET_REPO'') }}'"), "{lock}");
    project.run_with(&["run"], &secret).says(0, &[]);

    let lacking = [("DBT_ENV_SECRET_REPO", "file:///nowhere")];
    let output = project.run_with(&["deps", "--upgrade"], &lacking);
    output.says(2, &["Error checking out spec='v1' for repo *****"]);
    assert!(project.path("dbt_packages/far").is_dir());
    project.write("packages.yml", format!("packages:\n  - git: {address}\n"));
    project.run(&["deps"]).says(0, &["is not pinned, using HEAD"]);
    project.write("near/dbt_project.yml", "name: far\n");
    project
        .write("packages.yml", format!("packages:\n  - local: near\n  - git: {address}\n    warn-unpinned: false\n"));
    project.run(&["deps"]).says(2, &["Found duplicate project \"far\""]);
}

#[test]
fn a_malformed_list_is_refused_at_its_place() {
    let cases = [
        ("  - package: ''\n    version: 1.0.0\n", "A hub package is missing the value"),
        ("  - package: tools\n    version: 1.0.0\n", "require a namespace"),
        ("  - package: a/b\n", "a/b is missing the version"),
        ("  - git: x\n    revison: v1\n", "did you mean `revision`?"),
        ("  - folder: x\n", "needs one of `package`, `git`"),
    ];
    for (packages, expected) in cases {
        let project = asking(packages);
        for command in ["deps", "parse"] {
            project.run(&[command]).says(2, &["The packages.yml file in this project is malformed", expected]);
        }
    }
}

#[test]
fn clean_spares_sources_and_everything_outside() {
    let project = Project::new().file("target/x", "").file("models/a.sql", "select 1 as id");
    project.write("project.yml", "name: shop\nprofile: none\nclean-targets: [target, models]\n");
    project.run(&["clean"]).says(2, &["dbt will not clean the following source paths"]);
    project.write("project.yml", "name: shop\nprofile: none\nclean-targets: [target, ..]\n");
    project
        .run(&["clean"])
        .says(2, &["dbt will not clean the following directories outside the project", "project.yml:3"]);
    assert!(project.path("target/x").exists());
    project.write("project.yml", "name: shop\nprofile: none\nclean-targets: [target]\n");
    project.run(&["clean"]).says(0, &["Finished cleaning all paths."]);
    assert!(!project.path("target").exists());
}

#[test]
fn a_new_project_builds_at_once() {
    let place = Project::empty();
    place.run(&["init", "9lives"]).says(2, &["9lives is not a valid project name."]);
    place.run(&["init", "films"]).says(0, &["All checks passed!", "netflix build"]);
    let built = place.run_in("films", &["build"]);
    built.says(0, &["ERROR=0"]);
    assert!(!built.text.contains("WARN=1"), "{}", built.text);
    place.run(&["init", "films"]).says(0, &["A project called films already exists here."]);
    place.run_in("films", &["init"]).says(0, &["The profile films exists already"]);
}

#[test]
fn debug_tells_what_is_wrong_as_a_result() {
    let project = Project::new();
    project.write("profiles.yml", project.read("profiles.yml").replace("threads: 2", "threads: 2, host: x, schem: y"));
    project.run(&["debug"]).says(0, &["keys without meaning: host, schem (did you mean schema?)"]);
    project.run(&["debug"]).says(0, &["Connection test: [OK connection ok]", "All checks passed!"]);
    project
        .run(&["debug", "--profiles-dir", "nowhere"])
        .says(1, &["profiles.yml file [ERROR not found]", "1 check failed:"]);
    let asking = project.setting("require-dbt-version: '>=9.0.0'");
    asking.run(&["debug"]).says(1, &["Installed version of dbt: =1.12.6", "--no-version-check"]);
    asking.run(&["debug", "--no-version-check"]).says(0, &[]);
    asking.run_with(&["parse"], &[("DBT_VERSION_CHECK", "false")]).says(0, &[]);
}

#[test]
fn what_an_ignore_file_takes_back_in_is_read() {
    let project = Project::new()
        .file("models/a.sql", "select {{ deep() }} as id")
        .file("models/left/b.sql", "select 1 as id")
        .file("models/left/kept.sql", "select 1 as id")
        .file("macros/deep/m.sql", "{% macro deep() %}1{% endmacro %}")
        .file("seeds/s.csv", "id\n1\n");
    let names =
        |project: &Project| project.ok(&["--quiet", "ls"]).stdout.lines().map(str::to_owned).collect::<Vec<_>>();
    project.write(".dbtignore", "*\n# all but\n!macros/\n!a.sql\n");
    assert_eq!(names(&project), ["shop.a"]);
    project.write(".dbtignore", "left/\n!models/left/kept.sql\n");
    assert_eq!(names(&project), ["shop.a", "shop.left.kept", "shop.s"]);
    project.write(".dbtignore", "models/left\n*.csv\n");
    assert_eq!(names(&project), ["shop.a"]);
}
