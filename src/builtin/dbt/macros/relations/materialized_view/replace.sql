{# Replacing a materialized view in place. #}

{% macro get_replace_materialized_view_sql(relation, sql) -%}
  {{- return(adapter.dispatch('get_replace_materialized_view_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_replace_materialized_view_sql(relation, sql) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_replace_materialized_view_sql') }}
{%- endmacro %}
