{# Hybrid tables (`table_format: hybrid`): rows by a primary key, for many small reads and writes. #}

{# The columns come from the contract where there is one, else from the query; the key from `primary_key`. #}
{% macro snowflake__create_hybrid_table_sql(relation, contract, settings) -%}
    create or replace hybrid table {{ relation.render() }}
    {{ contract.columns or snowflake__hybrid_columns(contract.sql) }}
    {{- snowflake__clauses([snowflake__comment_clause()]) }}
    as (
      {{ contract.sql }}
    )
{%- endmacro %}

{% macro snowflake__hybrid_columns(sql) -%}
  {%- set keys = snowflake__names_of('primary_key') -%}
  {%- if not keys -%}
    {%- do exceptions.raise_compiler_error(
          "A hybrid table needs a primary key: set `primary_key` to a column or a list of columns, "
          ~ "or enforce a contract that declares one") -%}
  {%- endif -%}
  {%- set key_names = keys | map('lower') | list -%}
  {%- set cells = [] -%}
  {%- for col in snowflake__columns_of_query(sql) -%}
    {%- do cells.append(
          adapter.quote(col.name) ~ ' ' ~ snowflake__column_type(col)
          ~ (' not null' if col.name | lower in key_names else '')) -%}
  {%- endfor -%}
  {%- do cells.append('primary key (' ~ (keys | join(', ')) ~ ')') -%}
  {%- for index in config.get('indexes') or [] -%}
    {%- set columns = index.get('columns') -%}
    {%- if not columns or columns is string or index.get('unique') -%}
      {%- do exceptions.raise_compiler_error("An index of a hybrid table is `columns: [..]`, perhaps with `include: [..]`, and never unique: " ~ index) -%}
    {%- endif -%}
    {%- set name = index.get('name') or this.identifier ~ '_' ~ (columns | join('_')) -%}
    {%- do cells.append(
          'index ' ~ name ~ ' (' ~ (columns | join(', ')) ~ ')'
          ~ (' include (' ~ (index.get('include') | join(', ')) ~ ')' if index.get('include') else '')) -%}
  {%- endfor -%}
  {{ return('(\n      ' ~ (cells | join(',\n      ')) ~ '\n    )') }}
{%- endmacro %}

{% macro snowflake__names_of(config_name) -%}
  {%- set given = config.get(config_name) or [] -%}
  {{ return([given] if given is string else given | list) }}
{%- endmacro %}
