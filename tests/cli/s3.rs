//! Raw files in a bucket, on a local S3 server (`tests/support/s3_server.py`).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::project::{Output, Project};
use super::python_tools;

struct Bucket {
    server: Child,
    say: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
    url: String,
}

impl Bucket {
    /// A bucket `lake`; `None` where the tests have no Python with the server.
    fn open() -> Option<Self> {
        let python = python_tools::with("moto")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/s3_server.py");
        let mut server = Command::new(python)
            .arg(script)
            .arg("lake")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let say = server.stdin.take();
        let hear = BufReader::new(server.stdout.take().unwrap());
        let mut bucket = Self { server, say, hear, url: String::new() };
        bucket.url = bucket.line().strip_prefix("LISTENING ").expect("an address").to_owned();
        Some(bucket)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.say.as_mut().unwrap(), "{command}").unwrap();
        self.line()
    }

    fn put(&mut self, project: &Project, key: &str, content: &str) {
        project.write("upload", content);
        assert_eq!(self.ask(&format!("put {key} {}", project.path("upload").display())), "done");
    }

    /// Requests for an object's bytes since the last call.
    fn reads(&mut self) -> u32 {
        self.ask("count").parse().unwrap()
    }

    fn run(&self, project: &Project, arguments: &[&str]) -> Output {
        let environment = [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "planted-secret"),
            ("AWS_REGION", "us-east-1"),
            ("NO_PROXY", "127.0.0.1"),
        ];
        project.run_with(arguments, &environment)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.say = None;
        let _ = self.server.wait();
    }
}

fn lake(location: &str) -> Project {
    Project::new().file(
        "models/sources.yml",
        format!(
            "sources:\n  - name: lake\n    schema: raw\n    tables:\n      - name: r\n        load: {{location: \"{location}\"}}\n        \
             columns:\n          - {{name: id, data_type: bigint}}\n          - {{name: title, data_type: varchar}}\n"
        ),
    )
}

fn total(project: &Project) -> Vec<String> {
    project.cells("select count(*) as n, sum(id) as s from raw.r")
}

#[test]
fn objects_are_loaded_once_and_again_when_they_change() {
    let Some(mut bucket) = Bucket::open() else { return };
    let project = lake("s3://lake/raw/*.csv");
    let rows = |from: u64, to: u64| (from..to).map(|id| format!("{id},\"Film, {id}\"\n")).collect::<String>();
    bucket.put(&project, "raw/a.csv", &format!("id,title\n{}", rows(0, 10)));
    bucket.put(&project, "raw/b.csv", &format!("id,title\n{}", rows(10, 20)));
    bucket.put(&project, "raw/deep/c.csv", "id,title\n1000,x\n");
    let output = bucket.run(&project, &["load"]);
    assert_eq!(output.code, Some(0), "{}", output.text);
    assert_eq!(total(&project), ["20|190"]);
    assert_eq!(bucket.reads(), 2);
    let left: Vec<String> = project.files().into_iter().filter(|path| path.starts_with(".netflix/raw")).collect();
    assert!(left.is_empty(), "{left:?}");

    let again = bucket.run(&project, &["load"]);
    assert!(again.text.contains("UNCHANGED"), "{}", again.text);
    assert_eq!(bucket.reads(), 0);

    bucket.put(&project, "raw/b.csv", "id,title\n7,only\n");
    assert_eq!(bucket.run(&project, &["load"]).code, Some(0));
    assert_eq!(total(&project), ["11|52"]);
}

#[test]
fn a_large_object_comes_by_ranges_and_is_whole() {
    let Some(mut bucket) = Bucket::open() else { return };
    let project = lake("s3://lake/big.csv");
    let content: String = (0..700_000).map(|id| format!("{id},a title that makes the row longer\n")).collect();
    assert!(content.len() > 24 << 20);
    bucket.put(&project, "big.csv", &format!("id,title\n{content}"));
    let output = bucket.run(&project, &["load"]);
    assert_eq!(output.code, Some(0), "{}", output.text);
    assert_eq!(total(&project), ["700000|244999650000"]);
    assert_eq!(bucket.reads(), 4);
}

#[test]
fn a_bad_row_keeps_the_table_and_the_copy_serves_the_next_load() {
    let Some(mut bucket) = Bucket::open() else { return };
    let project = lake("s3://lake/raw");
    bucket.put(&project, "raw/a.csv", "id,title\n1,good\n");
    assert_eq!(bucket.run(&project, &["load"]).code, Some(0));
    bucket.put(&project, "raw/a.csv", "id,title\n1,good\nbad,row\n");
    bucket.reads();
    let output = bucket.run(&project, &["load"]);
    assert_eq!(output.code, Some(1), "{}", output.text);
    assert!(
        output.text.contains("s3://lake/raw/a.csv:3: column `id`: `bad` is not a valid whole number"),
        "{}",
        output.text
    );
    assert!(!output.text.contains("planted-secret"));
    assert_eq!(total(&project), ["1|1"]);
    assert_eq!(bucket.reads(), 1);
    bucket.run(&project, &["load"]);
    assert_eq!(bucket.reads(), 0, "the copy is still good");
}

#[test]
fn what_is_wrong_with_a_bucket_is_said() {
    let Some(mut bucket) = Bucket::open() else { return };
    let project = lake("s3://lake/raw/*.csv");
    let output = bucket.run(&project, &["load"]);
    assert_eq!(output.code, Some(1), "{}", output.text);
    assert!(output.text.contains("no csv file is found at `s3://lake/raw/*.csv`"), "{}", output.text);
    bucket.put(&project, "raw/a.json", "{}");
    let output = bucket.run(&project, &["load"]);
    assert!(output.text.contains("no csv file is found"), "{}", output.text);
    let other = lake("s3://pond/raw.csv");
    let output = bucket.run(&other, &["load"]);
    assert!(output.text.contains("the bucket of `s3://pond/raw.csv` does not exist"), "{}", output.text);
    let gone = lake("s3://lake/x.csv");
    let environment = [("AWS_PROFILE", "nobody"), ("AWS_REGION", "us-east-1")];
    let output = gone.run_with(&["load"], &environment);
    assert!(output.text.contains("there is no AWS profile `nobody`"), "{}", output.text);
}

#[test]
fn a_profile_of_the_shared_files_gives_keys_and_region() {
    let Some(mut bucket) = Bucket::open() else { return };
    let project = lake("s3://lake/a.csv");
    bucket.put(&project, "a.csv", "id,title\n3,x\n");
    project.write(
        ".aws/config",
        format!("[profile lake]\nregion = us-east-1\nendpoint_url = {}\n[profile sso]\nsso_session = x\n", bucket.url),
    );
    project.write(".aws/credentials", "[lake]\naws_access_key_id = test\naws_secret_access_key = planted-secret\n");
    let quiet = [("NO_PROXY", "127.0.0.1"), ("AWS_PROFILE", "lake")];
    let output = project.run_with(&["load"], &quiet);
    assert_eq!(output.code, Some(0), "{}", output.text);
    assert_eq!(total(&project), ["1|3"]);
    let output = project.run_with(&["load"], &[("AWS_PROFILE", "sso")]);
    assert!(output.text.contains("gets its keys by `sso_session`"), "{}", output.text);
    assert!(output.text.contains("aws configure export-credentials"), "{}", output.text);
}
