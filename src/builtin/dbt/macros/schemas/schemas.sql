{# Creating, dropping and looking up schemas. #}

{% macro create_schema(relation) -%}
  {{- return(adapter.dispatch('create_schema', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__create_schema(relation) -%}
  {%- call statement('create_schema') -%}
    create schema if not exists {{ relation.without_identifier() }}
  {%- endcall -%}
{%- endmacro %}

{% macro drop_schema(relation) -%}
  {{- return(adapter.dispatch('drop_schema', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__drop_schema(relation) -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier() }} cascade
  {%- endcall -%}
{%- endmacro %}

{% macro drop_schema_named(schema_name) -%}
  {{- return(adapter.dispatch('drop_schema_named', 'dbt')(schema_name)) -}}
{%- endmacro %}

{% macro default__drop_schema_named(schema_name) %}
  {{ adapter.drop_schema(api.Relation.create(schema=schema_name)) }}
{% endmacro %}

{% macro information_schema_name(database) -%}
  {{- return(adapter.dispatch('information_schema_name', 'dbt')(database)) -}}
{%- endmacro %}

{% macro default__information_schema_name(database) -%}
  {{ database ~ '.' if database }}INFORMATION_SCHEMA
{%- endmacro %}

{% macro list_schemas(database) -%}
  {{- return(adapter.dispatch('list_schemas', 'dbt')(database)) -}}
{%- endmacro %}

{% macro default__list_schemas(database) -%}
  {%- set query -%}
    select distinct schema_name
    from {{ information_schema_name(database) }}.SCHEMATA
    where catalog_name ilike '{{ database }}'
  {%- endset -%}
  {{ return(run_query(query)) }}
{%- endmacro %}

{% macro check_schema_exists(information_schema, schema) -%}
  {{- return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) -}}
{%- endmacro %}

{% macro default__check_schema_exists(information_schema, schema) -%}
  {%- set query -%}
    select count(*)
    from {{ information_schema.replace(information_schema_view='SCHEMATA') }}
    where schema_name = '{{ schema }}' and catalog_name = '{{ information_schema.database }}'
  {%- endset -%}
  {{ return(run_query(query)) }}
{%- endmacro %}
