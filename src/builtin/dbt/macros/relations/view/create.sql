{# Creating a view. #}

{% macro get_create_view_as_sql(relation, sql) -%}
  {{- return(adapter.dispatch('get_create_view_as_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_create_view_as_sql(relation, sql) -%}
  {{- return(create_view_as(relation, sql)) -}}
{%- endmacro %}

{# The older of the two names, and the one that adapters implement. #}
{% macro create_view_as(relation, sql) -%}
  {{- return(adapter.dispatch('create_view_as', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__create_view_as(relation, sql) -%}
  {%- set sql_header = config.get('sql_header', none) -%}
  {%- if config.get('contract').enforced -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif %}
  {{ sql_header if sql_header is not none }}
  create view {{ relation.render() }} as (
    {{ sql }}
  );
{%- endmacro %}
