//! Benchmark: a command of `netflix` beside the same command of other programs, on the same project.
//!
//! `cargo run --release --example race -- [--models N | --project DIR] [--runs N] COMMAND NAME=PROGRAM ...` runs
//! `netflix COMMAND` and `PROGRAM COMMAND` in turn, each on a copy of the project of its own and without its `target/`, so
//! that every run is a cold one. Without `--project` it writes a project of N models. Prints means of CPU and wall time,
//! the highest peak of memory (Linux only), and ratios to `netflix`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod generated;
mod measure;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use measure::{Failure, Run, measure};

const USAGE: &str = "usage: race [--models N | --project DIR] [--runs N] COMMAND NAME=PROGRAM ...";

struct Options {
    project: Option<PathBuf>,
    models: usize,
    runs: usize,
    /// What every program is told to do.
    command: Vec<String>,
    /// Names, programs and their own arguments.
    others: Vec<(String, Vec<String>)>,
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)).and_then(|options| race(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, Failure> {
    let mut options = Options { project: None, models: 1000, runs: 3, command: Vec::new(), others: Vec::new() };
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(USAGE);
        match argument.as_str() {
            "--project" => options.project = Some(PathBuf::from(value()?).canonicalize()?),
            "--models" => options.models = value()?.parse()?,
            "--runs" => options.runs = value()?.parse()?,
            _ if options.command.is_empty() => options.command = words(&argument),
            _ => {
                let (name, program) = argument.split_once('=').ok_or(USAGE)?;
                options.others.push((name.to_owned(), words(program)));
            }
        }
    }
    if options.command.is_empty() || options.runs == 0 { Err(USAGE.into()) } else { Ok(options) }
}

fn race(options: &Options) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("netflix-race-{}", std::process::id()));
    let raced = race_in(&folder, options);
    std::fs::remove_dir_all(&folder)?;
    raced
}

fn race_in(folder: &Path, options: &Options) -> Result<(), Failure> {
    let this = std::env::current_exe()?;
    let netflix = this.parent().and_then(Path::parent).ok_or("no program folder")?.join("netflix");
    let ours = ("netflix".to_owned(), vec![netflix.display().to_string()]);
    let programs: Vec<_> = [ours].into_iter().chain(options.others.iter().cloned()).collect();
    let tracks: Vec<PathBuf> = (0..programs.len()).map(|index| folder.join(index.to_string())).collect();
    for track in &tracks {
        match &options.project {
            Some(project) => copy(project, track)?,
            None => generated::project(track, options.models)?,
        }
    }
    let mut runs: Vec<Vec<Run>> = programs.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.runs {
        for ((track, (_, program)), runs) in tracks.iter().zip(&programs).zip(&mut runs) {
            for left in ["target", "logs"] {
                if track.join(left).exists() {
                    std::fs::remove_dir_all(track.join(left))?;
                }
            }
            let mut command = Command::new(&program[0]);
            command.args(&program[1..]).args(&options.command).current_dir(track).env("DBT_PROFILES_DIR", track);
            runs.push(measure(command.stdout(Stdio::null()))?);
        }
    }
    println!("{:<14} CPU seconds  seconds  peak MB    CPU ratio", options.command.join(" "));
    let mean = |runs: &[Run], part: fn(&Run) -> f64| runs.iter().map(part).sum::<f64>() / count(runs.len());
    let own = mean(&runs[0], |run| run.cpu);
    for ((name, _), runs) in programs.iter().zip(&runs) {
        let (cpu, wall) = (mean(runs, |run| run.cpu), mean(runs, |run| run.wall.as_secs_f64()));
        let peak = runs.iter().map(|run| run.peak).fold(0.0, f64::max);
        println!("{name:<14} {cpu:>11.3} {wall:>8.2} {peak:>8.0} {:>12.1}", cpu / own);
    }
    Ok(())
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// A copy of a project without what earlier runs left.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if ["target", "logs", ".git"].iter().any(|left| name == *left) {
            continue;
        }
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else {
            std::fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}
