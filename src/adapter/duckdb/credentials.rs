//! The keys of an output of type `duckdb`, in the words of dbt-duckdb.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::PythonSettings;
use crate::diagnostic::{Class, Diagnostic, Result, nearest};

/// Every key that has a meaning here.
const KEYS: &[&str] = &[
    "type",
    "threads",
    "path",
    "database",
    "schema",
    "extensions",
    "settings",
    "config_options",
    "attach",
    "secrets",
    "disable_transactions",
    "keep_open",
    "external_root",
    "retries",
    "is_ducklake",
    "module_paths",
    "python",
    "dialect",
];

/// Keys of dbt-duckdb that need Python or a service, and what to say of them.
const REFUSED: &[(&str, &str)] = &[
    (
        "use_credential_provider",
        "write the credentials as a secret: `secrets: [{type: s3, provider: credential_chain}]`",
    ),
    ("plugins", "plugins are Python code, which this program does not run"),
    ("filesystems", "file systems of fsspec are Python code, which this program does not run"),
    ("remote", "remote servers are not supported; name a local file with `path`"),
    ("motherduck_token", "MotherDuck is not supported; name a local file with `path`"),
    ("flights", "MotherDuck is not supported; name a local file with `path`"),
];

/// Where a database is and how it is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// The file, or `None` for a database in memory.
    pub path: Option<PathBuf>,
    /// The path as written in the profile.
    pub written_path: String,
    /// The catalog that names without a database mean.
    pub database: String,
    /// The default schema.
    pub schema: String,
    /// Extensions to install and load: name and repository.
    pub extensions: Vec<(String, Option<String>)>,
    /// Settings of every session.
    pub settings: Vec<(String, String)>,
    /// Settings that are only possible at opening.
    pub config_options: Vec<(String, String)>,
    /// `attach` statements.
    pub attach: Vec<String>,
    /// `create secret` statements; never shown.
    pub secrets: Vec<String>,
    /// Whether `begin`, `commit` and `rollback` are silent.
    pub disable_transactions: bool,
    /// How often to try to open a file that another process holds.
    pub connect_attempts: u32,
    /// The Python that runs models, where the profile names one.
    pub python: Option<String>,
    /// Folders of modules that Python models import.
    pub module_paths: Vec<String>,
    /// The project's folder.
    pub folder: PathBuf,
    /// Whether statements come translated from Snowflake's SQL and need its functions.
    pub translated: bool,
    /// Keys that mean nothing here, each with the nearest one that does.
    pub ignored: Vec<String>,
}

impl Credentials {
    /// Reads the keys of an output whose Jinja is rendered; relative paths start at the project's folder.
    pub fn read(output: &Map<String, Value>, project_dir: &Path) -> Result<Self> {
        for (key, help) in REFUSED {
            if output.get(*key).is_some_and(is_given) {
                return Err(Box::new(error(format!("the key `{key}` of the output is not supported")).help(*help)));
            }
        }
        // dbt: a key that means nothing to the adapter is no mistake.
        let is_ignored = |key: &&String| !KEYS.contains(&key.as_str()) && !REFUSED.iter().any(|(name, _)| name == key);
        let with_hint = |key: &String| match nearest(key, KEYS.iter().copied()) {
            Some(near) => format!("{key} (did you mean {near}?)"),
            None => key.clone(),
        };
        let ignored = output.keys().filter(is_ignored).map(with_hint).collect();
        let written_path = text(output, "path")?.unwrap_or_else(|| ":memory:".to_owned());
        let path = local_path(&written_path, project_dir)?;
        let attach = output.get("attach").map(|value| attachments(value, project_dir)).transpose()?.unwrap_or_default();
        let aliases: Vec<&str> = attach.iter().filter_map(|(alias, _)| alias.as_deref()).collect();
        let database = database(text(output, "database")?, &written_path, &aliases)?;
        Ok(Self {
            path,
            database,
            schema: text(output, "schema")?.unwrap_or_else(|| "main".to_owned()),
            extensions: extensions(output.get("extensions"))?,
            settings: pairs(output.get("settings"), "settings")?,
            config_options: pairs(output.get("config_options"), "config_options")?,
            attach: attach.into_iter().map(|(_, sql)| sql).collect(),
            secrets: secrets(output.get("secrets"))?,
            disable_transactions: output.get("disable_transactions").is_some_and(is_true),
            connect_attempts: output
                .get("retries")
                .and_then(|retries| retries.get("connect_attempts")?.as_u64())
                .and_then(|attempts| u32::try_from(attempts).ok())
                .unwrap_or(1)
                .max(1),
            python: text(output, "python")?,
            module_paths: items(output.get("module_paths"), "module_paths")?.iter().filter_map(scalar).collect(),
            folder: project_dir.to_path_buf(),
            translated: text(output, "dialect")?.as_deref() == Some("snowflake"),
            ignored,
            written_path,
        })
    }

    /// What a Python model's own connection is given.
    pub fn python_settings(&self) -> PythonSettings {
        let extensions = self.extensions.iter().map(|(name, repository)| {
            let from = repository.as_ref().map(|name| format!(" FROM {name}")).unwrap_or_default();
            format!("INSTALL {name}{from}; LOAD {name}")
        });
        let settings = self.settings.iter().map(|(name, value)| format!("SET {name} = {}", literal(value)));
        PythonSettings {
            interpreter: self.python.clone(),
            module_paths: self.module_paths.clone(),
            folder: self.folder.clone(),
            database: self.database.clone(),
            setup: extensions.chain(self.secrets.iter().cloned()).chain(settings).collect(),
        }
    }

    /// The catalog name of a file: its name up to the first point, as the engine does.
    pub fn catalog_name(path: &str) -> String {
        if path.is_empty() || path == ":memory:" {
            return "memory".to_owned();
        }
        let path = path.strip_prefix(":memory:").unwrap_or(path);
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
        file.trim_start_matches('.').split('.').next().unwrap_or_default().to_owned()
    }
}

fn error(message: String) -> Diagnostic {
    Diagnostic::error(Class::Profile, message)
}

fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

fn text(output: &Map<String, Value>, key: &str) -> Result<Option<String>> {
    match output.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => scalar(value)
            .map(Some)
            .ok_or_else(|| Box::new(error(format!("the key `{key}` of the output must be a text")))),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The file of a written path; `None` for memory.
fn local_path(written: &str, project_dir: &Path) -> Result<Option<PathBuf>> {
    if written.is_empty() || written.starts_with(":memory:") {
        return Ok(None);
    }
    if let Some((scheme, _)) = written.split_once(':').filter(|(scheme, _)| scheme.len() > 1) {
        let what = match scheme {
            "md" | "motherduck" => "MotherDuck is not supported",
            "ducklake" => "DuckLake is not supported",
            _ => "only local files are supported",
        };
        let message =
            format!("the database `{}` cannot be opened: {what}", written.split('?').next().unwrap_or(written));
        return Err(Box::new(error(message).help("name a local file with `path`, or `:memory:`")));
    }
    Ok(Some(project_dir.join(written)))
}

fn database(given: Option<String>, path: &str, aliases: &[&str]) -> Result<String> {
    let own = Credentials::catalog_name(path);
    if own.is_empty() {
        return Err(Box::new(error(format!("the path `{path}` gives no database name"))));
    }
    match given {
        Some(given) if given != own && !aliases.contains(&given.as_str()) => Err(Box::new(
            error(format!("the output's `database` is `{given}`, but its `path` `{path}` holds the database `{own}`"))
                .help(format!("write `database: {own}`, or leave it out")),
        )),
        Some(given) => Ok(given),
        None => Ok(own),
    }
}

fn pairs(value: Option<&Value>, key: &str) -> Result<Vec<(String, String)>> {
    let wrong = || Box::new(error(format!("the key `{key}` of the output must map names to values")));
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(map)) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| Ok((name.clone(), scalar(value).ok_or_else(wrong)?)))
            .collect(),
        Some(_) => Err(wrong()),
    }
}

fn items<'a>(value: Option<&'a Value>, key: &str) -> Result<&'a [Value]> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Box::new(error(format!("the key `{key}` of the output must be a list")))),
    }
}

fn extensions(value: Option<&Value>) -> Result<Vec<(String, Option<String>)>> {
    let wrong =
        || Box::new(error("an entry of `extensions` must be a name, or a map with `name` and `repo`".to_owned()));
    items(value, "extensions")?
        .iter()
        .map(|item| match item {
            Value::String(name) => Ok((name.clone(), None)),
            Value::Object(map) => {
                let name = map.get("name").and_then(Value::as_str).ok_or_else(wrong)?;
                Ok((name.to_owned(), map.get("repo").and_then(Value::as_str).map(str::to_owned)))
            }
            _ => Err(wrong()),
        })
        .collect()
}

/// The alias and the statement of every attachment.
fn attachments(value: &Value, project_dir: &Path) -> Result<Vec<(Option<String>, String)>> {
    const KNOWN: &[&str] = &["path", "alias", "type", "read_only", "secret", "options", "is_ducklake"];
    let mut found = Vec::new();
    for item in items(Some(value), "attach")? {
        let Some(map) = item.as_object() else {
            return Err(Box::new(error("an entry of `attach` must be a map with `path`".to_owned())));
        };
        if let Some(key) = map.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            let diagnostic = error(format!("an entry of `attach` has an unknown key `{key}`"));
            return Err(Box::new(diagnostic.suggest(nearest(key, KNOWN.iter().copied()))));
        }
        let Some(written) = text(map, "path")? else {
            return Err(Box::new(error("an entry of `attach` has no `path`".to_owned())));
        };
        let kind = text(map, "type")?;
        // Other types than a database file have connection texts of their own.
        let path = match &kind {
            Some(kind) if !kind.eq_ignore_ascii_case("duckdb") && !kind.eq_ignore_ascii_case("sqlite") => {
                written.clone()
            }
            _ => local_path(&written, project_dir)?.map_or_else(|| written.clone(), |path| path.display().to_string()),
        };
        let alias = text(map, "alias")?;
        let mut options = Vec::new();
        options.extend(kind.map(|kind| format!("TYPE {kind}")));
        options.extend(text(map, "secret")?.map(|secret| format!("SECRET {secret}")));
        if map.get("read_only").is_some_and(is_true) {
            options.push("READ_ONLY".to_owned());
        }
        for (name, value) in pairs(map.get("options"), "options")? {
            match value.as_str() {
                "true" => options.push(name.to_uppercase()),
                "false" => {}
                value => options.push(format!("{} {}", name.to_uppercase(), literal(value))),
            }
        }
        let name = alias.as_ref().map(|alias| format!(" AS \"{}\"", alias.replace('"', "\"\""))).unwrap_or_default();
        let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
        let alias = alias.or_else(|| Some(Credentials::catalog_name(&written)));
        found.push((alias, format!("ATTACH IF NOT EXISTS {}{name}{options}", literal(&path))));
    }
    Ok(found)
}

fn secrets(value: Option<&Value>) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for (at, item) in items(value, "secrets")?.iter().enumerate() {
        let kind = item.get("type").and_then(Value::as_str);
        let (Some(map), Some(kind)) = (item.as_object(), kind) else {
            return Err(Box::new(error("an entry of `secrets` must be a map with `type`".to_owned())));
        };
        let name = text(map, "name")?.unwrap_or_else(|| format!("_dbt_secret_{}", at + 1));
        let persistent = if map.get("persistent").is_some_and(is_true) { "PERSISTENT " } else { "" };
        let mut parts = vec![format!("TYPE {kind}")];
        for (key, value) in map.iter().filter(|(key, _)| !["type", "name", "persistent"].contains(&key.as_str())) {
            parts.push(match value {
                Value::Null => continue,
                Value::Array(items) if key == "scope" => items
                    .iter()
                    .filter_map(scalar)
                    .map(|item| format!("SCOPE {}", literal(&item)))
                    .collect::<Vec<_>>()
                    .join(", "),
                Value::Array(items) => {
                    let items: Vec<String> = items.iter().filter_map(scalar).map(|item| literal(&item)).collect();
                    format!("{key} array [{}]", items.join(", "))
                }
                Value::Object(entries) => {
                    let entries: Vec<String> = entries
                        .iter()
                        .filter_map(|(name, value)| Some(format!("{}: {}", literal(name), literal(&scalar(value)?))))
                        .collect();
                    format!("{key} map {{{}}}", entries.join(", "))
                }
                value if key == "provider" => format!("PROVIDER {}", scalar(value).unwrap_or_default()),
                value => format!("{key} {}", literal(&scalar(value).unwrap_or_default())),
            });
        }
        statements.push(format!(
            "CREATE OR REPLACE {persistent}SECRET \"{}\" ({})",
            name.replace('"', "\"\""),
            parts.join(", ")
        ));
    }
    Ok(statements)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Credentials> {
        Credentials::read(value.as_object().unwrap(), Path::new("/project"))
    }

    #[test]
    fn paths_name_the_catalog() {
        let found = read(&json!({"type": "duckdb", "path": "data/my.db.duckdb"})).unwrap();
        assert_eq!(found.path.as_deref(), Some(Path::new("/project/data/my.db.duckdb")));
        assert_eq!((found.database.as_str(), found.schema.as_str()), ("my", "main"));
        let memory = read(&json!({"type": "duckdb"})).unwrap();
        assert_eq!((memory.path, memory.database.as_str()), (None, "memory"));
        assert_eq!(read(&json!({"path": "/abs/.hidden.duckdb"})).unwrap().database, "hidden");
    }

    #[test]
    fn wrong_keys_are_told() {
        let message = |value: Value| read(&value).unwrap_err();
        assert_eq!(read(&json!({"pth": "x.db"})).unwrap().ignored, ["pth (did you mean path?)"]);
        assert!(
            message(json!({"path": "md:my_db?motherduck_token=x"})).message.contains("MotherDuck is not supported")
        );
        assert!(!message(json!({"path": "md:my_db?motherduck_token=x"})).message.contains("token"));
        assert!(message(json!({"use_credential_provider": "aws"})).help[0].contains("credential_chain"));
        assert!(message(json!({"path": "a.duckdb", "database": "b"})).message.contains("holds the database `a`"));
    }

    #[test]
    fn statements_are_written() {
        let found = read(&json!({
            "path": "a.duckdb", "database": "other",
            "attach": [{"path": "it's.duckdb", "alias": "other", "read_only": true}],
            "secrets": [{"type": "s3", "key_id": "k", "secret": "s", "scope": ["s3://a", "s3://b"]}],
            "settings": {"memory_limit": "1GB", "preserve_insertion_order": false, "threads": 2},
            "extensions": ["icu", {"name": "h3", "repo": "community"}],
        }))
        .unwrap();
        assert_eq!(found.attach, [r#"ATTACH IF NOT EXISTS '/project/it''s.duckdb' AS "other" (READ_ONLY)"#]);
        assert_eq!(
            found.secrets,
            [
                r#"CREATE OR REPLACE SECRET "_dbt_secret_1" (TYPE s3, key_id 'k', secret 's', SCOPE 's3://a', SCOPE 's3://b')"#
            ]
        );
        assert!(found.settings.contains(&("preserve_insertion_order".to_owned(), "false".to_owned())));
        assert_eq!(found.extensions[1], ("h3".to_owned(), Some("community".to_owned())));
    }
}
