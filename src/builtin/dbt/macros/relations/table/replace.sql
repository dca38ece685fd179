{# Replacing a table in place: only adapters that can. #}

{% macro get_replace_table_sql(relation, sql) -%}
  {{- return(adapter.dispatch('get_replace_table_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_replace_table_sql(relation, sql) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_replace_table_sql') }}
{%- endmacro %}
