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
mod listing;
mod metric;
mod record;
mod relation;
mod table;
mod table_text;

pub use adapter::{AdapterValue, call_macro};
pub use column::{ColumnClass, ColumnValue};
pub use config::ConfigValue;
pub use exceptions::ExceptionsValue;
pub use function::{configured_function, function};
use function_config::function_config;
pub use listing::{functions_of, relations as relations_of};
pub use metric::{MetricReference, MetricValue};
pub use record::RecordValue;
pub use relation::{Naming, RelationClass, RelationData};
pub use table::Table;
