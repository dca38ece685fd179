{# Small parts of a snapshot: its column names, key expressions, new columns and clean-up. #}

{% macro get_snapshot_table_column_names() %}
  {%- set names = {} -%}
  {%- for name in ['dbt_valid_to', 'dbt_valid_from', 'dbt_scd_id', 'dbt_updated_at', 'dbt_is_deleted'] -%}
    {%- do names.update({name: name}) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}

{% macro create_columns(relation, columns) %}
  {{- return(adapter.dispatch('create_columns', 'dbt')(relation, columns)) -}}
{% endmacro %}

{% macro default__create_columns(relation, columns) %}
  {%- for col in columns -%}
    {% call statement() %}
      alter table {{ relation.render() }} add column {{ adapter.quote(col.name) }} {{ col.expanded_data_type }};
    {% endcall %}
  {%- endfor -%}
{% endmacro %}

{% macro post_snapshot(staging_relation) %}
  {{- return(adapter.dispatch('post_snapshot', 'dbt')(staging_relation)) -}}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}

{% macro get_true_sql() %}
  {{- return(adapter.dispatch('get_true_sql', 'dbt')()) -}}
{% endmacro %}

{% macro default__get_true_sql() %}
  {{- return('TRUE') -}}
{% endmacro %}

{# A key is one expression or a list of them; a list gets numbered columns. #}
{% macro unique_key_fields(unique_key) -%}
  {%- if unique_key is iterable and unique_key is not string and unique_key is not mapping -%}
    {%- for part in unique_key -%}
      {{ part }} as dbt_unique_key_{{ loop.index }}{{ ', ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    {{ unique_key }} as dbt_unique_key
  {%- endif -%}
{%- endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) -%}
  {%- if unique_key is iterable and unique_key is not string and unique_key is not mapping -%}
    {%- for part in unique_key -%}
      {{ equals((identifier ~ '.dbt_unique_key_' ~ loop.index) | trim, (from_identifier ~ '.dbt_unique_key_' ~ loop.index) | trim) }}
      {{- ' and ' if not loop.last }}
    {%- endfor -%}
  {%- else -%}
    {{ identifier }}.dbt_unique_key = {{ from_identifier }}.dbt_unique_key
  {%- endif -%}
{%- endmacro %}

{% macro unique_key_is_null(unique_key, identifier) -%}
  {%- set is_many = unique_key is iterable and unique_key is not string and unique_key is not mapping -%}
  {{ identifier }}.{{ 'dbt_unique_key_1' if is_many else 'dbt_unique_key' }} is null
{%- endmacro %}

{% macro unique_key_is_not_null(unique_key, identifier) -%}
  {%- set is_many = unique_key is iterable and unique_key is not string and unique_key is not mapping -%}
  {{ identifier }}.{{ 'dbt_unique_key_1' if is_many else 'dbt_unique_key' }} is not null
{%- endmacro %}

{% macro get_updated_at_column_data_type(snapshot_sql) %}
  {%- set found = [] -%}
  {%- for col in get_column_schema_from_query(snapshot_sql) if col.column in ['dbt_updated_at', 'DBT_UPDATED_AT'] -%}
    {%- do found.append(col.dtype) -%}
  {%- endfor -%}
  {{ return(found[-1] if found else none) }}
{% endmacro %}

{# Warns when the version times of the query and of the warehouse clock have different types. #}
{% macro check_time_data_types(sql) %}
  {%- set column_type = get_updated_at_column_data_type(sql) -%}
  {%- set clock_type = get_snapshot_get_time_data_type() -%}
  {%- if column_type is not none and clock_type is not none and column_type != clock_type
        and exceptions.warn_snapshot_timestamp_data_types -%}
    {{ exceptions.warn_snapshot_timestamp_data_types(clock_type, column_type) }}
  {%- endif -%}
{% endmacro %}
