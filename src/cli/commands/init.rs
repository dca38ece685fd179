//! `init`: makes a project that can be built at once, or a profile for the project that is there.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, DirEntry, include_dir};

use super::debug::{self, Steps};
use super::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile};
use crate::event::{Event, Level};
use crate::project::Yaml;
use crate::read;

/// The files of a new project; `{project}` and `{profile}` stand for the names.
static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/starter");

/// Folders that a new project has although they are empty.
const EMPTY: [&str; 4] = ["analyses", "macros", "snapshots", "tests"];

/// Arguments of `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Name of the new project, and of its folder: letters, digits and underscores
    #[arg(value_name = "NAME")]
    project_name: Option<String>,
    /// Write no profile
    #[arg(short, long)]
    skip_profile_setup: bool,
    /// Do not try the connection at the end
    #[arg(long)]
    skip_debug: bool,
}

/// Runs `init`. dbt: inside a project, only its profile is set up.
///
/// # Errors
/// The name is none, the profile does not exist, or a file cannot be written.
pub fn init(args: &InitArgs, shell: &Shell) -> Outcome {
    let root = &shell.settings.root;
    if read::PROJECT_FILES.iter().any(|name| root.join(name).is_file()) {
        return existing(args, shell);
    }
    let name = name(args)?;
    let folder = root.join(&name);
    if folder.exists() {
        say(shell, format!("A project called {name} already exists here."));
        return Ok(0);
    }
    let profile = match &shell.args.profile {
        Some(profile) if has_profile(shell, profile) => profile.clone(),
        Some(profile) => {
            let message = format!("Could not find profile named '{profile}'");
            return Err(Box::new(Diagnostic::error(Class::Runtime, message)).into());
        }
        None => name.clone(),
    };
    let own_profile = shell.args.profile.is_none() && !args.skip_profile_setup;
    for (path, text) in files(&name, &profile, own_profile && shell.args.profiles_dir.is_none()) {
        write(&folder.join(path), &text)?;
    }
    if own_profile && shell.args.profiles_dir.is_some() {
        add_profile(shell, &folder, &profile)?;
    }
    let shown = folder.display().to_string();
    shell.events.send(Event::ProjectCreated { name: name.clone(), path: shown });
    let works = match args.skip_debug || args.skip_profile_setup {
        true => true,
        false => check(shell, &folder)?,
    };
    if works {
        say(shell, format!("Build it with: cd {name} && netflix build"));
    } else {
        say(shell, "The profile may need another look: see what `debug` said above".to_owned());
    }
    Ok(0)
}

fn existing(args: &InitArgs, shell: &Shell) -> Outcome {
    if shell.args.profile.is_some() {
        let message = "Can not init existing project with specified profile, edit dbt_project.yml instead";
        return Err(Box::new(Diagnostic::error(Class::Runtime, message)).into());
    }
    if args.skip_profile_setup {
        return Ok(0);
    }
    let root = &shell.settings.root;
    let Some(profile) = read::setting_of(root, "profile") else {
        let message = "the project file has no `profile:`";
        return Err(Box::new(Diagnostic::error(Class::Project, message).help("add `profile: NAME`")).into());
    };
    say(shell, "Setting up your profile.".to_owned());
    if has_profile(shell, &profile) {
        say(shell, format!("The profile {profile} exists already, and is kept as it is."));
    } else {
        add_profile(shell, root, &profile)?;
    }
    if !args.skip_debug {
        check(shell, root)?;
    }
    Ok(0)
}

/// The name of the new project, asked for where nobody gave one and somebody is there to answer.
fn name(args: &InitArgs) -> Result<String> {
    let is_valid = |name: &str| {
        name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !name.starts_with(|letter: char| letter.is_ascii_digit())
            && !name.is_empty()
            && name != "dbt"
    };
    let invalid = |name: &str| {
        Box::new(
            Diagnostic::error(Class::Usage, format!("{name} is not a valid project name."))
                .help("use letters, digits and underscores, and begin with a letter"),
        )
    };
    if let Some(name) = &args.project_name {
        return if is_valid(name) { Ok(name.clone()) } else { Err(invalid(name)) };
    }
    if !std::io::stdin().is_terminal() {
        let message = "the new project has no name";
        return Err(Box::new(Diagnostic::error(Class::Usage, message).help("write `netflix init NAME`")));
    }
    let mut error = std::io::stderr();
    // Without a prompt the question is still answered.
    let _ = write!(error, "Enter a name for your project (letters, digits, underscore): ").and_then(|()| error.flush());
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    let name = line.trim();
    if read.is_ok() && is_valid(name) { Ok(name.to_owned()) } else { Err(invalid(name)) }
}

fn say(shell: &Shell, message: String) {
    shell.events.send(Event::Note { level: Level::Info, message });
}

fn files(project: &str, profile: &str, with_profile: bool) -> Vec<(PathBuf, String)> {
    fn all<'a>(folder: &'a Dir<'a>, found: &mut Vec<(PathBuf, &'a str)>) {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(inner) => all(inner, found),
                DirEntry::File(file) => {
                    found.extend(file.contents_utf8().map(|text| (file.path().to_path_buf(), text)));
                }
            }
        }
    }
    let mut found = Vec::new();
    all(&STARTER, &mut found);
    let named = |text: &str| text.replace("{project}", project).replace("{profile}", profile);
    let mut files: Vec<(PathBuf, String)> = found
        .into_iter()
        .filter(|(path, _)| with_profile || path != Path::new("profiles.yml"))
        .map(|(path, text)| {
            (if path == Path::new("gitignore") { PathBuf::from(".gitignore") } else { path }, named(text))
        })
        .collect();
    files.extend(EMPTY.iter().map(|folder| (Path::new(folder).join(".gitkeep"), String::new())));
    files
}

fn write(path: &Path, text: &str) -> Result<()> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    made.map_err(|error| {
        Box::new(Diagnostic::error(Class::File, format!("cannot write `{}`: {error}", path.display())))
    })
}

fn has_profile(shell: &Shell, profile: &str) -> bool {
    read::profiles_file(shell.args.profiles_dir.as_deref(), &shell.settings.root, &shell.environment)
        .and_then(|path| std::fs::read_to_string(path).ok())
        .and_then(|text| Yaml::parse(&SourceFile::new("profiles.yml", text)).ok())
        .is_some_and(|yaml| yaml.get(profile).is_some())
}

/// Adds a profile to the profiles.yml that counts, behind what stands there.
fn add_profile(shell: &Shell, root: &Path, profile: &str) -> Result<()> {
    let folder = read::profiles_folder(shell.args.profiles_dir.as_deref(), root, &shell.environment);
    let path = folder.join("profiles.yml");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let own = files("", profile, true).into_iter().find(|(path, _)| path == Path::new("profiles.yml"));
    let Some((_, text)) = own else { return Ok(()) };
    write(&path, &if before.trim().is_empty() { text } else { format!("{}\n\n{text}", before.trim_end()) })?;
    say(shell, format!("Profile {profile} written to {}.", path.display()));
    Ok(())
}

fn check(shell: &Shell, root: &Path) -> Result<bool> {
    say(shell, "Running debug to validate the project...".to_owned());
    let mut options = shell.read_options()?;
    options.project_dir = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    debug::check(shell, &options, Steps::All)
}
