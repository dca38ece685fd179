{# Tables of a catalog-linked database: Iceberg tables of another catalog, which cannot be replaced in one step. #}

{% macro snowflake__create_linked_table_sql(relation, contract, settings) -%}
  {%- set existing_relation = load_cached_relation(relation) -%}
  {%- set by_columns = settings.linked_database_type == 'glue' -%}
  {%- set columns = contract.columns -%}
  {%- set partition_by = settings.partition_by -%}
  {%- if by_columns -%}
    {%- set columns = snowflake__glue_columns(contract.sql) -%}
    {%- set partition_by = snowflake__glue_names(partition_by) -%}
  {%- endif %}
    {%- if existing_relation is not none %}
    drop table if exists {{ existing_relation.render() }};
    {%- endif %}
    create iceberg table {{ relation.render() }}
    {{- snowflake__clauses([
      columns,
      optional('partition by', partition_by, '(', ''),
      optional('iceberg_version', settings.iceberg_version),
      optional('target_file_size', settings.target_file_size, "'"),
      optional('auto_refresh', settings.auto_refresh),
      optional('max_data_extension_time_in_days', settings.max_data_extension_time_in_days)
    ] + snowflake__governance_clauses()) }}
    {%- if by_columns %};
    insert into {{ relation.render() }}
      {{ contract.sql }}
    {%- else %}
    as (
      {{ contract.sql }}
    )
    {%- endif %}
{%- endmacro %}

{# Glue takes no "create table as", and wants names in lower case. #}
{% macro snowflake__glue_columns(sql) -%}
  {%- set cells = [] -%}
  {%- for col in snowflake__columns_of_query(sql) -%}
    {%- set data_type = snowflake__column_type(col) -%}
    {%- set data_type = 'STRING' if data_type.startswith('VARCHAR') else data_type -%}
    {%- do cells.append(adapter.quote(col.name | lower) ~ ' ' ~ data_type) -%}
  {%- endfor -%}
  {{ return('(' ~ (cells | join(', ')) ~ ')') }}
{%- endmacro %}

{% macro snowflake__glue_names(names) -%}
  {%- if names is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set quoted = [] -%}
  {%- for name in names.split(',') -%}
    {%- do quoted.append(adapter.quote(name | trim | lower)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{%- endmacro %}
