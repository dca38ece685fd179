//! The twenty commonest mistakes in a dbt project.
//!
//! They are those that people ask about most: names that do not exist, tags left open, YAML that says something else than
//! it looks like, configuration that nobody reads, and SQL that the warehouse refuses.

/// A mistake in a small project.
pub struct Mistake {
    /// What was done wrong.
    pub name: &'static str,
    /// Files besides the project file, the profile and `models/customers.sql`; the last one of a path wins.
    pub files: &'static [(&'static str, &'static str)],
    /// What is run.
    pub command: &'static str,
    /// The file and line that a message must name.
    pub place: &'static str,
    /// What a message must say of the way out.
    pub advice: &'static str,
}

/// The project file of every case.
pub const PROJECT: &str = "name: shop\nversion: '1.0'\nprofile: shop\nmodels:\n  shop:\n    +materialized: table\n";
/// The profile of every case.
pub const PROFILE: &str = "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n";
/// The model of every case.
pub const CUSTOMERS: &str = "select 1 as customer_id, 'Ann' as name\n";

/// All of them.
pub const MISTAKES: [Mistake; 20] = [
    Mistake {
        name: "a model's name misspelt in ref()",
        files: &[("models/orders.sql", "select *\nfrom {{ ref('custmers') }}\n")],
        command: "build",
        place: "models/orders.sql:2",
        advice: "did you mean `customers`?",
    },
    Mistake {
        name: "a source that no YAML file declares",
        files: &[
            ("models/orders.sql", "select *\nfrom {{ source('raw', 'order') }}\n"),
            ("models/sources.yml", "sources:\n  - name: raw\n    tables:\n      - name: orders\n"),
        ],
        command: "build",
        place: "models/orders.sql:2",
        advice: "did you mean `raw.orders`?",
    },
    Mistake {
        name: "a macro's name misspelt",
        files: &[
            ("macros/money.sql", "{% macro cents_to_dollars(column) %}{{ column }} / 100{% endmacro %}\n"),
            ("models/orders.sql", "select\n  {{ cents_to_dolars('1') }} as amount\n"),
        ],
        command: "build",
        place: "models/orders.sql:2",
        advice: "did you mean `cents_to_dollars`?",
    },
    Mistake {
        name: "an argument that the macro does not have",
        files: &[
            ("macros/money.sql", "{% macro cents_to_dollars(column) %}{{ column }} / 100{% endmacro %}\n"),
            ("models/orders.sql", "select\n  {{ cents_to_dollars(colum='1') }} as amount\n"),
        ],
        command: "build",
        place: "models/orders.sql:2",
        advice: "column",
    },
    Mistake {
        name: "an expression's braces not closed",
        files: &[("models/orders.sql", "select *\nfrom {{ ref('customers') }\nwhere true\n")],
        command: "build",
        place: "models/orders.sql:2",
        advice: "}}",
    },
    Mistake {
        name: "an if without its endif",
        files: &[("models/orders.sql", "select 1 as id\n{% if is_incremental() %}\nwhere true\n")],
        command: "build",
        place: "models/orders.sql:2",
        advice: "endif",
    },
    Mistake {
        name: "YAML indented wrongly",
        files: &[(
            "models/schema.yml",
            "models:\n  - name: customers\n    columns:\n      - name: customer_id\n       tests: [unique]\n",
        )],
        command: "build",
        place: "models/schema.yml:5",
        advice: "indent",
    },
    Mistake {
        name: "a variable that nobody sets",
        files: &[(
            "models/orders.sql",
            "select *\nfrom {{ ref('customers') }}\nwhere name = '{{ var('first_name') }}'\n",
        )],
        command: "build",
        place: "models/orders.sql:3",
        advice: "--vars",
    },
    Mistake {
        name: "an environment variable that is not set",
        files: &[(
            "profiles.yml",
            "shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: \"{{ env_var('SHOP_DATABASE') }}\"\n",
        )],
        command: "build",
        place: "profiles.yml:6",
        advice: "export SHOP_DATABASE",
    },
    Mistake {
        name: "two models of one name",
        files: &[("models/marts/customers.sql", "select 2 as customer_id\n")],
        command: "build",
        place: "models/marts/customers.sql:1",
        advice: "rename",
    },
    Mistake {
        name: "models that wait for each other",
        files: &[
            ("models/orders.sql", "select * from {{ ref('payments') }}\n"),
            ("models/payments.sql", "select * from {{ ref('orders') }}\n"),
        ],
        command: "build",
        place: "models/orders.sql:1",
        advice: "model of its own",
    },
    Mistake {
        name: "a comma too many in SQL",
        files: &[("models/orders.sql", "select\n  customer_id,\n  name,,\n  1 as n\nfrom {{ ref('customers') }}\n")],
        command: "build",
        place: "models/orders.sql:3",
        advice: "syntax error",
    },
    Mistake {
        name: "a column that the parent does not have",
        files: &[("models/orders.sql", "select\n  customr_id\nfrom {{ ref('customers') }}\n")],
        command: "build",
        place: "models/orders.sql:2",
        advice: "customer_id",
    },
    Mistake {
        name: "a test's name misspelt",
        files: &[(
            "models/schema.yml",
            "models:\n  - name: customers\n    columns:\n      - name: customer_id\n        data_tests:\n          - not_nul\n",
        )],
        command: "build",
        place: "models/schema.yml:6",
        advice: "did you mean `not_null`?",
    },
    Mistake {
        name: "a test without its argument",
        files: &[(
            "models/schema.yml",
            "models:\n  - name: customers\n    columns:\n      - name: name\n        data_tests:\n          - accepted_values\n",
        )],
        command: "build",
        place: "models/schema.yml:6",
        advice: "values",
    },
    Mistake {
        name: "a materialization's name misspelt",
        files: &[("models/orders.sql", "{{ config(materialized='incremetal') }}\nselect 1 as id\n")],
        command: "build",
        place: "models/orders.sql:1",
        advice: "did you mean `incremental`?",
    },
    Mistake {
        name: "a target that the profile does not have",
        files: &[("profiles.yml", "shop:\n  target: prod\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n")],
        command: "build",
        place: "profiles.yml:2",
        advice: "dev",
    },
    Mistake {
        name: "a description of a model that is not there",
        files: &[("models/schema.yml", "models:\n  - name: custmers\n    description: Who buys.\n")],
        command: "build",
        place: "models/schema.yml:2",
        advice: "did you mean `customers`?",
    },
    Mistake {
        name: "configuration of a folder that is not there",
        files: &[(
            "dbt_project.yml",
            "name: shop\nversion: '1.0'\nprofile: shop\nmodels:\n  shop:\n    stagging:\n      +materialized: view\n",
        )],
        command: "build",
        place: "dbt_project.yml:6",
        advice: "stagging",
    },
    Mistake {
        name: "a seed's row with a value too many",
        files: &[("seeds/countries.csv", "code,name\nde,Germany\nkr,Korea, Republic of\n")],
        command: "build",
        place: "seeds/countries.csv:3",
        advice: "quote",
    },
];
