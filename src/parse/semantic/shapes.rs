//! The shapes of semantic-layer entries, in both of dbt's spellings.
//!
//! dbt: `Unparsed*` in `dbt.contracts.graph.unparsed`.

use crate::parse::shape::Need::{Nullable, Optional, Required};
use crate::parse::shape::{Key, Shape};

const TEXTS: Shape = Shape::List(&Shape::Text);
const TEXT_OR_TEXTS: Shape = Shape::Either(&[Shape::Text, TEXTS]);

const VALIDITY: Shape = Shape::Object(&[("is_start", Optional, Shape::Bool), ("is_end", Optional, Shape::Bool)]);

const ENTITY: Shape = Shape::Object(&[
    ("type", Required, Shape::Text),
    ("name", Required, Shape::Text),
    ("description", Nullable, Shape::Text),
    ("label", Nullable, Shape::Text),
    ("config", Optional, Shape::Map),
    ("role", Nullable, Shape::Text),
    ("expr", Nullable, Shape::Text),
]);

const DIMENSION: Shape = Shape::Object(&[
    ("type", Required, Shape::Text),
    ("name", Required, Shape::Text),
    ("description", Nullable, Shape::Text),
    ("label", Nullable, Shape::Text),
    ("is_partition", Optional, Shape::Bool),
    ("config", Optional, Shape::Map),
    (
        "type_params",
        Nullable,
        Shape::Object(&[("time_granularity", Required, Shape::Text), ("validity_params", Nullable, VALIDITY)]),
    ),
    ("expr", Nullable, Shape::Text),
]);

const MEASURE: Shape = Shape::Object(&[
    ("name", Required, Shape::Text),
    ("agg", Required, Shape::Text),
    ("description", Nullable, Shape::Text),
    ("label", Nullable, Shape::Text),
    ("expr", Nullable, Shape::Either(&[Shape::Text, Shape::Bool, Shape::Int])),
    (
        "agg_params",
        Nullable,
        Shape::Object(&[
            ("percentile", Nullable, Shape::Number),
            ("use_discrete_percentile", Optional, Shape::Bool),
            ("use_approximate_percentile", Optional, Shape::Bool),
        ]),
    ),
    (
        "non_additive_dimension",
        Nullable,
        Shape::Object(&[
            ("name", Required, Shape::Text),
            ("window_choice", Required, Shape::Text),
            ("window_groupings", Optional, TEXTS),
        ]),
    ),
    ("agg_time_dimension", Nullable, Shape::Text),
    ("create_metric", Optional, Shape::Bool),
    ("config", Optional, Shape::Map),
]);

/// An entry of `semantic_models:`.
pub const SEMANTIC_MODEL: Shape = Shape::Object(&[
    ("name", Required, Shape::Text),
    ("model", Required, Shape::Text),
    ("config", Optional, Shape::Map),
    ("description", Nullable, Shape::Text),
    ("label", Nullable, Shape::Text),
    ("defaults", Nullable, Shape::Object(&[("agg_time_dimension", Nullable, Shape::Text)])),
    ("entities", Optional, Shape::List(&ENTITY)),
    ("measures", Optional, Shape::List(&MEASURE)),
    ("dimensions", Optional, Shape::List(&DIMENSION)),
    ("primary_entity", Nullable, Shape::Text),
]);

const INPUT_MEASURE: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Object(&[
        ("name", Required, Shape::Text),
        ("filter", Nullable, TEXT_OR_TEXTS),
        ("alias", Nullable, Shape::Text),
        ("join_to_timespine", Optional, Shape::Bool),
        ("fill_nulls_with", Nullable, Shape::Int),
    ]),
]);

const INPUT_METRIC: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Object(&[
        ("name", Required, Shape::Text),
        ("filter", Nullable, TEXT_OR_TEXTS),
        ("alias", Nullable, Shape::Text),
        ("offset_window", Nullable, Shape::Text),
        ("offset_to_grain", Nullable, Shape::Text),
    ]),
]);

const CONSTANT_PROPERTIES: Shape = Shape::List(&Shape::Object(&[
    ("base_property", Required, Shape::Text),
    ("conversion_property", Required, Shape::Text),
]));

const TYPE_PARAMS: Shape = Shape::Object(&[
    ("measure", Nullable, INPUT_MEASURE),
    ("numerator", Nullable, INPUT_METRIC),
    ("denominator", Nullable, INPUT_METRIC),
    ("expr", Nullable, Shape::Either(&[Shape::Text, Shape::Bool])),
    ("window", Nullable, Shape::Text),
    ("grain_to_date", Nullable, Shape::Text),
    ("metrics", Nullable, Shape::List(&INPUT_METRIC)),
    (
        "conversion_type_params",
        Nullable,
        Shape::Object(&[
            ("base_measure", Required, INPUT_MEASURE),
            ("conversion_measure", Required, INPUT_MEASURE),
            ("entity", Required, Shape::Text),
            ("calculation", Optional, Shape::Text),
            ("window", Nullable, Shape::Text),
            ("constant_properties", Nullable, CONSTANT_PROPERTIES),
        ]),
    ),
    (
        "cumulative_type_params",
        Nullable,
        Shape::Object(&[
            ("window", Nullable, Shape::Text),
            ("grain_to_date", Nullable, Shape::Text),
            ("period_agg", Optional, Shape::Text),
        ]),
    ),
]);

/// An entry of `metrics:` with `type_params`.
pub const METRIC_WITH_PARAMS: Shape = Shape::Object(&[
    ("name", Required, Shape::Text),
    ("label", Required, Shape::Text),
    ("type_params", Required, TYPE_PARAMS),
    ("type", Optional, Shape::Text),
    ("description", Optional, Shape::Text),
    ("filter", Nullable, TEXT_OR_TEXTS),
    ("time_granularity", Nullable, Shape::Text),
    ("config", Optional, Shape::Map),
    ("meta", Optional, Shape::Map),
    ("tags", Optional, TEXTS),
]);

const FLAT_METRIC: &[Key] = &[
    ("name", Required, Shape::Text),
    ("type", Optional, Shape::Text),
    ("label", Nullable, Shape::Text),
    ("description", Optional, Shape::Text),
    ("filter", Nullable, TEXT_OR_TEXTS),
    ("time_granularity", Nullable, Shape::Text),
    ("config", Optional, Shape::Map),
    ("hidden", Optional, Shape::Bool),
    ("agg", Nullable, Shape::Text),
    ("percentile", Nullable, Shape::Number),
    ("percentile_type", Nullable, Shape::Text),
    ("join_to_timespine", Nullable, Shape::Bool),
    ("fill_nulls_with", Nullable, Shape::Int),
    ("expr", Nullable, Shape::Either(&[Shape::Text, Shape::Int])),
    (
        "non_additive_dimension",
        Nullable,
        Shape::Object(&[
            ("name", Required, Shape::Text),
            ("window_agg", Required, Shape::Text),
            ("group_by", Optional, TEXTS),
        ]),
    ),
    ("agg_time_dimension", Nullable, Shape::Text),
    ("window", Nullable, Shape::Text),
    ("grain_to_date", Nullable, Shape::Text),
    ("period_agg", Optional, Shape::Text),
    ("input_metric", Nullable, INPUT_METRIC),
    ("numerator", Nullable, INPUT_METRIC),
    ("denominator", Nullable, INPUT_METRIC),
    ("input_metrics", Nullable, Shape::List(&INPUT_METRIC)),
    ("entity", Nullable, Shape::Text),
    ("calculation", Nullable, Shape::Text),
    ("base_metric", Nullable, INPUT_METRIC),
    ("conversion_metric", Nullable, INPUT_METRIC),
    ("constant_properties", Nullable, CONSTANT_PROPERTIES),
];

/// An entry of `metrics:` without `type_params`, there or on a model.
pub const METRIC: Shape = Shape::Object(FLAT_METRIC);

/// An entry of `saved_queries:`.
pub const SAVED_QUERY: Shape = Shape::Object(&[
    ("name", Required, Shape::Text),
    (
        "query_params",
        Required,
        Shape::Object(&[
            ("metrics", Optional, TEXTS),
            ("group_by", Optional, TEXTS),
            ("where", Nullable, TEXT_OR_TEXTS),
            ("order_by", Optional, TEXTS),
            ("limit", Nullable, Shape::Int),
        ]),
    ),
    ("description", Nullable, Shape::Text),
    ("label", Nullable, Shape::Text),
    (
        "exports",
        Optional,
        Shape::List(&Shape::Object(&[("name", Required, Shape::Text), ("config", Optional, Shape::Map)])),
    ),
    ("config", Optional, Shape::Map),
    ("tags", Optional, TEXT_OR_TEXTS),
]);

/// `semantic_model:` of a model.
pub const MODEL_SEMANTICS: Shape = Shape::Either(&[
    Shape::Bool,
    Shape::Object(&[
        ("name", Nullable, Shape::Text),
        ("enabled", Optional, Shape::Bool),
        ("group", Nullable, Shape::Text),
        ("config", Nullable, Shape::Object(&[("meta", Optional, Shape::Map)])),
    ]),
]);

/// `derived_semantics:` of a model.
pub const DERIVED_SEMANTICS: Shape = Shape::Object(&[
    (
        "entities",
        Optional,
        Shape::List(&Shape::Object(&[
            ("type", Required, Shape::Text),
            ("expr", Required, Shape::Text),
            ("name", Nullable, Shape::Text),
            ("description", Nullable, Shape::Text),
            ("label", Nullable, Shape::Text),
            ("config", Optional, Shape::Map),
        ])),
    ),
    (
        "dimensions",
        Optional,
        Shape::List(&Shape::Object(&[
            ("type", Required, Shape::Text),
            ("name", Required, Shape::Text),
            ("expr", Required, Shape::Text),
            ("granularity", Nullable, Shape::Text),
            ("validity_params", Nullable, VALIDITY),
            ("description", Nullable, Shape::Text),
            ("label", Nullable, Shape::Text),
            ("is_partition", Optional, Shape::Bool),
            ("config", Optional, Shape::Map),
        ])),
    ),
]);

/// `dimension:` of a column.
pub const COLUMN_DIMENSION: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Object(&[
        ("type", Required, Shape::Text),
        ("name", Nullable, Shape::Text),
        ("description", Nullable, Shape::Text),
        ("label", Nullable, Shape::Text),
        ("is_partition", Optional, Shape::Bool),
        ("config", Optional, Shape::Map),
        ("validity_params", Nullable, VALIDITY),
    ]),
]);

/// `entity:` of a column.
pub const COLUMN_ENTITY: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Object(&[
        ("type", Required, Shape::Text),
        ("name", Nullable, Shape::Text),
        ("description", Nullable, Shape::Text),
        ("label", Nullable, Shape::Text),
        ("config", Optional, Shape::Map),
    ]),
]);

/// `time_spine:` of a model.
pub const TIME_SPINE: Shape = Shape::Object(&[
    ("standard_granularity_column", Required, Shape::Text),
    (
        "custom_granularities",
        Optional,
        Shape::List(&Shape::Object(&[("name", Required, Shape::Text), ("column_name", Nullable, Shape::Text)])),
    ),
]);

/// Kinds of dimensions.
pub const DIMENSION_TYPES: &[&str] = &["categorical", "time"];
/// Kinds of entities.
pub const ENTITY_TYPES: &[&str] = &["foreign", "natural", "primary", "unique"];
/// Aggregations.
pub const AGGREGATIONS: &[&str] =
    &["sum", "min", "max", "count_distinct", "sum_boolean", "average", "percentile", "median", "count"];
/// How a cumulative metric is read at a coarser granularity.
pub const PERIOD_AGGREGATIONS: &[&str] = &["first", "last", "average"];
/// What a conversion metric counts.
pub const CALCULATIONS: &[&str] = &["conversions", "conversion_rate"];
/// What an export makes.
pub const EXPORTS: &[&str] = &["table", "view"];
