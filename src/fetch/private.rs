//! Where a `private:` package lies: an address with a token from the environment, or one for SSH.

use serde::Deserialize;

use super::spec::Private;
use crate::diagnostic::{Class, Diagnostic, Result};

/// One repository pattern of `DBT_ENV_PRIVATE_GIT_PROVIDER_INFO`.
#[derive(Debug, Clone, Deserialize)]
pub struct Provider {
    org: String,
    url: String,
    token: String,
    provider: String,
}

/// The variable that dbt's platform sets.
pub const VARIABLE: &str = "DBT_ENV_PRIVATE_GIT_PROVIDER_INFO";

/// Reads the variable.
///
/// # Errors
/// It is no list of providers.
pub fn providers(text: Option<&str>) -> Result<Vec<Provider>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(Vec::new()) };
    // The text holds tokens, so the error must not repeat it.
    serde_json::from_str(text).map_err(|_| {
        Box::new(Diagnostic::error(Class::Dependency, format!("`{VARIABLE}` is no JSON list of providers")))
    })
}

/// The tokens, which must never be shown.
pub fn tokens(providers: &[Provider]) -> Vec<String> {
    providers.iter().map(|provider| provider.token.clone()).collect()
}

/// The address of a private package.
///
/// dbt: the first provider that fits wins; without any, the address is one for SSH.
///
/// # Errors
/// No provider fits, or the name lacks a part.
pub fn address(package: &Private, providers: &[Provider]) -> Result<String> {
    let error = |message: String| Box::new(Diagnostic::error(Class::Dependency, message));
    if providers.is_empty() {
        return ssh(package).map_err(error);
    }
    let known = ["github", "gitlab", "azure_active_directory", "azure_devops", "ado"];
    if let Some(provider) = package.provider.as_deref().filter(|provider| !known.contains(provider)) {
        return Err(error(format!("Invalid provider '{provider}'. Valid providers: {}", known.join(", "))));
    }
    providers.iter().find_map(|provider| fits(package, provider)).ok_or_else(|| {
        error(format!(
            "No matching Git URLs for private definition {} with provider {}",
            package.name,
            package.provider.as_deref().unwrap_or("None")
        ))
    })
}

fn ssh(package: &Private) -> std::result::Result<String, String> {
    let name = &package.name;
    match package.provider.as_deref().unwrap_or("github") {
        "github" => Ok(format!("git@github.com:{name}.git")),
        "gitlab" => Ok(format!("git@gitlab.com:{name}.git")),
        provider @ ("ado" | "azure_devops") if name.split('/').count() < 3 => {
            Err(format!("The '{provider}' provider requires org/project/repo format (3 parts), got: '{name}'"))
        }
        "ado" | "azure_devops" => Ok(format!("git@ssh.dev.azure.com:v3/{name}")),
        provider => Err(format!(
            "Invalid private package configuration: '{name}' provider: '{provider}'. Valid providers are: github, \
             gitlab, ado, azure_devops"
        )),
    }
}

/// Owner, groups and repository of a name.
fn parts(name: &str) -> Option<(&str, String, &str)> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [owner, groups @ .., repository] => Some((owner, groups.join("/"), repository)),
        _ => None,
    }
}

fn fits(package: &Private, provider: &Provider) -> Option<String> {
    let is_azure = |name: &str| matches!(name, "ado" | "azure_devops" | "azure_active_directory");
    let asked = package.provider.as_deref();
    if asked.is_some_and(|asked| asked != provider.provider && !(is_azure(asked) && is_azure(&provider.provider))) {
        return None;
    }
    let (owner, group, repository) = parts(&package.name)?;
    if owner != provider.org {
        return None;
    }
    let path = provider.url.split_once("://").map_or(provider.url.as_str(), |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path).trim_end_matches(".git");
    let path = if is_azure(&provider.provider) { path.replace("/_git/", "/") } else { path.to_owned() };
    let (own, groups, name) = parts(&path)?;
    let is_group = |text: &str| text == "{group}" || text == "{project}";
    let same_group = groups == group || (is_group(&groups) && !group.is_empty());
    // dbt: the older forms for Azure leave the project out.
    let is_older = provider.provider != "ado" && is_azure(&provider.provider);
    let lacks_group = is_older && group.is_empty() && asked != Some("ado");
    if own != owner || (name != "{repo}" && name != repository) || !(same_group || lacks_group) {
        return None;
    }
    Some(
        provider
            .url
            .replace("{token}", &provider.token)
            .replace("{repo}", repository)
            .replace("{group}", &group)
            .replace("{project}", &group),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, provider: Option<&str>) -> Private {
        Private { name: name.to_owned(), provider: provider.map(str::to_owned) }
    }

    #[test]
    fn addresses_with_tokens_and_for_ssh() {
        let text = r#"[{"org": "acme", "url": "https://{token}@github.com/acme/{repo}.git", "token": "t", "provider": "github"},
            {"org": "acme", "url": "https://{token}@dev.azure.com/acme/{project}/_git/{repo}", "token": "z", "provider": "ado"}]"#;
        let known = providers(Some(text)).unwrap();
        let address_of = |name, provider| address(&package(name, provider), &known);
        assert_eq!(address_of("acme/shop", None).unwrap(), "https://t@github.com/acme/shop.git");
        assert_eq!(address_of("acme/p/shop", Some("ado")).unwrap(), "https://z@dev.azure.com/acme/p/_git/shop");
        assert!(address_of("other/shop", None).is_err());
        assert_eq!(address(&package("a/b", Some("gitlab")), &[]).unwrap(), "git@gitlab.com:a/b.git");
        assert!(address(&package("a/b", Some("ado")), &[]).is_err());
    }
}
