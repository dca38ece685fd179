{# Creating a materialized view: only adapters that have them. #}

{% macro get_create_materialized_view_as_sql(relation, sql) -%}
  {{- return(adapter.dispatch('get_create_materialized_view_as_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_create_materialized_view_as_sql(relation, sql) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_create_materialized_view_as_sql') }}
{%- endmacro %}
