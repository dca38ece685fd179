//! Answers a query: searches the criteria, adds relatives and tests, combines the sets.

use super::indirect::{Bundle, expand, settle};
use super::method::search;
use super::relatives::{self, Ids, ancestors, childrens_parents, descendants};
use super::{Criterion, Expression, Indirect, Method, Operator, Query, Selected, Selection, Set, grammar, hints};
use crate::diagnostic::{Class, Diagnostic, Result, Span, nearest};
use crate::event::WarningKind;
use crate::manifest::Manifest;

/// The nodes that a query asks for.
///
/// # Errors
/// A criterion that cannot be read, or a method that cannot be answered.
#[tracing::instrument(level = "debug", skip_all)]
pub fn nodes(manifest: &Manifest, query: &Query) -> Result<Selected> {
    let mut evaluation = Evaluation { manifest, query, open: Vec::new(), warnings: Vec::new() };
    let found = match &query.selector {
        Some(name) => evaluation.expression(&query.selectors.get(name)?.definition)?.direct,
        None => evaluation.set(&asked(query)?)?.direct,
    };
    // A test of something that is not there stays in the manifest, switched off.
    let stays =
        |id: &&str| manifest.node(id).is_some_and(|node| query.keeps(node.resource_type) && node.config.enabled());
    let kept: Ids = found.into_iter().filter(stays).collect();
    let selection = relatives::sorted(manifest, &kept).into_iter().map(str::to_owned).collect();
    Ok(Selected { selection, warnings: evaluation.warnings })
}

/// These nodes in the order in which commands take them; what there is not is left out.
pub fn sorted(manifest: &Manifest, ids: &[String]) -> Selection {
    let known: Ids = ids.iter().filter_map(|id| manifest.nodes.get_key_value(id)).map(|(id, _)| id.as_str()).collect();
    relatives::sorted(manifest, &known).into_iter().map(str::to_owned).collect()
}

/// What the values of `--select` and `--exclude` mean.
fn asked(query: &Query) -> Result<Set> {
    let include = match query.select.as_slice() {
        [] => Expression::Everything,
        values => grammar::union(values, "--select", query.indirect)?,
    };
    let mut parts = vec![include];
    if !query.exclude.is_empty() {
        parts.push(grammar::union(&query.exclude, "--exclude", query.indirect)?);
    }
    // dbt: tests that wait are settled within `--select` and within `--exclude`, not between them.
    Ok(Set { operator: Operator::Difference, parts, indirect: Indirect::Eager, expected: None })
}

pub(super) struct Evaluation<'m> {
    pub(super) manifest: &'m Manifest,
    pub(super) query: &'m Query,
    /// Names of the selectors that are being evaluated, each within the one before.
    open: Vec<&'m str>,
    pub(super) warnings: Vec<(WarningKind, Diagnostic)>,
}

impl<'m> Evaluation<'m> {
    fn expression(&mut self, expression: &Expression) -> Result<Bundle<'m>> {
        match expression {
            Expression::Everything => {
                let direct = self.manifest.nodes.keys().map(String::as_str).collect();
                Ok(Bundle { direct, waiting: Ids::new() })
            }
            Expression::Criterion(criterion) => self.criterion(criterion),
            Expression::Set(set) => self.set(set),
        }
    }

    fn criterion(&mut self, criterion: &Criterion) -> Result<Bundle<'m>> {
        let found = match criterion.method {
            Method::Column => {
                let found = self.column(criterion)?;
                return Ok(expand(self.manifest, found, criterion.indirect));
            }
            Method::Selector => self.selector(criterion)?,
            _ => search(self.manifest, criterion, self.query.state.as_deref(), &mut self.warnings)?,
        };
        let mut selected = found.clone();
        if criterion.childrens_parents {
            selected.extend(childrens_parents(self.manifest, &found));
        }
        if criterion.parents {
            selected.extend(ancestors(self.manifest, &found, criterion.parents_depth));
        }
        if criterion.children {
            selected.extend(descendants(self.manifest, &found, criterion.children_depth));
        }
        if criterion.method == Method::Selector {
            // dbt: the selector has its tests already, and those that it leaves out stay out.
            return Ok(Bundle { direct: selected, waiting: Ids::new() });
        }
        Ok(expand(self.manifest, selected, criterion.indirect))
    }

    /// The nodes of the selectors that a criterion names.
    fn selector(&mut self, criterion: &Criterion) -> Result<Ids<'m>> {
        let wanted = criterion.value.as_str();
        let query = self.query;
        let fitting = query.selectors.fitting(wanted);
        if fitting.is_empty() {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Project,
                    format!("Selector '{wanted}' did not match any selector in selectors.yml"),
                )
                .label(criterion.span.clone(), "no selector of this name")
                .suggest(nearest(wanted, query.selectors.names())),
            ));
        }
        let mut found = Ids::new();
        for (name, selector) in fitting {
            if let Some(at) = self.open.iter().position(|open| *open == name) {
                let circle: Vec<&str> = self.open[at..].iter().copied().chain([name]).collect();
                return Err(Box::new(
                    Diagnostic::error(
                        Class::Project,
                        format!("Circular dependency detected in selector: {}", circle.join(" -> ")),
                    )
                    .label(criterion.span.clone(), "leads back to itself"),
                ));
            }
            self.open.push(name);
            let nodes = self.expression(&selector.definition)?.direct;
            self.open.pop();
            // dbt: what the command does not take is left out before graph operators are applied.
            found.extend(
                nodes
                    .into_iter()
                    .filter(|id| self.manifest.node(id).is_some_and(|node| query.keeps(node.resource_type))),
            );
        }
        Ok(found)
    }

    fn set(&mut self, set: &Set) -> Result<Bundle<'m>> {
        let mut direct: Option<Ids<'m>> = None;
        let mut waiting = Ids::new();
        let mut unmatched = Vec::new();
        for part in &set.parts {
            let mut bundle = self.expression(part)?;
            if let (Expression::Criterion(criterion), true) = (part, bundle.direct.is_empty()) {
                unmatched.push(criterion.as_ref());
            }
            bundle.waiting.extend(&bundle.direct);
            match &mut direct {
                None => {
                    direct = Some(bundle.direct);
                    waiting = bundle.waiting;
                }
                Some(direct) => {
                    combine(set.operator, direct, &bundle.direct);
                    combine(set.operator, &mut waiting, &bundle.waiting);
                }
            }
        }
        let mut direct = direct.unwrap_or_default();
        settle(self.manifest, &mut direct, &waiting, set.indirect);
        if let (Some(span), true) = (&set.expected, direct.is_empty()) {
            self.warnings.push((WarningKind::NoNodesForSelectionCriteria, nothing(self.manifest, span, &unmatched)));
        }
        Ok(Bundle { direct, waiting })
    }
}

fn combine<'m>(operator: Operator, into: &mut Ids<'m>, other: &Ids<'m>) {
    match operator {
        Operator::Union => into.extend(other),
        Operator::Intersection => into.retain(|id| other.contains(id)),
        Operator::Difference => into.retain(|id| !other.contains(id)),
    }
}

/// dbt: `NoNodesForSelectionCriteria`.
fn nothing(manifest: &Manifest, span: &Span, unmatched: &[&Criterion]) -> Diagnostic {
    let text = span.source.text().get(span.range.clone()).unwrap_or_default();
    let mut warning =
        Diagnostic::warning(Class::Usage, format!("The selection criterion '{text}' does not match any enabled nodes"));
    warning = warning.kind(WarningKind::NoNodesForSelectionCriteria).field("spec_raw", text);
    if unmatched.is_empty() {
        return warning
            .label(span.clone(), "no node is in every part")
            .note("each part matches nodes, but none that all parts share");
    }
    for criterion in unmatched {
        warning = warning.label(criterion.span.clone(), "matches nothing");
        for hint in hints::hints(manifest, criterion) {
            warning = warning.help(hint);
        }
    }
    warning
}

#[cfg(test)]
mod tests {
    use super::super::sample::{manifest, names, select};
    use super::*;

    #[test]
    fn everything_is_parents_first() {
        let found = nodes(&manifest(), &Query::default()).unwrap();
        assert_eq!(found.selection.len(), manifest().nodes.len());
        let ids: Vec<&str> = found.selection.iter().collect();
        let place = |id: &str| ids.iter().position(|other| *other == id).unwrap();
        assert!(place("source.shop.raw.orders") < place("model.shop.stg_orders"));
        assert!(place("model.shop.stg_orders") < place("model.shop.orders"));
        assert!(place("model.shop.orders") < place("exposure.shop.board"));
        assert_eq!(ids[0], "model.tools.calendar");
    }

    #[test]
    fn operators_walk_the_graph() {
        let manifest = manifest();
        let models = |select: &str| {
            let query = Query {
                select: vec![select.to_owned()],
                resource_types: vec![crate::manifest::ResourceType::Model],
                ..Query::default()
            };
            names(&nodes(&manifest, &query).unwrap())
        };
        assert_eq!(models("stg_orders+1"), ["stg_orders", "orders"]);
        assert_eq!(models("stg_orders+"), ["stg_orders", "orders", "report"]);
        assert_eq!(models("1+report"), ["orders", "report"]);
        assert_eq!(models("0+report"), ["report"]);
        assert_eq!(models("+report"), ["stg_customers", "stg_orders", "orders", "report"]);
        assert_eq!(models("@stg_orders"), ["stg_customers", "stg_orders", "orders", "report"]);
        assert_eq!(models("stg_orders+,+orders"), ["stg_orders", "orders"]);
        assert_eq!(models("source:raw+1"), ["stg_customers", "stg_orders"]);
    }

    #[test]
    fn tests_come_along_by_mode() {
        let manifest = manifest();
        let with = |select: &str, indirect| {
            let query = Query { select: vec![select.to_owned()], indirect, ..Query::default() };
            names(&nodes(&manifest, &query).unwrap())
        };
        let both = "relationship_orders_customers";
        let orders = with("orders", Indirect::Eager);
        assert_eq!(orders, ["orders", "not_null_orders_id", both, "unit_orders"]);
        assert_eq!(with("orders", Indirect::Cautious), ["orders", "not_null_orders_id", "unit_orders"]);
        assert_eq!(with("orders", Indirect::Buildable), orders);
        assert_eq!(with("stg_customers", Indirect::Buildable), ["stg_customers"]);
        assert_eq!(with("orders", Indirect::Empty), ["orders"]);
        let pair = ["stg_customers", "orders", "not_null_orders_id", both, "unit_orders"];
        assert_eq!(with("orders stg_customers", Indirect::Cautious), pair);
        assert_eq!(with("orders stg_customers", Indirect::Empty), ["stg_customers", "orders"]);
        assert_eq!(with("stg_customers,stg_customers", Indirect::Cautious), ["stg_customers"]);
    }

    #[test]
    fn exclusion_takes_its_tests_with_it() {
        let manifest = manifest();
        let query = Query { select: vec!["orders".into()], exclude: vec!["stg_customers".into()], ..Query::default() };
        let found = nodes(&manifest, &query).unwrap();
        assert_eq!(names(&found), ["orders", "not_null_orders_id", "unit_orders"]);
        let cautious = Query { indirect: Indirect::Cautious, select: vec!["orders stg_customers".into()], ..query };
        let found = nodes(&manifest, &cautious).unwrap();
        // The shared test was settled within `--select`, and excluding one parent does not take it away again.
        assert_eq!(names(&found), ["orders", "not_null_orders_id", "relationship_orders_customers", "unit_orders"]);
    }

    #[test]
    fn an_empty_criterion_warns_with_a_place() {
        let manifest = manifest();
        let found = select(&manifest, &["orders ordrs tag:nighty,orders"]).unwrap();
        let messages: Vec<&str> = found.warnings.iter().map(|(_, warning)| warning.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "The selection criterion 'ordrs' does not match any enabled nodes",
                "The selection criterion 'tag:nighty,orders' does not match any enabled nodes",
            ]
        );
        assert_eq!(found.warnings[0].1.help, ["did you mean `orders`?"]);
        assert_eq!(found.warnings[1].1.help, ["did you mean `tag:nightly`?"]);
        assert_eq!(found.warnings[1].1.span().unwrap().range, 13..23);
        let found = select(&manifest, &["orders,stg_orders,resource_type:model"]).unwrap();
        assert_eq!(found.warnings.len(), 1);
        assert_eq!(found.warnings[0].1.notes.len(), 1);
        let query = Query { exclude: vec!["nothing_such".into()], ..Query::default() };
        assert_eq!(nodes(&manifest, &query).unwrap().warnings.len(), 1);
    }

    #[test]
    fn kinds_filter_at_the_end() {
        use crate::manifest::ResourceType;
        let manifest = manifest();
        let query = Query {
            select: vec!["+orders".into()],
            resource_types: vec![ResourceType::Source, ResourceType::Test],
            exclude_resource_types: vec![ResourceType::Test],
            ..Query::default()
        };
        assert_eq!(names(&nodes(&manifest, &query).unwrap()), ["customers", "orders"]);
    }
}
