{# Reading the warehouse's catalog; adapters bring the queries. #}

{% macro get_catalog(information_schema, schemas) -%}
  {{- return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) -}}
{%- endmacro %}

{% macro default__get_catalog(information_schema, schemas) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_catalog') }}
{%- endmacro %}

{% macro get_catalog_relations(information_schema, relations) -%}
  {{- return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) -}}
{%- endmacro %}

{% macro default__get_catalog_relations(information_schema, relations) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_catalog_relations') }}
{%- endmacro %}

{% macro get_catalog_for_single_relation(relation) -%}
  {{- return(adapter.dispatch('get_catalog_for_single_relation', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_catalog_for_single_relation(relation) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no get_catalog_for_single_relation') }}
{%- endmacro %}

{% macro list_relations_without_caching(schema_relation) -%}
  {{- return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) -}}
{%- endmacro %}

{% macro default__list_relations_without_caching(schema_relation) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no list_relations_without_caching') }}
{%- endmacro %}

{% macro list_function_relations_without_caching(schema_relation) -%}
  {{- return(adapter.dispatch('list_function_relations_without_caching', 'dbt')(schema_relation)) -}}
{%- endmacro %}

{% macro default__list_function_relations_without_caching(schema_relation) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no list_function_relations_without_caching') }}
{%- endmacro %}

{% macro get_relations() -%}
  {{- return(adapter.dispatch('get_relations', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_relations() -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no get_relations') }}
{%- endmacro %}

{% macro get_relation_last_modified(information_schema, relations) -%}
  {{- return(adapter.dispatch('get_relation_last_modified', 'dbt')(information_schema, relations)) -}}
{%- endmacro %}

{% macro default__get_relation_last_modified(information_schema, relations) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no get_relation_last_modified') }}
{%- endmacro %}
