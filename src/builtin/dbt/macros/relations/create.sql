{# "create" for a relation of any kind, under its own name or under the intermediate one. #}

{% macro get_create_sql(relation, sql) -%}
  {{- log('Create: ' ~ relation) -}}
  {{- return(adapter.dispatch('get_create_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_create_sql(relation, sql) -%}
  {%- if relation.is_view -%}
    {{ get_create_view_as_sql(relation, sql) }}
  {%- elif relation.is_table -%}
    {{ get_create_table_as_sql(false, relation, sql) }}
  {%- elif relation.is_materialized_view -%}
    {{ get_create_materialized_view_as_sql(relation, sql) }}
  {%- else -%}
    {{ exceptions.raise_compiler_error("get_create_sql: cannot create a relation of type " ~ relation.type) }}
  {%- endif -%}
{%- endmacro %}

{% macro get_create_intermediate_sql(relation, sql) -%}
  {{- log('Create intermediate: ' ~ relation) -}}
  {{- return(adapter.dispatch('get_create_intermediate_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_create_intermediate_sql(relation, sql) -%}
    {%- set intermediate = make_intermediate_relation(relation) %}
    {{ get_drop_sql(intermediate) }};
    {{ get_create_sql(intermediate, sql) }}
{%- endmacro %}

{% macro get_create_backup_sql(relation) -%}
  {{- log('Create backup: ' ~ relation) -}}
  {{- return(adapter.dispatch('get_create_backup_sql', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_create_backup_sql(relation) -%}
    {%- set backup = make_backup_relation(relation, relation.type) %}
    {{ get_drop_sql(backup) }};
    {{ get_rename_sql(relation, backup.identifier) }}
{%- endmacro %}
