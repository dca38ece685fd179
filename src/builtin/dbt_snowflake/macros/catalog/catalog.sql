{# The rows of catalog.json: relations with their figures, and their columns. #}

{% macro snowflake__get_catalog(information_schema, schemas) -%}
  {{ return(run_query(snowflake__catalog_sql(information_schema, snowflake__get_catalog_schemas_where_clause_sql(schemas)))) }}
{%- endmacro %}

{% macro snowflake__get_catalog_relations(information_schema, relations) -%}
  {{ return(run_query(snowflake__catalog_sql(information_schema, snowflake__get_catalog_relations_where_clause_sql(relations)))) }}
{%- endmacro %}

{% macro snowflake__catalog_sql(information_schema, only) %}
    with tables as (
      {{ snowflake__get_catalog_tables_sql(information_schema) }}
      {{ only }}
    ),
    columns as (
      {{ snowflake__get_catalog_columns_sql(information_schema) }}
      {{ only }}
    )
    {{ snowflake__get_catalog_results_sql() }}
{% endmacro %}

{# The name is one of the letters' case that the session asks for: quoted, so that it comes back in lower case. #}
{% macro snowflake__catalog_figure(id, label, value, description, included) -%}
      '{{ label }}' as "stats:{{ id }}:label",
      {{ value }} as "stats:{{ id }}:value",
      '{{ description }}' as "stats:{{ id }}:description",
      ({{ included }}) as "stats:{{ id }}:include"
{%- endmacro %}

{% macro snowflake__get_catalog_tables_sql(information_schema) -%}
    select
      table_catalog as "table_database",
      table_schema as "table_schema",
      table_name as "table_name",
      case when is_dynamic = 'YES' and table_type = 'BASE TABLE' then 'DYNAMIC TABLE' else table_type end as "table_type",
      comment as "table_comment",
      table_owner as "table_owner",
      {{ snowflake__catalog_figure('clustering_key', 'Clustering Key', 'clustering_key', 'The expressions that the table is clustered by', 'clustering_key is not null') }},
      {{ snowflake__catalog_figure('row_count', 'Row Count', 'row_count', 'About how many rows the table has', 'row_count is not null') }},
      {{ snowflake__catalog_figure('bytes', 'Approximate Size', 'bytes', 'About how many bytes the table takes', 'bytes is not null') }},
      {{ snowflake__catalog_figure(
          'last_modified', 'Last Modified',
          "to_varchar(convert_timezone('UTC', last_altered), 'YYYY-MM-DD HH24:MI') || 'UTC'",
          'When the table was last changed',
          "last_altered is not null and table_type = 'BASE TABLE'") }}
    from {{ information_schema }}.tables
{%- endmacro %}

{% macro snowflake__get_catalog_columns_sql(information_schema) -%}
    select
      table_catalog as "table_database",
      table_schema as "table_schema",
      table_name as "table_name",
      column_name as "column_name",
      ordinal_position as "column_index",
      data_type as "column_type",
      comment as "column_comment"
    from {{ information_schema }}.columns
{%- endmacro %}

{% macro snowflake__get_catalog_results_sql() -%}
    select *
    from tables
    inner join columns using ("table_database", "table_schema", "table_name")
    order by "table_schema", "table_name", "column_index"
{%- endmacro %}

{# The name in any case. ILIKE narrows the search, and upper() takes out what its wildcards let in. #}
{% macro snowflake__catalog_equals(field, value) -%}
    "{{ field }}" ilike {{ snowflake__literal(value) }} and upper("{{ field }}") = upper({{ snowflake__literal(value) }})
{%- endmacro %}

{% macro snowflake__get_catalog_schemas_where_clause_sql(schemas) -%}
  {%- set conditions = [] -%}
  {%- for schema in schemas -%}
    {%- do conditions.append('(' ~ snowflake__catalog_equals('table_schema', schema) ~ ')') -%}
  {%- endfor -%}
  where ({{ conditions | join(' or ') if conditions else '1 = 0' }})
{%- endmacro %}

{% macro snowflake__get_catalog_relations_where_clause_sql(relations) -%}
  {%- set conditions = [] -%}
  {%- for relation in relations -%}
    {%- if not relation.schema -%}
      {%- do exceptions.raise_compiler_error("get_catalog_relations: every relation needs a schema") -%}
    {%- endif -%}
    {%- set one_table = ' and ' ~ snowflake__catalog_equals('table_name', relation.identifier) if relation.identifier else '' -%}
    {%- do conditions.append('(' ~ snowflake__catalog_equals('table_schema', relation.schema) ~ one_table ~ ')') -%}
  {%- endfor -%}
  where ({{ conditions | join(' or ') if conditions else '1 = 0' }})
{%- endmacro %}
