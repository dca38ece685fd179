{# Columns of relations and of queries, and changing them: one statement for all of a relation's columns. #}

{% macro snowflake__get_columns_in_relation(relation) -%}
  {%- set rows = run_query('describe table ' ~ relation.render()) -%}
  {%- set columns = [] -%}
  {%- for row in rows -%}
    {%- do columns.append(api.Column.from_description(row['name'], row['type'])) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{# The columns that a query gives; the warehouse plans the query and reads no rows. #}
{% macro snowflake__columns_of_query(select_sql) -%}
  {{ return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, config.get('sql_header', none)))) }}
{%- endmacro %}

{# The names that the result's own description gives: no rows are fetched. #}
{% macro snowflake__get_columns_in_query(select_sql) -%}
  {{ return(snowflake__columns_of_query(select_sql) | map(attribute='name') | list) }}
{%- endmacro %}

{# The columns of several relations by one query without rows: for each a list, or none where the result does not tell a
   type whole (semi-structured and spatial types look alike there, and must be described). #}
{% macro snowflake__columns_of_relations(relations) -%}
  {%- set mark = '__dbt_next_relation' -%}
  {%- set told = ['FIXED', 'TEXT', 'REAL', 'BOOLEAN', 'DATE', 'TIME', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ',
                  'BINARY', 'VARIANT'] -%}
  {%- set wanted = [] -%}
  {%- set read = [] -%}
  {%- for relation in relations -%}
    {%- do wanted.append('null as ' ~ adapter.quote(mark) ~ ', r' ~ loop.index ~ '.*') -%}
    {%- do read.append(relation.render() ~ ' as r' ~ loop.index) -%}
  {%- endfor -%}
  {%- set query -%}
    select {{ wanted | join(', ') }}
    from {{ read | join(', ') }}
    where false
    limit 0
  {%- endset -%}
  {%- set found = [] -%}
  {%- set unsure = [] -%}
  {%- for col in adapter.get_column_schema_from_query(query) -%}
    {%- if col.name == mark -%}
      {%- do found.append([]) -%}
    {%- else -%}
      {%- do found[-1].append(api.Column.from_description(col.name, snowflake__column_type(col))) -%}
      {%- if col.dtype | upper not in told -%}
        {%- do unsure.append(found | length) -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set columns = [] -%}
  {%- for one in found -%}
    {%- do columns.append(none if loop.index in unsure else one) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{# A column's type in one spelling, whichever way the column was found: results say FIXED, TEXT and REAL,
   descriptions NUMBER, VARCHAR and FLOAT. #}
{% macro snowflake__column_type(col) -%}
  {%- set kind = col.dtype | upper -%}
  {%- if kind in ['FIXED', 'NUMBER', 'DECIMAL', 'NUMERIC', 'INT', 'INTEGER', 'BIGINT', 'SMALLINT', 'TINYINT', 'BYTEINT'] -%}
    {%- set precision = 38 if col.numeric_precision is none else col.numeric_precision -%}
    {{ return('NUMBER(' ~ precision ~ ',' ~ (col.numeric_scale or 0) ~ ')') }}
  {%- elif kind in ['TEXT', 'VARCHAR', 'STRING', 'CHARACTER VARYING'] -%}
    {{ return('VARCHAR(' ~ (col.char_size or 16777216) ~ ')') }}
  {%- elif kind in ['REAL', 'FLOAT', 'FLOAT4', 'FLOAT8', 'DOUBLE', 'DOUBLE PRECISION'] -%}
    {{ return('FLOAT') }}
  {%- elif kind.split('(')[0] in ['ARRAY', 'OBJECT', 'MAP', 'VECTOR', 'BINARY'] -%}
    {#- a result does not tell what they are made of -#}
    {{ return(kind.split('(')[0]) }}
  {%- elif kind.startswith('TIMESTAMP') or kind == 'TIME' -%}
    {%- set digits = col.char_size if col.char_size is not none else col.numeric_scale -%}
    {{ return(kind ~ '(' ~ (9 if digits is none else digits) ~ ')') }}
  {%- endif -%}
  {{ return(col.dtype) }}
{%- endmacro %}

{# The same for a new column: Iceberg tables know texts without a length only. #}
{% macro snowflake__get_column_data_type_for_alter(relation, column) -%}
  {%- set data_type = snowflake__column_type(column) -%}
  {{ return('STRING' if relation.is_iceberg_format and data_type.startswith('VARCHAR') else data_type) }}
{%- endmacro %}

{# "alter table", with the words that the kind of relation wants. #}
{% macro snowflake__alter(relation) -%}
  {%- set kind = 'dynamic table' if relation.is_dynamic_table else relation.type or 'table' -%}
  {{ return('alter ' ~ ('iceberg ' if relation.is_iceberg_format else '') ~ kind ~ ' ' ~ relation.render()) }}
{%- endmacro %}

{% macro snowflake__alter_relation_add_remove_columns(relation, add_columns, remove_columns) -%}
  {%- set added = [] -%}
  {%- for col in add_columns or [] -%}
    {%- do added.append(adapter.quote(col.name) ~ ' ' ~ snowflake__get_column_data_type_for_alter(relation, col)) -%}
  {%- endfor -%}
  {%- set removed = [] -%}
  {%- for col in remove_columns or [] -%}
    {%- do removed.append(adapter.quote(col.name)) -%}
  {%- endfor -%}
  {%- if added -%}
    {%- do run_query(snowflake__alter(relation) ~ ' add column ' ~ (added | join(', '))) -%}
  {%- endif -%}
  {%- if removed -%}
    {%- do run_query(snowflake__alter(relation) ~ ' drop column ' ~ (removed | join(', '))) -%}
  {%- endif -%}
{%- endmacro %}

{% macro snowflake__alter_column_type(relation, column_name, new_column_type) -%}
  {% call statement('alter_column_type') %}
    {{ snowflake__alter(relation) }} alter {{ adapter.quote(column_name) }} set data type {{ new_column_type }}
  {% endcall %}
{%- endmacro %}

{# Widens all of these columns at once; `changes` is a list of [name, type]. #}
{% macro snowflake__alter_column_types(relation, changes) -%}
  {%- set parts = [] -%}
  {%- for name, data_type in changes -%}
    {%- do parts.append(adapter.quote(name) ~ ' set data type ' ~ data_type) -%}
  {%- endfor -%}
  {%- if parts -%}
    {%- do run_query(snowflake__alter(relation) ~ ' alter ' ~ (parts | join(', '))) -%}
  {%- endif -%}
{%- endmacro %}

{# The columns that an existing table must get before rows of a snapshot can go in. #}
{% macro snowflake__create_columns(relation, columns) -%}
  {%- do snowflake__alter_relation_add_remove_columns(relation, columns, none) -%}
{%- endmacro %}
