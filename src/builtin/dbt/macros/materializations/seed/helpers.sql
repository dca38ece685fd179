{# The steps of loading a seed: its table, its batches of rows, and the text kept in the run folder. #}

{% macro create_csv_table(model, agate_table) -%}
  {{- return(adapter.dispatch('create_csv_table', 'dbt')(model, agate_table)) -}}
{%- endmacro %}

{% macro default__create_csv_table(model, agate_table) %}
  {%- set configured_types = model['config'].get('column_types', {}) -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set definitions = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set data_type = configured_types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
    {%- do definitions.append(adapter.quote_seed_column(name | string, quote_columns) ~ ' ' ~ data_type) -%}
  {%- endfor -%}
  {%- set ddl -%}
    create table {{ this.render() }} ({{ definitions | join(', ') }})
  {%- endset -%}

  {% call statement('_') -%}
    {{ ddl }}
  {%- endcall %}

  {{ return(ddl) }}
{% endmacro %}

{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {{- return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) -}}
{%- endmacro %}

{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {%- if full_refresh -%}
    {{ adapter.drop_relation(old_relation) }}
    {{ return(create_csv_table(model, agate_table)) }}
  {%- endif -%}
  {{ adapter.truncate_relation(old_relation) }}
  {{ return('truncate table ' ~ old_relation.render()) }}
{% endmacro %}

{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {{- return(adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql)) -}}
{% endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) %}
    {{ create_or_truncate_sql }};
    -- rows of the seed file
    {{ insert_sql }}
{% endmacro %}

{% macro get_binding_char() -%}
  {{- return(adapter.dispatch('get_binding_char', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_binding_char() %}
  {{- return('%s') -}}
{% endmacro %}

{% macro get_batch_size() -%}
  {{- return(adapter.dispatch('get_batch_size', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_batch_size() %}
  {{- return(10000) -}}
{% endmacro %}

{% macro get_seed_column_quoted_csv(model, column_names) %}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set names = [] -%}
  {%- for name in column_names -%}
    {%- do names.append(adapter.quote_seed_column(name, quote_columns)) -%}
  {%- endfor -%}
  {{ return(names | join(', ')) }}
{% endmacro %}

{% macro load_csv_rows(model, agate_table) -%}
  {{- return(adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table)) -}}
{%- endmacro %}

{# Inserts in batches of bound values; the first batch's statement stands for all in the run folder. #}
{% macro default__load_csv_rows(model, agate_table) %}
  {%- set column_csv = get_seed_column_quoted_csv(model, agate_table.column_names) -%}
  {%- set slots = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- do slots.append(get_binding_char()) -%}
  {%- endfor -%}
  {%- set row_slots = '(' ~ (slots | join(',')) ~ ')' -%}

  {%- set sent = [] -%}
  {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
    {%- set values = [] -%}
    {%- set tuples = [] -%}
    {%- for row in chunk -%}
      {%- do tuples.append(row_slots) -%}
      {%- do values.extend(row) -%}
    {%- endfor -%}
    {%- set insert_sql = 'insert into ' ~ this.render() ~ ' (' ~ column_csv ~ ') values\n' ~ (tuples | join(',')) -%}
    {%- do adapter.add_query(insert_sql, bindings=values, abridge_sql_log=true) -%}
    {%- if loop.first -%}
      {%- do sent.append(insert_sql) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(sent[0]) }}
{% endmacro %}
