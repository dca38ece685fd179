//! What kind of mistake it is, and the heading that dbt gives it.

/// The kind of a diagnostic.
///
/// dbt: log readers and orchestrators know an error by the heading of its text (`Compilation Error`), so each
/// class carries that heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A template or reference that cannot be resolved.
    Compilation,
    /// A project, property or selector file that cannot be understood.
    Parsing,
    /// `project.yml` is missing or wrong.
    Project,
    /// `profiles.yml` is missing or wrong.
    Profile,
    /// The warehouse refused a statement.
    Database,
    /// Something failed while running.
    Runtime,
    /// The command line is wrong.
    Usage,
    /// `--vars` cannot be read, or a required variable is missing.
    Vars,
    /// A package cannot be found or installed.
    Dependency,
    /// A file could not be read or written.
    File,
    /// A raw file does not fit its declaration.
    Load,
    /// A value in a file does not have the type it must have.
    Validation,
    /// An enforced contract was changed in a way that breaks its readers.
    Contract,
    /// A defect of this program.
    Internal,
}

impl Class {
    /// The heading, as dbt prints it where dbt has such a class.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Compilation => "Compilation Error",
            Self::Parsing => "Parsing Error",
            Self::Project
            | Self::Profile
            | Self::Runtime
            | Self::Usage
            | Self::Vars
            | Self::Load
            | Self::Dependency => "Runtime Error",
            Self::Database => "Database Error",
            Self::File => "File Error",
            Self::Validation => "Validation Error",
            Self::Contract => "Breaking change to contract Error",
            Self::Internal => "Internal Error",
        }
    }

    /// The short name in the first line of a rendered diagnostic and in `explain`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compilation => "compilation",
            Self::Parsing => "parsing",
            Self::Project => "project",
            Self::Profile => "profile",
            Self::Database => "database",
            Self::Runtime => "runtime",
            Self::Usage => "usage",
            Self::Vars => "vars",
            Self::Dependency => "dependency",
            Self::File => "file",
            Self::Load => "load",
            Self::Validation => "validation",
            Self::Contract => "contract",
            Self::Internal => "internal",
        }
    }
}
