{# The queries of `show` and the row limit they share with tests. #}

{% macro get_show_sql(compiled_code, sql_header, limit) -%}
  {{ sql_header if sql_header is not none }}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{%- endmacro %}

{# Adapters implement it as <adapter>__get_limit_sql. #}
{% macro get_limit_subquery_sql(sql, limit) -%}
  {{- return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) -}}
{%- endmacro %}

{% macro default__get_limit_sql(sql, limit) %}
  {{ sql }}
  {{ 'limit ' ~ limit if limit is not none }}
{%- endmacro %}
