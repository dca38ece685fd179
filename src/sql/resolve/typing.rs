//! Mistakes between types, only where every warehouse that we know refuses.

use sqlparser::ast::{BinaryOperator, Expr, Function, Value};

use super::resolver::Resolver;
use crate::sql::{Dialect, Rule, Type};

impl Resolver<'_> {
    /// The type of a literal.
    pub(super) fn literal(expression: &Expr) -> Type {
        match expression {
            Expr::Interval(_) => Type::Interval,
            Expr::TypedString(typed) => Type::written(&typed.data_type),
            Expr::Value(value) => match &value.value {
                Value::Number(..) => Type::Number,
                Value::Boolean(_) => Type::Boolean,
                Value::Null => Type::Null,
                // A text stands for a value of any type.
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    /// Two values that are compared.
    pub(super) fn must_meet(&mut self, at: &Expr, left: Type, right: Type) {
        if left.never_meets(right) {
            let message = format!("{left} is compared with {right}");
            self.find(Rule::TypeMismatch, self.place(at), message);
        }
    }

    /// A value that is a condition.
    ///
    /// Snowflake and DuckDB take numbers and texts for conditions as well.
    pub(super) fn must_be_boolean(&mut self, at: &Expr, data_type: Type) {
        let is_wrong = matches!(
            data_type,
            Type::Date | Type::Time | Type::Timestamp | Type::Interval | Type::Array | Type::Object
        );
        if is_wrong {
            let message = format!("a condition must be true or false, and this is {data_type}");
            self.find(Rule::TypeMismatch, self.place(at), message);
        }
    }

    /// The type of an operation; `at` is its right side.
    pub(super) fn operation(&mut self, operator: &BinaryOperator, at: &Expr, left: Type, right: Type) -> Type {
        use BinaryOperator as Operator;
        match operator {
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::Spaceship => {
                self.must_meet(at, left, right);
                Type::Boolean
            }
            Operator::And | Operator::Or | Operator::Xor => {
                self.must_be_boolean(at, right);
                Type::Boolean
            }
            Operator::Plus | Operator::Minus => self.sum(operator, at, left, right),
            Operator::Multiply | Operator::Divide | Operator::Modulo | Operator::DuckIntegerDivide => {
                let is_day = |one: Type| one.is_day() || one == Type::Time || one == Type::Boolean;
                if (is_day(left) && right == Type::Number) || (is_day(right) && left == Type::Number) {
                    // Snowflake and DuckDB turn no date and no boolean into a number here, but DuckDB a boolean.
                    let boolean = left == Type::Boolean || right == Type::Boolean;
                    if !boolean {
                        self.no_operation(operator, at, left, right);
                    }
                }
                if left == Type::Number && right == Type::Number { Type::Number } else { Type::Unknown }
            }
            Operator::StringConcat => {
                if left == Type::Array || right == Type::Array {
                    Type::Unknown
                } else {
                    Type::Text
                }
            }
            _ => Type::Unknown,
        }
    }

    fn sum(&mut self, operator: &BinaryOperator, at: &Expr, left: Type, right: Type) -> Type {
        let minus = *operator == BinaryOperator::Minus;
        match (left, right) {
            (Type::Number, Type::Number) => Type::Number,
            // Both: a day has no sum with a day.
            (one, two) if one.is_day() && two.is_day() && !minus => {
                self.no_operation(operator, at, left, right);
                Type::Unknown
            }
            (one, Type::Boolean) | (Type::Boolean, one) if one.is_day() => {
                self.no_operation(operator, at, left, right);
                Type::Unknown
            }
            // Both: only a date moves by days that are a number.
            (Type::Timestamp, Type::Number) => {
                self.no_operation(operator, at, left, right);
                Type::Unknown
            }
            (Type::Text, Type::Number) | (Type::Number, Type::Text) if self.dialect == Dialect::DuckDb => {
                self.no_operation(operator, at, left, right);
                Type::Unknown
            }
            (Type::Date, Type::Number) => Type::Date,
            _ => Type::Unknown,
        }
    }

    fn no_operation(&mut self, operator: &BinaryOperator, at: &Expr, left: Type, right: Type) {
        let message = format!("there is no `{operator}` for {left} and {right}");
        self.find(Rule::TypeMismatch, self.place(at), message);
    }

    /// The arguments of a call.
    pub(super) fn must_take(&mut self, name: &str, function: &Function, types: &[Type]) {
        let Some(first) = types.first().copied() else { return };
        let is_wrong = match name {
            "sum" | "avg" | "stddev" | "stddev_pop" | "stddev_samp" | "variance" | "var_pop" | "var_samp" => {
                let never = matches!(first, Type::Array | Type::Object | Type::Binary)
                    || (first.is_day() && (self.dialect == Dialect::Snowflake || name == "sum"));
                // Snowflake turns texts into numbers. DuckDB does not.
                never || (self.dialect == Dialect::DuckDb && first == Type::Text && matches!(name, "sum" | "avg"))
            }
            "abs" | "sqrt" | "ln" | "exp" => {
                first.is_day() || matches!(first, Type::Boolean | Type::Array | Type::Object)
            }
            _ => false,
        };
        if is_wrong {
            let message = format!("`{name}` takes no {first}");
            self.find(Rule::TypeMismatch, self.place(&function.name), message);
        }
    }
}
