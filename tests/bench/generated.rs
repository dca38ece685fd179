//! A project of any size that builds on DuckDB: a fifth of the models read sources, half join those, the rest sum up.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// Models in one folder with one properties file.
const FOLDER: usize = 25;

const PROJECT: &str = "\
name: race
version: '1.0'
profile: race
vars: {first_day: '2020-01-01'}
models:
  race:
    staging: {+materialized: view, +tags: [staging]}
    middle: {+materialized: view}
    marts: {+materialized: table, +tags: [nightly]}
seeds: {race: {+schema: raw}}
";

const PROFILES: &str = "\
race:
  target: dev
  outputs:
    dev: {type: duckdb, path: race.duckdb, schema: main, threads: 4}
";

const MACROS: &str = "\
{% macro dollars(column, digits=2) -%}
  cast({{ column }} / 100.0 as numeric(16, {{ digits }}))
{%- endmacro %}

{% macro tidy(column) -%}
  lower(trim(cast({{ column }} as {{ dbt.type_string() }})))
{%- endmacro %}

{% macro share(part, whole) -%}
  case when {{ whole }} = 0 then null else {{ part }} / {{ whole }} end
{%- endmacro %}
";

/// Writes the project; the same number of models gives the same files.
pub fn project(root: &Path, models: usize) -> io::Result<()> {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(root))?;
        std::fs::write(path, text)
    };
    write("dbt_project.yml", PROJECT)?;
    write("profiles.yml", PROFILES)?;
    write("macros/money.sql", MACROS)?;
    let mut seed = "id,buyer,state,cents,bought_at\n".to_owned();
    for row in 0..60 {
        let _ =
            writeln!(seed, "{row},{},{},{},2024-01-{:02}", row % 20, ["new", "paid"][row % 2], row * 137, 1 + row % 28);
    }
    write("seeds/raw_orders.csv", &seed)?;
    for first in (0..models).step_by(FOLDER) {
        let last = (first + FOLDER).min(models);
        let mut properties = "version: 2\nmodels:\n".to_owned();
        let mut sources = "sources:\n".to_owned();
        for index in first..last {
            let (layer, name, sql) = model(index, models);
            write(&format!("models/{layer}/part_{:03}/{name}.sql", first / FOLDER), &sql)?;
            describe(&mut properties, &name);
            if layer == "staging" {
                let _ = write!(
                    sources,
                    "  - name: shop_{index}\n    schema: main_raw\n    tables:\n      - {{name: orders, identifier: raw_orders}}\n"
                );
            }
        }
        let layer = model(first, models).0;
        let text = if sources.contains("name:") { sources + &properties } else { properties };
        write(&format!("models/{layer}/part_{:03}/_models.yml", first / FOLDER), &text)?;
    }
    Ok(())
}

/// Layer, name and template of a model; each has a unique `id`.
fn model(index: usize, models: usize) -> (&'static str, String, String) {
    let (staging, middle) = ((models / 5).max(1), (models * 7 / 10).max(1));
    if index < staging {
        let sql = format!(
            "-- depends_on: {{{{ ref('raw_orders') }}}}\nwith source as (\n    select * from {{{{ source('shop_{index}', 'orders') }}}}\n)\n\n\
             select\n    cast(id as integer) as id,\n    cast(buyer as integer) as buyer,\n    {{{{ tidy('state') }}}} as state,\n    \
             {{{{ dollars('cents') }}}} as amount,\n    cast(bought_at as date) as bought_on\nfrom source\n\
             where bought_at >= '{{{{ var(\"first_day\") }}}}'\n"
        );
        return ("staging", format!("stg_orders_{index}"), sql);
    }
    let (layer, name) =
        if index < middle { ("middle", format!("int_orders_{index}")) } else { ("marts", format!("orders_{index}")) };
    // A model early in the list and one just before this one: deep and wide enough for a graph.
    let parents = [index * 7 % staging, (index - 1).saturating_sub(index % 3)].map(|parent| model_name(parent, models));
    let sql = if layer == "middle" {
        format!(
            "with first as (\n    select * from {{{{ ref('{}') }}}}\n),\n\nsecond as (\n    select * from {{{{ ref('{}') }}}}\n)\n\n\
             select\n    first.id,\n    first.buyer,\n    second.state,\n    first.amount,\n    \
             {{{{ share('first.amount', 'second.amount') }}}} as share_of_second,\n    first.bought_on\n\
             from first\nleft join second on first.id = second.id\n",
            parents[0], parents[1]
        )
    } else {
        format!(
            "{{{{ config(materialized='table', tags=['sums']) }}}}\n\n{{% set states = ['new', 'paid'] %}}\n\n\
             select\n    id,\n    buyer,\n    state,\n    amount,\n    {{%- for state in states %}}\n    \
             sum(case when state = '{{{{ state }}}}' then amount end) over (partition by buyer) as {{{{ state }}}}_amount,\n    \
             {{%- endfor %}}\n    bought_on\nfrom {{{{ ref('{}') }}}}\n",
            parents[1]
        )
    };
    (layer, name, sql)
}

fn model_name(index: usize, models: usize) -> String {
    let (staging, middle) = ((models / 5).max(1), (models * 7 / 10).max(1));
    match index {
        _ if index < staging => format!("stg_orders_{index}"),
        _ if index < middle => format!("int_orders_{index}"),
        _ => format!("orders_{index}"),
    }
}

fn describe(properties: &mut String, name: &str) {
    let _ = write!(
        properties,
        "  - name: {name}\n    description: One row per order, as the step `{name}` leaves it.\n    columns:\n      - name: id\n        \
         description: Number of the order.\n        data_tests: [not_null, unique]\n      - name: buyer\n        \
         description: Who bought.\n      - name: state\n        description: Where the order is on its way.\n        data_tests:\n          \
         - accepted_values: {{arguments: {{values: [new, paid]}}}}\n      - name: amount\n        description: In dollars.\n      \
         - name: bought_on\n        description: Day of the order.\n"
    );
}
