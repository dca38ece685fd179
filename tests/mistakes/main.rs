//! Makes the twenty commonest mistakes with dbt and with `netflix`, and prints what each says.
//!
//! ```text
//! cargo run --example mistakes -- [--dbt COMMAND] [--netflix COMMAND]
//! ```
//!
//! The table at the end counts who names the file, the line, and the way out.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod cases;

use std::path::Path;
use std::process::Command;

use cases::{CUSTOMERS, MISTAKES, Mistake, PROFILE, PROJECT};

fn said(program: &str, mistake: &Mistake) -> std::io::Result<String> {
    let folder = tempfile::tempdir()?;
    let base = [("dbt_project.yml", PROJECT), ("profiles.yml", PROFILE), ("models/customers.sql", CUSTOMERS)];
    for (path, text) in base.iter().chain(mistake.files) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(path, text)?;
    }
    let mut words = program.split_whitespace();
    let output = Command::new(words.next().unwrap_or_default())
        .args(words)
        .arg(mistake.command)
        .current_dir(folder.path())
        .env("DBT_USE_COLORS", "false")
        .env("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        .output()?;
    Ok(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// The lines that speak of the mistake: from the first error or warning on.
fn message(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| {
        ["[ERROR]", "[WARNING]", "Error", "error"].iter().any(|word| line.contains(word)) && !line.contains("ERROR=0")
    });
    lines.get(first.unwrap_or(0)..).unwrap_or_default().iter().take(14).map(|line| format!("    {line}\n")).collect()
}

fn main() -> std::io::Result<()> {
    let mut programs = [("dbt", "dbt".to_owned()), ("netflix", "netflix".to_owned())];
    let words: Vec<String> = std::env::args().skip(1).collect();
    for pair in words.chunks(2) {
        if let [option, value] = pair
            && let Some(program) = programs.iter_mut().find(|(name, _)| option.trim_start_matches("--") == *name)
        {
            value.clone_into(&mut program.1);
        }
    }
    let mut counts = [[0_usize; 3]; 2];
    for (number, mistake) in MISTAKES.iter().enumerate() {
        println!("{}. {}", number + 1, mistake.name);
        let (file, _) = mistake.place.rsplit_once(':').unwrap_or((mistake.place, ""));
        for (index, (name, program)) in programs.iter().enumerate() {
            let text = said(program, mistake)?;
            let found = [text.contains(file), text.contains(mistake.place), text.contains(mistake.advice)];
            for (count, found) in counts[index].iter_mut().zip(found) {
                *count += usize::from(found);
            }
            println!("  {name}:\n{}", message(&text));
        }
    }
    println!("{:<10} {:>6} {:>6} {:>12}", "", "file", "line", "the way out");
    for ((name, _), [file, line, advice]) in programs.iter().zip(counts) {
        println!("{name:<10} {file:>6} {line:>6} {advice:>12}   of {}", MISTAKES.len());
    }
    Ok(())
}
