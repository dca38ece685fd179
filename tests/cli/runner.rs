//! The Python package beside the program, tested with Python's own means.

use std::path::Path;
use std::process::Command;

#[test]
fn the_python_runner_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let run = Command::new("python3")
        .args(["-m", "unittest", "discover", "-s", "tests"])
        .current_dir(&folder)
        .env("PYTHONPATH", &folder)
        .env("NETFLIX_PROGRAM", env!("CARGO_BIN_EXE_netflix"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output();
    let output = match run {
        Ok(output) => output,
        // Without Python there is nobody to whom the package could matter.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => panic!("python3 cannot be started: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
