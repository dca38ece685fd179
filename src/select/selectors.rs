//! The named selections of `selectors.yml`.
//!
//! A definition is the text of one criterion, a mapping of one method and its value, a mapping with `method`, `value`
//! and graph operators, or a `union` or `intersection` of those, each with its `exclude`.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Criterion, Expression, Indirect, Method, Operator, Pattern, Set, grammar};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, nearest};
use crate::project::{Content, Yaml};

/// One named selection.
#[derive(Debug, Clone)]
pub struct Selector {
    /// What it selects.
    pub definition: Expression,
    /// Whether it stands in for `--select` where nothing is asked for.
    pub default: bool,
    /// Where it is defined.
    pub span: Span,
    /// As the manifest keeps it.
    pub json: Value,
}

/// All named selections of a project.
#[derive(Debug, Clone, Default)]
pub struct Selectors(IndexMap<String, Selector>);

impl Selectors {
    /// Reads the rendered content of `selectors.yml`; `indirect` holds where a definition does not say.
    ///
    /// # Errors
    /// A definition that cannot be understood, or two defaults.
    pub fn read(yaml: &Yaml, indirect: Indirect) -> Result<Self> {
        let Some(list) = yaml.get("selectors") else {
            return Err(wrong(yaml, "there is no `selectors` list").into());
        };
        if !matches!(list.content, Content::Sequence(_)) {
            return Err(wrong(list, "`selectors` must be a list").into());
        }
        let mut selectors = Self::default();
        for entry in list.items() {
            let (name, selector) = one(entry, indirect)?;
            if selector.default
                && let Some((first, other)) = selectors.0.iter().find(|(_, other)| other.default)
            {
                return Err(Box::new(
                    Diagnostic::error(
                        Class::Project,
                        format!(
                            "Error when parsing the selector file. Found multiple selectors with `default: true`:\
                             {first} and {name}"
                        ),
                    )
                    .label(selector.span.clone(), "the second default")
                    .label(other.span.clone(), "the first one"),
                ));
            }
            selectors.0.insert(name, selector);
        }
        Ok(selectors)
    }

    /// The selector that a name means.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn get(&self, name: &str) -> Result<&Selector> {
        self.0.get(name).ok_or_else(|| {
            let known: Vec<String> = self.0.keys().map(|name| format!("'{name}'")).collect();
            Box::new(
                Diagnostic::error(
                    Class::Runtime,
                    format!("Could not find selector named {name}, expected one of [{}]", known.join(", ")),
                )
                .suggest(nearest(name, self.names())),
            )
        })
    }

    /// The selector that holds where nothing is asked for.
    pub fn default_name(&self) -> Option<&str> {
        self.0.iter().find(|(_, selector)| selector.default).map(|(name, _)| name.as_str())
    }

    /// The selectors whose names fit a pattern, by name.
    pub fn fitting(&self, pattern: &str) -> Vec<(&str, &Selector)> {
        let pattern = Pattern::new(pattern);
        let mut found: Vec<_> =
            self.0.iter().filter(|(name, _)| pattern.matches(name)).map(|(name, one)| (name.as_str(), one)).collect();
        found.sort_by_key(|(name, _)| *name);
        found
    }

    /// The names in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The section `selectors` of the manifest.
    pub fn to_json(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, selector)| (name.clone(), selector.json.clone())).collect()
    }
}

fn one(entry: &Yaml, indirect: Indirect) -> Result<(String, Selector)> {
    let Some(name) = entry.get("name").and_then(Yaml::text) else {
        return Err(wrong(entry, "every selector needs a `name`, which is a text").into());
    };
    let known = ["name", "definition", "description", "default"];
    if let Some((key, _)) = entry.pairs().iter().find(|(key, _)| !key.text().is_some_and(|key| known.contains(&key))) {
        let found = key.display();
        return Err(Box::new(wrong(key, &format!("a selector has no key `{found}`")).suggest(nearest(&found, known))));
    }
    let Some(definition) = entry.get("definition") else {
        return Err(wrong(entry, &format!("the selector `{name}` needs a `definition`")).into());
    };
    if !matches!(definition.content, Content::Text(_) | Content::Mapping(_)) {
        return Err(Box::new(
            Diagnostic::error(
                Class::Project,
                "Could not parse selector file data: valid root-level selector definitions are union, intersection, \
                 string, dictionary. No lists.",
            )
            .label(definition.span(), definition.kind())
            .help("put the list below `union:`"),
        ));
    }
    let groups = ["union", "intersection"].into_iter().any(|key| definition.get(key).is_some());
    if groups && definition.pairs().len() > 1 {
        let keys: Vec<String> = definition.pairs().iter().map(|(key, _)| key.display()).collect();
        return Err(Box::new(
            wrong(
                definition,
                &format!(
                    "Only a single 'union' or 'intersection' key is allowed in a root level selector definition; \
                     found {}.",
                    keys.join(",")
                ),
            )
            .help("put further parts into its list"),
        ));
    }
    let default = match entry.get("default") {
        None => false,
        Some(value) => value.bool().ok_or_else(|| {
            Box::new(
                wrong(value, "`default` must be true or false")
                    .help("where it is an expression, end it with `| as_bool`"),
            )
        })?,
    };
    let mut json = entry.to_map();
    json.insert("definition".to_owned(), written(definition));
    let definition = expression(definition, indirect)?;
    Ok((name.to_owned(), Selector { definition, default, span: entry.span(), json: Value::Object(json) }))
}

/// dbt: `DbtSelectorsError`.
fn wrong(yaml: &Yaml, message: &str) -> Diagnostic {
    Diagnostic::error(Class::Project, format!("Could not read selector file data: {message}")).label(yaml.span(), "")
}

fn expression(yaml: &Yaml, indirect: Indirect) -> Result<Expression> {
    match &yaml.content {
        Content::Text(text) => text_criterion(yaml, text, indirect).map(|one| Expression::Criterion(Box::new(one))),
        Content::Mapping(_) => {
            for (key, operator) in [("union", Operator::Union), ("intersection", Operator::Intersection)] {
                if let Some(parts) = yaml.get(key) {
                    return combined(key, operator, parts, indirect);
                }
            }
            mapping(yaml, indirect)
        }
        _ => Err(wrong(
            yaml,
            &format!("Expected to find union, intersection, str or dict, instead found {}", yaml.kind()),
        )
        .into()),
    }
}

/// dbt: tests that wait are settled within criteria only; a set of a file is eager.
fn set(operator: Operator, parts: Vec<Expression>) -> Expression {
    Expression::Set(Set { operator, parts, indirect: Indirect::Eager, expected: None })
}

fn combined(key: &str, operator: Operator, yaml: &Yaml, indirect: Indirect) -> Result<Expression> {
    let mut parts = Vec::new();
    let mut excluded: Option<Option<Expression>> = None;
    for item in list(key, yaml)? {
        if item.get("exclude").is_none() {
            parts.push(expression(item, indirect)?);
            continue;
        }
        if excluded.is_some() {
            return Err(Box::new(
                wrong(item, "You cannot provide multiple exclude arguments to the same selector set operator")
                    .help("put all that is left out into one `exclude` list"),
            ));
        }
        excluded = Some(exclusion(item, indirect)?);
    }
    Ok(without(set(operator, parts), excluded.flatten()))
}

fn without(included: Expression, excluded: Option<Expression>) -> Expression {
    match excluded {
        Some(excluded) => set(Operator::Difference, vec![included, excluded]),
        None => included,
    }
}

/// What the `exclude` list of a mapping leaves out.
fn exclusion(yaml: &Yaml, indirect: Indirect) -> Result<Option<Expression>> {
    let Some(excluded) = yaml.get("exclude") else { return Ok(None) };
    let mut parts =
        list("exclude", excluded)?.iter().map(|item| expression(item, indirect)).collect::<Result<Vec<_>>>()?;
    Ok(match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(set(Operator::Union, parts)),
    })
}

fn list<'y>(key: &str, yaml: &'y Yaml) -> Result<&'y [Yaml]> {
    let Content::Sequence(items) = &yaml.content else {
        return Err(wrong(yaml, &format!("Invalid value for key \"{key}\". Expected a list.")).into());
    };
    for item in items {
        if !matches!(item.content, Content::Text(_) | Content::Mapping(_)) {
            let message = format!(
                "Invalid value type in key \"{key}\", expected dict or str, found {} (value: {})",
                item.kind(),
                item.display()
            );
            return Err(wrong(item, &message).into());
        }
    }
    Ok(items)
}

fn text_criterion(yaml: &Yaml, text: &str, indirect: Indirect) -> Result<Criterion> {
    // The place of the value in its file, or a file of its own where quotes and escapes make them differ.
    let written = yaml.source.text().get(yaml.range.clone()).unwrap_or_default();
    let span = match written.find(text).filter(|_| !text.is_empty()) {
        Some(at) => Span::new(&yaml.source, yaml.range.start + at..yaml.range.start + at + text.len()),
        None => Span::file(&SourceFile::new(yaml.source.path(), text)),
    };
    grammar::criterion(span, indirect)
}

/// One method with its value: `tag: nightly`, or all of it spelled out.
fn mapping(yaml: &Yaml, indirect: Indirect) -> Result<Expression> {
    let (method, value, full) = match (yaml.pairs(), yaml.get("method"), yaml.get("value")) {
        ([(key, value)], _, _) => (key, value, false),
        (_, Some(method), Some(value)) => (method, value, true),
        (pairs, _, _) => {
            let keys: Vec<String> = pairs.iter().map(|(key, _)| format!("'{}'", key.display())).collect();
            return Err(Box::new(
                wrong(
                    yaml,
                    &format!(
                        "Expected either 1 key or else \"method\" and \"value\" keys, but got [{}]",
                        keys.join(", ")
                    ),
                )
                .help("write `method:` and `value:`, or one criterion in each item of a `union:`"),
            ));
        }
    };
    let flag = |key: &str| full && yaml.get(key).is_some_and(is_set);
    let depth = |key: &str| -> Result<Option<usize>> {
        match yaml.get(key).filter(|_| full) {
            // dbt: zero steps are no limit here, unlike on the command line.
            None | Some(Yaml { content: Content::Null | Content::Int(0), .. }) => Ok(None),
            Some(Yaml { content: Content::Int(depth), .. }) if *depth > 0 => Ok(usize::try_from(*depth).ok()),
            Some(other) => {
                let message = format!("Invalid node spec - could not handle parent depth {}", other.display());
                Err(wrong(other, &message).into())
            }
        }
    };
    let mode = match yaml.get("indirect_selection").filter(|_| full) {
        None => indirect,
        Some(mode) => mode.text().and_then(Indirect::from_name).ok_or_else(|| {
            let shown = mode.display();
            Box::new(
                wrong(mode, &format!("'{shown}' is not a valid IndirectSelection"))
                    .suggest(nearest(&shown, Indirect::NAMES))
                    .note(format!("modes: {}", Indirect::NAMES.join(", "))),
            )
        })?,
    };
    let criterion = Criterion {
        span: yaml.span(),
        method: Method::parse(&method.display(), &method.span()).map_err(|mut error| {
            error.message = format!("Could not read selector file data: {}", error.message);
            error.class = Class::Project;
            error
        })?,
        value: value.display(),
        literal: (value.text().is_none()).then(|| value.to_json()),
        childrens_parents: flag("childrens_parents"),
        parents: flag("parents"),
        parents_depth: depth("parents_depth")?,
        children: flag("children"),
        children_depth: depth("children_depth")?,
        indirect: mode,
    };
    if criterion.childrens_parents && criterion.children {
        return Err(Box::new(
            wrong(yaml, "Invalid node spec - \"@\" prefix and \"+\" suffix are incompatible")
                .help("remove `children`: `childrens_parents` selects all descendants already"),
        ));
    }
    let excluded = if full { exclusion(yaml, indirect)? } else { None };
    Ok(without(Expression::Criterion(Box::new(criterion)), excluded))
}

/// Whether Python takes the value for true.
fn is_set(value: &Yaml) -> bool {
    match &value.content {
        Content::Null => false,
        Content::Bool(value) => *value,
        Content::Int(number) => *number != 0,
        Content::Text(text) => !text.is_empty(),
        _ => true,
    }
}

/// A definition as the manifest keeps it: every criterion spelled out.
fn written(yaml: &Yaml) -> Value {
    let object = |pairs: Vec<(&str, Value)>| -> Value {
        Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    };
    let each = |yaml: &Yaml| -> Value { yaml.items().iter().map(written).collect() };
    match &yaml.content {
        Content::Text(text) => text_criterion(yaml, text, Indirect::Eager).map_or(Value::Null, |one| spelled(&one)),
        Content::Mapping(pairs) => {
            for key in ["union", "intersection"] {
                if let Some(parts) = yaml.get(key) {
                    return object(vec![(key, each(parts))]);
                }
            }
            match pairs.as_slice() {
                [(key, value)] if key.text() == Some("exclude") => object(vec![("exclude", each(value))]),
                [(key, value)] => object(vec![("method", key.to_json()), ("value", value.to_json())]),
                _ => yaml.to_json(),
            }
        }
        _ => yaml.to_json(),
    }
}

fn spelled(criterion: &Criterion) -> Value {
    let mut map = Map::new();
    let mut flag = |key: &str, set: bool, depth: Option<usize>| {
        if set {
            map.insert(key.to_owned(), Value::Bool(true));
            if let Some(depth) = depth {
                map.insert(format!("{key}_depth"), Value::String(depth.to_string()));
            }
        }
    };
    flag("childrens_parents", criterion.childrens_parents, None);
    flag("parents", criterion.parents, criterion.parents_depth);
    flag("children", criterion.children, criterion.children_depth);
    map.insert("method".to_owned(), Value::String(criterion.method.name()));
    map.insert("value".to_owned(), Value::String(criterion.value.clone()));
    Value::Object(map)
}
