//! Python's values and functions, as far as templates meet them.

mod clock;
mod collections;
mod datetime;
mod decimal;
mod filters;
mod format;
mod function;
mod globals;
mod iteration;
mod json;
mod methods;
mod operators;
mod ordering;
mod regex;
mod strings;
mod text;
mod text_filters;
mod undefined;
mod zone;

pub use collections::{Dict, List, Set, dict, iterate, list, pairs, set, tuple};
pub use datetime::{Date, DateTime, Delta, date_value, datetime_value};
pub use decimal::Decimal;
pub use filters::filter_names;
pub use function::{BoundMethod, Function, Module, Native};
pub use globals::{convert, is_global};
pub use json::{json_text, value_from_json, value_from_yaml, value_to_json, value_to_yaml};
pub use methods::install;
pub use operators::operator;
pub use ordering::{order, total_order};
pub use text::{integer, real, repr, to_str, type_name};
pub use undefined::{ParseUndefined, is_undefined};
pub use zone::Zone;
