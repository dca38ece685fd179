//! Completes the declared command line with the rest of dbt's options.
//!
//! Commands declare what they act on. Everything else of dbt is added here, hidden, so that a command line or a script
//! written for dbt is never refused: the other half of each `--x/--no-x` pair, and the options that mean nothing here.

use clap::{Arg, ArgAction, Command};

use super::table::{Effect, FLAGS, Flag, Form, Preset, RENAMED, find};

/// The declared argument with this long name.
pub fn argument<'a>(command: &'a Command, long: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| {
        argument.get_long() == Some(long) || argument.get_all_aliases().is_some_and(|aliases| aliases.contains(&long))
    })
}

/// The command with all options of dbt.
pub fn complete(root: Command) -> Command {
    let mut root = root.args_override_self(true);
    for flag in FLAGS.iter().filter(|flag| flag.commands.is_empty()) {
        let here = is_declared(&root, flag);
        let idle = matches!(flag.effect, Effect::None(_));
        if here || idle {
            root = with(root, flag, true);
        } else if !declares(&root, flag) {
            root = harmless(root, flag, true);
        }
    }
    for old in RENAMED {
        root = with_old_name(root, old.flag);
    }
    let shared: Vec<&Flag> = FLAGS
        .iter()
        .filter(|flag| flag.commands.is_empty() && !is_declared(&root, flag) && declares(&root, flag))
        .collect();
    let globals: Vec<String> =
        root.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned)).collect();
    let names: Vec<String> = root.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        root = root.mut_subcommand(name, |command| below(command, &globals, &shared));
    }
    root
}

/// Whether the command itself declares the option in one of its forms.
pub fn is_declared(command: &Command, flag: &Flag) -> bool {
    argument(command, &flag.long()).is_some() || argument(command, &format!("no-{}", flag.long())).is_some()
}

/// Whether any command below declares it.
fn declares(command: &Command, flag: &Flag) -> bool {
    command.get_subcommands().any(|inner| is_declared(inner, flag) || declares(inner, flag))
}

fn below(command: Command, globals: &[String], shared: &[&Flag]) -> Command {
    let mut command = command;
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let is_group = !names.is_empty();
    for name in names {
        command = command.mut_subcommand(name, |command| below(command, globals, shared));
    }
    if is_group {
        // dbt: a group takes them too, for the command that follows.
        for flag in shared {
            command = with(command, flag, true);
        }
        return command;
    }
    let name = command.get_name().to_owned();
    let own = |flag: &&Flag| !flag.commands.is_empty() && flag.is_of(&name) && !globals.contains(&flag.long());
    for flag in FLAGS.iter().filter(own) {
        let idle = matches!(flag.effect, Effect::None(_));
        command = if idle || is_declared(&command, flag) {
            with(command, flag, false)
        } else {
            harmless(command, flag, false)
        };
    }
    for flag in shared {
        command = with(command, flag, false);
    }
    command
}

/// Adds what can be said of an option that no command declares: the half of a pair that asks for what happens anyway,
/// and a value that is read by the option's name.
fn harmless(command: Command, flag: &Flag, global: bool) -> Command {
    let (Form::Switch { negatable }, Preset::Is(value)) = (flag.form, flag.preset) else {
        return with(command, flag, global);
    };
    match (value, negatable) {
        (true, _) => command.arg(hidden(flag.long(), ArgAction::SetTrue, false)),
        (false, true) => command.arg(hidden(format!("no-{}", flag.long()), ArgAction::SetTrue, false)),
        (false, false) => command,
    }
}

/// Gives an option the name by which dbt still takes the variable that was renamed.
fn with_old_name(command: Command, name: &str) -> Command {
    let Some(flag) = find(name) else { return command };
    let mut command = command;
    for (long, old) in [
        (flag.long(), format!("deprecated-{}", flag.long())),
        (format!("no-{}", flag.long()), format!("deprecated-no-{}", flag.long())),
    ] {
        if let Some(id) = argument(&command, &long).map(|argument| argument.get_id().to_string()) {
            command = command.mut_arg(id, |argument| argument.alias(old));
        }
    }
    command
}

fn hidden(long: String, action: ArgAction, global: bool) -> Arg {
    // dbt: these have a letter on every command.
    let short = match long.as_str() {
        "fail-fast" => Some('x'),
        "record-timing-info" => Some('r'),
        _ => None,
    };
    let argument = Arg::new(long.replace('-', "_")).long(long).action(action).global(global).hide(true);
    match short {
        Some(letter) => argument.short(letter),
        None => argument,
    }
}

/// Adds what is missing of an option.
fn with(command: Command, flag: &Flag, global: bool) -> Command {
    let (long, negative) = (flag.long(), format!("no-{}", flag.long()));
    let id = |command: &Command, long: &str| argument(command, long).map(|argument| argument.get_id().to_string());
    let mut command = command;
    match flag.form {
        Form::Switch { negatable } => {
            let (positive, opposite) = (id(&command, &long), id(&command, &negative));
            if positive.is_none() {
                command = command.arg(hidden(long.clone(), ArgAction::SetTrue, global));
            }
            if !negatable {
                return command;
            }
            if opposite.is_none() {
                command = command.arg(hidden(negative.clone(), ArgAction::SetTrue, global));
            }
            let positive = positive.unwrap_or_else(|| long.replace('-', "_"));
            let opposite = opposite.unwrap_or_else(|| negative.replace('-', "_"));
            let other = opposite.clone();
            command
                .mut_arg(&positive, |argument| argument.overrides_with(other))
                .mut_arg(&opposite, |argument| argument.overrides_with(positive))
        }
        _ if argument(&command, &long).is_some() => command,
        Form::Words => command.arg(hidden(long, ArgAction::Append, global).num_args(1..)),
        Form::Text | Form::Number | Form::Yaml => command.arg(hidden(long, ArgAction::Set, global)),
    }
}
