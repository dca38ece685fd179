{# Model contracts: the column list of "create table", and the check of a query against it. #}

{% macro get_table_columns_and_constraints() -%}
  {{- return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_table_columns_and_constraints() -%}
  {{- return(table_columns_and_constraints()) -}}
{%- endmacro %}

{% macro table_columns_and_constraints() %}
    {%- set entries = adapter.render_raw_columns_constraints(raw_columns=model['columns'])
          + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
    (
      {{ entries | join(',\n      ') }}
    )
{% endmacro %}

{% macro get_assert_columns_equivalent(sql) -%}
  {{- return(adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql)) -}}
{%- endmacro %}

{% macro default__get_assert_columns_equivalent(sql) -%}
  {{- return(assert_columns_equivalent(sql)) -}}
{%- endmacro %}

{# Stops the model when names, types or the number of columns differ from what its YAML declares. #}
{% macro assert_columns_equivalent(sql) %}
  {%- set declared = model['columns'] -%}
  {%- if not declared -%}
    {{ exceptions.raise_contract_error([], []) }}
  {%- endif -%}

  {%- set from_query = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) -%}
  {%- set from_yaml = format_columns(get_column_schema_from_query(get_empty_schema_sql(declared))) -%}

  {%- set yaml_by_name = {} -%}
  {%- for col in from_yaml if col['name'] not in yaml_by_name -%}
    {%- do yaml_by_name.update({col['name']: col['formatted']}) -%}
  {%- endfor -%}
  {%- set mismatches = [] -%}
  {%- for col in from_query if yaml_by_name.get(col['name']) != col['formatted'] -%}
    {%- do mismatches.append(col['name']) -%}
  {%- endfor -%}
  {%- if mismatches or from_query | length != from_yaml | length -%}
    {%- do exceptions.raise_contract_error(from_yaml, from_query) -%}
  {%- endif -%}
{% endmacro %}

{% macro format_columns(columns) %}
  {%- set formatted = [] -%}
  {%- for col in columns -%}
    {%- do formatted.append(adapter.dispatch('format_column', 'dbt')(col)) -%}
  {%- endfor -%}
  {{ return(formatted) }}
{% endmacro %}

{% macro default__format_column(column) -%}
  {{- return({'name': column.name, 'data_type': column.dtype, 'formatted': column.column.lower() ~ ' ' ~ column.dtype}) -}}
{%- endmacro %}
