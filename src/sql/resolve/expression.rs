//! Expressions: where their values come from.

use sqlparser::ast::{
    AccessExpr, CaseWhen, CeilFloorKind, Expr, InTarget, JsonPathElem, Query, Subscript, WindowFrameBound, WindowSpec,
    WindowType,
};

use super::resolver::Resolver;
use super::scope::Scope;
use crate::sql::{Kind, Lineage, Rule, Type, Usage};

impl Resolver<'_> {
    /// Where the value of an expression comes from, and its type.
    pub(super) fn value(&mut self, expression: &Expr, scope: &Scope<'_>) -> (Lineage, Type) {
        match expression {
            Expr::Identifier(ident) => self.identifier(ident, scope),
            Expr::CompoundIdentifier(parts) => self.compound(parts, scope),
            Expr::Nested(inner) => self.value(inner, scope),
            Expr::Value(_) | Expr::TypedString(_) | Expr::Interval(_) => {
                if let Expr::Interval(interval) = expression {
                    let (lineage, _) = self.value(&interval.value, scope);
                    return (lineage.made(Kind::Transform), Type::Interval);
                }
                (Lineage::default(), Self::literal(expression))
            }
            Expr::Function(function) => self.function(function, scope),
            Expr::Cast { expr, data_type, .. } => {
                let (lineage, _) = self.value(expr, scope);
                (lineage.made(Kind::Transform), Type::written(data_type))
            }
            Expr::BinaryOp { .. } => self.binary(expression, scope),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), scope)
            }
            Expr::Subquery(query) => self.scalar(query, scope),
            Expr::Exists { subquery, .. } => {
                self.query(subquery, &scope.ctes, Some(scope));
                (Lineage::default(), Type::Boolean)
            }
            Expr::In { expr, target, .. } => self.within(expr, target, scope),
            Expr::Between { expr, low, high, .. } => {
                let (lineage, value_type) = self.value(expr, scope);
                let mut lineage = lineage.made(Kind::Transform);
                for bound in [low, high] {
                    let (other, bound_type) = self.value(bound, scope);
                    self.must_meet(bound, value_type, bound_type);
                    lineage.add(&other, Kind::Transform);
                }
                (lineage, Type::Boolean)
            }
            Expr::JsonAccess { value, path } => {
                let (mut lineage, _) = self.value(value, scope);
                for element in &path.path {
                    if let JsonPathElem::Bracket { key } | JsonPathElem::ColonBracket { key } = element {
                        let (other, _) = self.value(key, scope);
                        lineage.add(&other, Kind::Transform);
                    }
                }
                (lineage.made(Kind::Transform), Type::Variant)
            }
            Expr::CompoundFieldAccess { root, access_chain } => self.field(root, access_chain, scope),
            Expr::Lambda(lambda) => {
                let names: Vec<String> =
                    lambda.params.iter().map(|parameter| self.dialect.name(&parameter.name).key).collect();
                let before = self.lambdas.len();
                self.lambdas.extend(names);
                let (lineage, _) = self.value(&lambda.body, scope);
                self.lambdas.truncate(before);
                (lineage.made(Kind::Transform), Type::Unknown)
            }
            Expr::Prior(inner) => self.value(inner, scope),
            Expr::OuterJoin(inner) => self.value(inner, scope),
            Expr::Named { expr, .. } => self.value(expr, scope),
            Expr::Collate { expr, .. } => {
                let (lineage, data_type) = self.value(expr, scope);
                (lineage.made(Kind::Transform), data_type)
            }
            Expr::UnaryOp { expr, op } => {
                let (lineage, data_type) = self.value(expr, scope);
                let data_type = if op.to_string().eq_ignore_ascii_case("not") { Type::Boolean } else { data_type };
                (lineage.made(Kind::Transform), data_type)
            }
            Expr::AtTimeZone { timestamp, time_zone } => (self.parts(&[timestamp, time_zone], scope), Type::Timestamp),
            Expr::Extract { expr, .. } => (self.parts(&[expr], scope), Type::Number),
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                let data_type = if matches!(field, CeilFloorKind::Scale(_)) { Type::Number } else { Type::Unknown };
                (self.parts(&[expr], scope), data_type)
            }
            Expr::Position { expr, r#in } => (self.parts(&[expr, r#in], scope), Type::Number),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let more = substring_from.iter().chain(substring_for).map(AsRef::as_ref);
                let parts: Vec<&Expr> = std::iter::once(expr.as_ref()).chain(more).collect();
                (self.parts(&parts, scope), Type::Unknown)
            }
            Expr::Trim { expr, trim_what, trim_characters, .. } => {
                let more = trim_what.iter().map(AsRef::as_ref).chain(trim_characters.iter().flatten());
                let parts: Vec<&Expr> = std::iter::once(expr.as_ref()).chain(more).collect();
                (self.parts(&parts, scope), Type::Text)
            }
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let more = overlay_for.iter().map(AsRef::as_ref);
                let parts: Vec<&Expr> =
                    [expr.as_ref(), overlay_what.as_ref(), overlay_from.as_ref()].into_iter().chain(more).collect();
                (self.parts(&parts, scope), Type::Text)
            }
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. }
            | Expr::RLike { expr, pattern, .. } => (self.parts(&[expr, pattern], scope), Type::Boolean),
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                (self.parts(&[left, right], scope), Type::Boolean)
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                let (lineage, left_type) = self.value(left, scope);
                let (other, right_type) = self.value(right, scope);
                self.must_meet(right, left_type, right_type);
                let mut lineage = lineage.made(Kind::Transform);
                lineage.add(&other, Kind::Transform);
                (lineage, Type::Boolean)
            }
            Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsJson { expr: inner, .. }
            | Expr::IsNormalized { expr: inner, .. } => (self.parts(&[inner], scope), Type::Boolean),
            Expr::Convert { expr, data_type, .. } => {
                let data_type = data_type.as_ref().map_or(Type::Unknown, Type::written);
                (self.parts(&[expr], scope), data_type)
            }
            Expr::Tuple(parts) => (self.parts(&parts.iter().collect::<Vec<_>>(), scope), Type::Unknown),
            Expr::Struct { values, .. } => (self.parts(&values.iter().collect::<Vec<_>>(), scope), Type::Object),
            Expr::Dictionary(fields) => {
                let parts: Vec<&Expr> = fields.iter().map(|field| field.value.as_ref()).collect();
                (self.parts(&parts, scope), Type::Object)
            }
            Expr::Map(map) => {
                let entries = map.entries.iter();
                let parts: Vec<&Expr> = entries.flat_map(|entry| [entry.key.as_ref(), entry.value.as_ref()]).collect();
                (self.parts(&parts, scope), Type::Object)
            }
            Expr::Array(array) => (self.parts(&array.elem.iter().collect::<Vec<_>>(), scope), Type::Array),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                (self.parts(&sets.iter().flatten().collect::<Vec<_>>(), scope), Type::Unknown)
            }
            Expr::Prefixed { value, .. } => self.value(value, scope),
            Expr::Wildcard(_) | Expr::QualifiedWildcard(..) | Expr::MatchAgainst { .. } | Expr::MemberOf(_) => {
                (Lineage::unknown("this kind of expression is not followed"), Type::Unknown)
            }
        }
    }

    /// A value that is made of several.
    pub(super) fn parts(&mut self, parts: &[&Expr], scope: &Scope<'_>) -> Lineage {
        let mut lineage = Lineage::default();
        for part in parts {
            let (other, _) = self.value(part, scope);
            lineage.add(&other, Kind::Transform);
        }
        lineage
    }

    /// An operation; long chains (`a or b or c ...`) are gone through without recursion.
    fn binary(&mut self, expression: &Expr, scope: &Scope<'_>) -> (Lineage, Type) {
        let mut rest = expression;
        let mut chain = Vec::new();
        while let Expr::BinaryOp { left, op, right } = rest {
            chain.push((op, right.as_ref()));
            rest = left;
        }
        let (mut lineage, mut data_type) = self.value(rest, scope);
        for (operator, right) in chain.into_iter().rev() {
            let (other, right_type) = self.value(right, scope);
            lineage.add(&other, Kind::Transform);
            data_type = self.operation(operator, right, data_type, right_type);
        }
        (lineage.made(Kind::Transform), data_type)
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> (Lineage, Type) {
        let mut lineage = Lineage::default();
        if let Some(operand) = operand {
            let (other, operand_type) = self.value(operand, scope);
            lineage.add(&other, Kind::Transform);
            for branch in conditions {
                let (other, value_type) = self.value(&branch.condition, scope);
                lineage.add(&other, Kind::Transform);
                self.must_meet(&branch.condition, operand_type, value_type);
            }
        } else {
            for branch in conditions {
                let (other, data_type) = self.value(&branch.condition, scope);
                self.must_be_boolean(&branch.condition, data_type);
                lineage.add(&other, Kind::Transform);
            }
        }
        let mut data_type = Type::Null;
        for result in conditions.iter().map(|branch| &branch.result).chain(otherwise) {
            let (other, other_type) = self.value(result, scope);
            lineage.add(&other, Kind::Transform);
            if data_type.never_meets(other_type) {
                let message = format!("one branch is {data_type} and another is {other_type}");
                self.find(Rule::TypeMismatch, self.place(result), message);
            }
            data_type = data_type.or(other_type);
        }
        (lineage, data_type)
    }

    /// A subquery as a value.
    pub(super) fn scalar(&mut self, query: &Query, scope: &Scope<'_>) -> (Lineage, Type) {
        let shape = self.query(query, &scope.ctes, Some(scope));
        if shape.is_closed() && shape.columns.len() > 1 {
            let message = format!("a subquery that is used as a value has {} columns", shape.columns.len());
            self.find(Rule::ColumnCount, self.place(query), message);
        }
        match shape.columns.first() {
            Some(column) if shape.counted > 0 => (column.lineage.clone().made(Kind::Transform), column.data_type),
            _ => {
                (Lineage::unknown(shape.reason().unwrap_or_else(|| "a subquery without columns".into())), Type::Unknown)
            }
        }
    }

    fn within(&mut self, expression: &Expr, target: &InTarget, scope: &Scope<'_>) -> (Lineage, Type) {
        let (lineage, data_type) = self.value(expression, scope);
        let mut lineage = lineage.made(Kind::Transform);
        match target {
            InTarget::List(list) => {
                for item in list {
                    let (other, item_type) = self.value(item, scope);
                    self.must_meet(item, data_type, item_type);
                    lineage.add(&other, Kind::Transform);
                }
            }
            InTarget::Subquery(query) => {
                let shape = self.query(query, &scope.ctes, Some(scope));
                for column in &shape.columns {
                    lineage.add(&column.lineage, Kind::Transform);
                }
                if let Some(reason) = shape.reason() {
                    lineage.unknown.get_or_insert(reason);
                }
                let is_tuple = matches!(expression, Expr::Tuple(_));
                if !is_tuple && shape.is_closed() && shape.columns.len() > 1 {
                    let message = format!("the subquery of `in` has {} columns", shape.columns.len());
                    self.find(Rule::ColumnCount, self.place(query.as_ref()), message);
                } else if let (false, [only]) = (is_tuple, shape.columns.as_slice()) {
                    self.must_meet(expression, data_type, only.data_type);
                }
            }
            InTarget::Unnest(list) => {
                let (other, _) = self.value(list, scope);
                lineage.add(&other, Kind::Transform);
            }
            InTarget::Table { .. } => lineage = Lineage::unknown("`in` over a table's name"),
        }
        (lineage, Type::Boolean)
    }

    fn field(&mut self, root: &Expr, chain: &[AccessExpr], scope: &Scope<'_>) -> (Lineage, Type) {
        let (lineage, _) = self.value(root, scope);
        let mut lineage = lineage.made(Kind::Transform);
        for access in chain {
            let inner: Vec<&Expr> = match access {
                // The name of a field, or a function that is called as a method.
                AccessExpr::Dot(Expr::Identifier(_) | Expr::Value(_)) => Vec::new(),
                AccessExpr::Dot(Expr::Function(function)) => super::calls::arguments(function),
                AccessExpr::Dot(other) => vec![other],
                AccessExpr::Subscript(Subscript::Index { index }) => vec![index],
                AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
                    lower_bound.iter().chain(upper_bound).chain(stride).collect()
                }
            };
            let other = self.parts(&inner, scope);
            lineage.add(&other, Kind::Transform);
        }
        (lineage, Type::Unknown)
    }

    /// What the window of a call reads.
    pub(super) fn over(&mut self, window: &WindowType, scope: &Scope<'_>) -> Lineage {
        match window {
            WindowType::WindowSpec(spec) => self.window(spec, scope),
            WindowType::NamedWindow(name) => {
                let key = self.dialect.name(name).key;
                scope.windows.get(&key).cloned().unwrap_or_default()
            }
        }
    }

    /// What a window reads.
    pub(super) fn window(&mut self, spec: &WindowSpec, scope: &Scope<'_>) -> Lineage {
        let mut lineage = Lineage::default();
        if let Some(name) = &spec.window_name {
            let key = self.dialect.name(name).key;
            lineage = scope.windows.get(&key).cloned().unwrap_or_default();
        }
        for expression in &spec.partition_by {
            let (other, _) = self.value(expression, scope);
            self.uses(&other, Usage::Group);
            lineage.add(&other, Kind::Transform);
        }
        for order in &spec.order_by {
            let (other, _) = self.value(&order.expr, scope);
            self.uses(&other, Usage::Order);
            lineage.add(&other, Kind::Transform);
        }
        if let Some(frame) = &spec.window_frame {
            for bound in [Some(&frame.start_bound), frame.end_bound.as_ref()].into_iter().flatten() {
                if let WindowFrameBound::Preceding(Some(expression)) | WindowFrameBound::Following(Some(expression)) =
                    bound
                {
                    let (other, _) = self.value(expression, scope);
                    lineage.add(&other, Kind::Transform);
                }
            }
        }
        lineage
    }
}
