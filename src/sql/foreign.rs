//! A query in another dialect than its project's: `dialect: duckdb` on a model of a Snowflake project.
//!
//! It is resolved by its own rules, with the project's relations under the names that these rules give them; what it
//! gives and reads is then named as the rest of the project compares names.

use std::collections::BTreeMap;

use super::{Dialect, Origin, Quoted, Resolved, Schemas};

impl Resolved {
    /// The same with names as the project compares them; `own` is the dialect that the query was resolved in.
    pub(super) fn in_dialect(mut self, dialect: Dialect, own: Dialect, schemas: &Schemas) -> Self {
        let reads = std::mem::take(&mut self.reads);
        let origin = |origin: &Origin| {
            let relation = reads[origin.relation].id.as_ref().and_then(|id| schemas.by_id(id));
            let known = relation.and_then(|relation| {
                let columns = relation.columns.columns.iter();
                columns.map(|column| &column.name).find(|name| own.key(&name.text, Quoted::No) == *origin.column)
            });
            let key = known.map_or_else(|| dialect.key(&origin.column, Quoted::No), |name| name.key.clone());
            Origin { relation: origin.relation, column: key.into() }
        };
        for column in &mut self.shape.columns {
            column.name = column.name.as_ref().map(|name| dialect.plain(&name.text));
            let from: BTreeMap<_, _> = column.lineage.from.iter().map(|(from, kind)| (origin(from), *kind)).collect();
            column.lineage.from = from;
        }
        self.used = self.used.iter().map(|(from, usage)| (origin(from), *usage)).collect();
        self.reads = reads;
        self
    }
}
