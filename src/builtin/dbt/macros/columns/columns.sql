{# Columns of relations and queries, and changing them. #}

{% macro get_columns_in_relation(relation) -%}
  {{- return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no get_columns_in_relation') }}
{%- endmacro %}


{# Rows of (name, type, character size, numeric precision, numeric scale) as column objects. #}
{% macro sql_convert_columns_in_relation(table) -%}
  {%- set columns = [] -%}
  {%- for row in table -%}
    {%- do columns.append(api.Column(row[0], row[1], row[2], row[3], row[4])) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro get_list_of_column_names(columns) -%}
  {{- return(columns | map(attribute='name') | list) -}}
{%- endmacro %}

{# The query's columns without its rows. #}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {{- return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) -}}
{%- endmacro %}

{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {{ select_sql_header if select_sql_header is not none }}
    select * from (
        {{ select_sql }}
    ) as __dbt_sbq
    where false
    limit 0
{% endmacro %}

{# A query with the columns that a contract declares. #}
{% macro get_empty_schema_sql(columns) -%}
  {{- return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) -}}
{%- endmacro %}

{% macro default__get_empty_schema_sql(columns) %}
  {%- set untyped = [] -%}
  {%- set loose_numeric = [] -%}
  {%- set cells = [] -%}
  {%- for key in columns -%}
    {%- set col = columns[key] -%}
    {%- if col['data_type'] is not defined -%}
      {%- do untyped.append(col['name']) -%}
    {%- else -%}
      {%- if col['data_type'].strip().lower() in ['numeric', 'decimal', 'number'] -%}
        {%- do loose_numeric.append(col['name']) -%}
      {%- endif -%}
      {%- set name = adapter.quote(col['name']) if col.get('quote') else col['name'] -%}
      {%- do cells.append((cast('null', col['data_type']) | trim) ~ ' as ' ~ name) -%}
    {%- endif -%}
  {%- endfor -%}

  {%- if untyped -%}
    {{ exceptions.column_type_missing(column_names=untyped) }}
  {%- elif loose_numeric -%}
    {{ exceptions.warn("Detected columns with numeric type and unspecified precision/scale, this can lead to unintended rounding: " ~ loose_numeric ~ "`") }}
  {%- endif %}
    select {{ cells | join(', ') }}
{% endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
  {{- return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) -}}
{%- endmacro %}

{# Only the names; kept for projects that call it. #}
{% macro get_columns_in_query(select_sql) -%}
  {{- return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) -}}
{%- endmacro %}

{% macro default__get_columns_in_query(select_sql) %}
  {%- call statement('get_columns_in_query', fetch_result=true, auto_begin=false) -%}
    {{ get_empty_subquery_sql(select_sql) }}
  {%- endcall -%}
  {{ return(load_result('get_columns_in_query').table.columns | map(attribute='name') | list) }}
{% endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
  {{- return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) -}}
{%- endmacro %}

{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
  {%- set table = relation.render() -%}
  {%- set old_column = adapter.quote(column_name) -%}
  {%- set new_column = adapter.quote(column_name ~ '__dbt_alter') -%}
  {% call statement('alter_column_type') %}
    alter table {{ table }} add column {{ new_column }} {{ new_column_type }};
    update {{ table }} set {{ new_column }} = {{ old_column }};
    alter table {{ table }} drop column {{ old_column }} cascade;
    alter table {{ table }} rename column {{ new_column }} to {{ old_column }}
  {% endcall %}
{%- endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns = none, remove_columns = none) -%}
  {{- return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) -}}
{%- endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {%- set actions = [] -%}
  {%- for col in add_columns or [] -%}
    {%- do actions.append('add column ' ~ col.quoted ~ ' ' ~ col.expanded_data_type) -%}
  {%- endfor -%}
  {%- for col in remove_columns or [] -%}
    {%- do actions.append('drop column ' ~ col.quoted) -%}
  {%- endfor -%}
  {%- do run_query('alter ' ~ relation.type ~ ' ' ~ relation.render() ~ ' ' ~ (actions | join(', '))) -%}
{% endmacro %}
