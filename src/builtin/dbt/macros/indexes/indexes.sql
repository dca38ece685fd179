{# The `indexes` config. #}

{% macro get_create_index_sql(relation, index_dict) -%}
  {{- return(adapter.dispatch('get_create_index_sql', 'dbt')(relation, index_dict)) -}}
{%- endmacro %}

{% macro default__get_create_index_sql(relation, index_dict) -%}
  {%- do return(none) -%}
{%- endmacro %}

{% macro create_indexes(relation) -%}
  {{- return(adapter.dispatch('create_indexes', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__create_indexes(relation) -%}
  {%- for index_dict in config.get('indexes', default=[]) -%}
    {%- set ddl = get_create_index_sql(relation, index_dict) -%}
    {%- if ddl -%}
      {%- do run_query(ddl) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro get_drop_index_sql(relation, index_name) -%}
  {{- return(adapter.dispatch('get_drop_index_sql', 'dbt')(relation, index_name)) -}}
{%- endmacro %}

{% macro default__get_drop_index_sql(relation, index_name) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_drop_index_sql') }}
{%- endmacro %}

{% macro get_show_indexes_sql(relation) -%}
  {{- return(adapter.dispatch('get_show_indexes_sql', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_show_indexes_sql(relation) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_show_indexes_sql') }}
{%- endmacro %}
