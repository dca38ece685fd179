//! How a bucket is reached: the usual AWS settings, and what a `load:` block says.
//!
//! AWS: environment first, then the profile in the shared files, then what the machine has (web identity, container,
//! instance metadata), which `object_store` asks for.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, nearest};

/// `storage:` of a `load:` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Storage {
    /// Another server that speaks S3's protocol, with scheme and port.
    pub endpoint: Option<String>,
    /// The bucket's region.
    pub region: Option<String>,
    /// A profile of the shared files; `AWS_PROFILE` where `None`.
    pub profile: Option<String>,
    /// Whether requests are sent without credentials.
    pub anonymous: bool,
    /// Snowflake: the storage integration that a stage is made with.
    pub integration: Option<String>,
    /// Snowflake: a stage that exists, in place of one that is made.
    pub stage: Option<String>,
}

const KNOWN: &[&str] = &["endpoint", "region", "profile", "anonymous", "integration", "stage"];

impl Storage {
    /// Reads `storage:` of a `load:` block.
    ///
    /// # Errors
    /// An unknown key, or a value of another type.
    pub fn read(map: &Map<String, Value>) -> Result<Self, Box<Diagnostic>> {
        let mut storage = Self::default();
        for (key, value) in map {
            let text = match value {
                Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
                Value::Null => None,
                Value::Bool(flag) => Some(flag.to_string()),
                other => {
                    let message = format!("`{key}` of `storage` is a text, not `{other}`");
                    return Err(Box::new(Diagnostic::error(Class::Load, message)));
                }
            };
            match key.as_str() {
                "endpoint" => storage.endpoint = text,
                "region" => storage.region = text,
                "profile" => storage.profile = text,
                "integration" => storage.integration = text,
                "stage" => storage.stage = text,
                "anonymous" => {
                    storage.anonymous = match text.as_deref().map(str::to_lowercase).as_deref() {
                        Some("true") => true,
                        None | Some("false") => false,
                        Some(other) => {
                            let message = format!("`anonymous` of `storage` is true or false, not `{other}`");
                            return Err(Box::new(Diagnostic::error(Class::Load, message)));
                        }
                    }
                }
                unknown => {
                    return Err(Box::new(
                        Diagnostic::error(Class::Load, format!("`storage` has no key `{unknown}`"))
                            .suggest(nearest(unknown, KNOWN.iter().copied()))
                            .note(format!("known keys: {}", KNOWN.join(", "))),
                    ));
                }
            }
        }
        Ok(storage)
    }
}

/// A bucket, ready to be asked; nothing is sent yet.
pub(super) fn bucket(name: &str, storage: &Storage) -> Result<AmazonS3, Box<Diagnostic>> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(name);
    let set = |builder: &AmazonS3Builder, key: AmazonS3ConfigKey| builder.get_config_value(&key).is_some();
    let own_keys = set(&builder, AmazonS3ConfigKey::AccessKeyId) && storage.profile.is_none();
    if !own_keys && !storage.anonymous {
        let profile = Profile::read(storage.profile.as_deref())?;
        if let (Some(id), Some(secret)) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
            if let Some(token) = profile.get("aws_session_token") {
                builder = builder.with_token(token);
            }
        } else {
            profile.refuse_other_kinds()?;
        }
        if !set(&builder, AmazonS3ConfigKey::Region)
            && !set(&builder, AmazonS3ConfigKey::DefaultRegion)
            && let Some(region) = profile.get("region")
        {
            builder = builder.with_region(region);
        }
        if !set(&builder, AmazonS3ConfigKey::Endpoint)
            && let Some(endpoint) = profile.get("endpoint_url")
        {
            builder = with_endpoint(builder, endpoint);
        }
    }
    if let Some(region) = &storage.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &storage.endpoint {
        builder = with_endpoint(builder, endpoint);
    } else if let Some(endpoint) = builder.get_config_value(&AmazonS3ConfigKey::Endpoint) {
        builder = with_endpoint(builder, &endpoint);
    }
    builder.with_skip_signature(storage.anonymous).build().map_err(|error| {
        Box::new(
            Diagnostic::error(Class::Load, format!("the bucket `{name}` cannot be reached with these settings"))
                .note(error.to_string()),
        )
    })
}

/// An endpoint without TLS is meant as written.
fn with_endpoint(builder: AmazonS3Builder, endpoint: &str) -> AmazonS3Builder {
    builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint)
}

/// One profile of `~/.aws/credentials` and `~/.aws/config`.
struct Profile {
    name: String,
    values: HashMap<String, String>,
}

impl Profile {
    /// The named profile, else that of `AWS_PROFILE`, else `default`, which need not exist.
    fn read(name: Option<&str>) -> Result<Self, Box<Diagnostic>> {
        let asked = name.map(str::to_owned).or_else(|| std::env::var("AWS_PROFILE").ok());
        let wanted = asked.clone().unwrap_or_else(|| "default".to_owned());
        let mut values = HashMap::new();
        let mut known = Vec::new();
        for (variable, file) in [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")] {
            let path = std::env::var_os(variable)
                .map(PathBuf::from)
                .or_else(|| std::env::home_dir().map(|home| home.join(".aws").join(file)));
            let Some(text) = path.and_then(|path| fs::read_to_string(path).ok()) else { continue };
            for (section, entries) in sections(&text) {
                let profile = section.strip_prefix("profile ").unwrap_or(&section).trim().to_owned();
                if profile == wanted {
                    values.extend(entries);
                }
                known.push(profile);
            }
        }
        if asked.is_some() && !known.contains(&wanted) {
            return Err(Box::new(
                Diagnostic::error(Class::Load, format!("there is no AWS profile `{wanted}`"))
                    .suggest(nearest(&wanted, known.iter().map(String::as_str)))
                    .help("profiles stand in `~/.aws/config` and `~/.aws/credentials`"),
            ));
        }
        Ok(Self { name: wanted, values })
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Profiles whose keys come from elsewhere (sign-in, another role, a program).
    fn refuse_other_kinds(&self) -> Result<(), Box<Diagnostic>> {
        let other = ["sso_session", "sso_start_url", "role_arn", "credential_process"]
            .into_iter()
            .find(|key| self.values.contains_key(*key));
        let Some(key) = other else { return Ok(()) };
        Err(Box::new(
            Diagnostic::error(
                Class::Load,
                format!("the AWS profile `{}` gets its keys by `{key}`, which is not supported", self.name),
            )
            .help(format!(
                "hand the keys over in the environment: `eval \"$(aws configure export-credentials --profile {} --format env)\"`",
                self.name
            )),
        ))
    }
}

/// The sections of a settings file, with their entries; nested entries are left out.
fn sections(text: &str) -> Vec<(String, HashMap<String, String>)> {
    let mut found: Vec<(String, HashMap<String, String>)> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end();
        if line.starts_with(['#', ';']) || line.starts_with(char::is_whitespace) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            found.push((name.trim().to_owned(), HashMap::new()));
        } else if let (Some((key, value)), Some((_, entries))) = (line.split_once('='), found.last_mut()) {
            entries.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_files_have_sections() {
        let text = "# mine\n[default]\nregion = eu-west-1\n\n[profile lake]\naws_access_key_id=A=B\ns3 =\n  endpoint_url = x\n";
        let found = sections(text);
        assert_eq!(found[0].1["region"], "eu-west-1");
        assert_eq!(found[1].0, "profile lake");
        assert_eq!(found[1].1["aws_access_key_id"], "A=B");
        assert!(!found[1].1.contains_key("endpoint_url"));
    }

    #[test]
    fn mistakes_in_storage_are_told() {
        let read = |value: Value| Storage::read(value.as_object().unwrap());
        let storage = read(json!({"region": "eu-west-1", "anonymous": true})).unwrap();
        assert_eq!(storage.region.as_deref(), Some("eu-west-1"));
        assert!(storage.anonymous);
        assert_eq!(read(json!({"regoin": "x"})).unwrap_err().help, ["did you mean `region`?"]);
        assert!(read(json!({"anonymous": "perhaps"})).unwrap_err().message.contains("true or false"));
        assert!(read(json!({"endpoint": 5})).is_err());
    }
}
