{# Schemas of the main database and of attached ones. #}

{% macro duckdb__create_schema(relation) -%}
  {%- call statement('create_schema') -%}
    {#- attached databases of another engine have schemas of their own, or none -#}
    {%- set attached = run_query(
          "select type from duckdb_databases() where lower(database_name) = '" ~ (relation.database | lower) ~ "' and type != 'duckdb'") -%}
    {%- set engine = attached.columns[0].values()[0] if attached | length > 0 else 'duckdb' -%}
    {%- if engine == 'sqlite' and relation.schema != 'main' -%}
      {{ exceptions.raise_compiler_error("A SQLite database has only the schema 'main', not '" ~ relation.schema ~ "'") }}
    {%- elif engine not in ['sqlite', 'mysql'] -%}
      create schema if not exists {{ relation.without_identifier() }}
    {%- endif -%}
  {%- endcall -%}
{%- endmacro %}

{% macro duckdb__drop_schema(relation) -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {%- endcall -%}
{%- endmacro %}

{% macro duckdb__list_schemas(database) -%}
  {%- set query -%}
    select schema_name
    from system.information_schema.schemata
    {{ "where lower(catalog_name) = '" ~ (database | lower) ~ "'" if database is not none }}
  {%- endset -%}
  {{ return(run_query(query)) }}
{%- endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) -%}
  {%- set query -%}
    select count(*)
    from system.information_schema.schemata
    where lower(catalog_name) = '{{ information_schema.database | lower }}'
      and lower(schema_name) = '{{ schema | lower }}'
  {%- endset -%}
  {{ return(run_query(query)) }}
{%- endmacro %}
