//! dbt's own objects in templates.

mod adapter;
mod behavior;
mod column;
mod config;
mod constraint;
mod exceptions;
mod external;
mod function;
mod function_config;
mod index;
mod metric;
mod relation;
mod result;
mod table;

pub use adapter::{AdapterValue, call_macro};
pub use column::{ColumnClass, ColumnValue, translate_type};
pub use config::ConfigValue;
pub use exceptions::ExceptionsValue;
pub use function::function;
use function_config::function_config;
pub use metric::{MetricReference, MetricValue};
pub use relation::{RelationClass, RelationData};
pub use result::ResultValue;
pub use table::Table;
