//! `netflix load` from a stage: files of a bucket, copied by the warehouse, each of them once.

use serde_json::json;

use crate::project::Project;
use crate::server::Server;

const SOURCE: &str = "
sources:
  - name: lake
    schema: raw
    tables:
      - name: ratings
        load: {location: 's3://lake/in/*.csv*', format: csv}
        columns:
          - {name: userid, data_type: bigint}
          - {name: rating, data_type: 'number(3,1)'}
          - {name: note, data_type: varchar}
";

const FIRST: &str = "userId,rating,note\n1,4.5,plain\n2,,\"said \"\"no\"\", twice\"\n";

fn project(server: &Server) -> Project {
    let project = server
        .project("")
        .file("models/source.yml", SOURCE)
        .file("models/mart.sql", "select userid, sum(rating) as total from {{ source('lake', 'ratings') }} group by 1")
        .file("bucket/in/a.csv", FIRST);
    server.door("bucket", Some(&json!({"url": "s3://lake", "folder": project.path("bucket")})));
    project
}

fn rows(project: &Project) -> Vec<String> {
    project.cells("select userid, rating, note from SHOP.raw.ratings order by 1, 2")
}

fn copies(server: &Server) -> usize {
    server.sent("copy into").len()
}

#[test]
fn files_are_loaded_once_and_the_mart_is_built_on_them() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    let first = project.ok(&["build"]);
    first.says(0, &["lake.ratings", "2 rows", "PASS=1"]);
    assert!(server.sent("files = ('a.csv')").len() == 1, "{:?}", server.log());
    assert_eq!(rows(&project), ["1|4.5|plain", "2|null|said \"no\", twice"]);
    assert_eq!(copies(&server), 1);
    // Nothing came: nothing is copied.
    server.reset();
    project.ok(&["load"]).says(0, &["lake.ratings"]);
    assert_eq!(copies(&server), 0, "{:?}", server.log());
    // A file came: it alone is copied, into the table that is there.
    project.write("bucket/in/b.csv", "userId,rating,note\n3,1.0,new\n");
    server.reset();
    project.ok(&["load"]).says(0, &["1 row"]);
    assert_eq!((copies(&server), server.sent("swap with").len()), (1, 0), "{:?}", server.log());
    assert_eq!(rows(&project), ["1|4.5|plain", "2|null|said \"no\", twice", "3|1.0|new"]);
    // A file changed: the table is filled anew and swapped in, and none of the old rows stay.
    project.write("bucket/in/a.csv", "userId,rating,note\n1,5.0,better\n");
    server.reset();
    project.ok(&["load"]).says(0, &["2 rows"]);
    assert_eq!((copies(&server), server.sent("swap with").len()), (1, 1), "{:?}", server.log());
    assert_eq!(rows(&project), ["1|5.0|better", "3|1.0|new"]);
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.mart"), ["2"]);
}

#[test]
fn a_row_that_does_not_fit_is_told_of_and_nothing_is_loaded() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    project.ok(&["load"]);
    project.write("bucket/in/b.csv", "userId,rating,note\n3,1.0,fine\n4,many,wrong\n");
    let refused = project.run(&["load"]);
    refused.says(1, &["100038", "'many' is not recognized", "File 'in/b.csv', line 3", "RATING", "lake.ratings"]);
    assert_eq!(rows(&project), ["1|4.5|plain", "2|null|said \"no\", twice"]);
    // As many columns as are declared, or nothing.
    project.write("bucket/in/b.csv", "userId,rating,note\n3,1.0,fine,more\n");
    project.run(&["load"]).says(1, &["Number of columns in file (4)", "line 2"]);
    // The models that read it are not built on half of it.
    project.run(&["build"]).says(1, &["Number of columns in file (4)"]);
    project.write("bucket/in/b.csv", "userId,rating,note\n3,1.0,fine\n4,2.0,right\n");
    project.ok(&["load"]).says(0, &["2 rows"]);
    assert_eq!(rows(&project).len(), 4);
}

#[test]
fn a_load_that_ended_before_it_was_written_down_takes_nothing_twice() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    project.ok(&["load"]);
    project.write("bucket/in/b.csv", "userId,rating,note\n3,1.0,new\n");
    server.fault(json!({"sql": "insert into .*_netflix_loads", "code": "000630", "message": "timeout"}));
    project.run(&["load"]).says(1, &["000630"]);
    // The copy itself was done; what the ledger does not know is asked for again, and the warehouse knows better.
    assert_eq!(rows(&project).len(), 3);
    server.reset();
    project.ok(&["load"]);
    assert_eq!(copies(&server), 1);
    assert_eq!(rows(&project).len(), 3);
    server.reset();
    project.ok(&["load"]);
    assert_eq!(copies(&server), 0);
    // A copy whose answer was lost may still run, so it is left to the next load.
    project.write("bucket/in/c.csv", "userId,rating,note\n5,1.0,late\n");
    server.reset();
    server.fault(json!({"sql": "copy into", "http": 502, "run": true}));
    project.run(&["load"]).says(1, &["may have run"]);
    assert_eq!(copies(&server), 1);
    project.ok(&["load"]);
    assert_eq!(rows(&project).len(), 4);
}

#[test]
fn a_commit_that_is_refused_leaves_no_transaction_behind() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    server.fault(json!({"sql": "^commit", "code": "000630", "message": "timeout"}));
    project.run(&["load"]).says(1, &["000630"]);
    assert_eq!(server.sent("rollback").len(), 1, "{:?}", server.log());
    project.ok(&["load"]);
    assert_eq!(rows(&project).len(), 2);
}
