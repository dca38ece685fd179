{# Replacing a view, and the materialization body that adapters with "create or replace view" call. #}

{% macro get_replace_view_sql(relation, sql) -%}
  {{- return(adapter.dispatch('get_replace_view_sql', 'dbt')(relation, sql)) -}}
{%- endmacro %}

{% macro default__get_replace_view_sql(relation, sql) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_replace_view_sql') }}
{%- endmacro %}


{% macro create_or_replace_view() %}
  {%- set identifier = model['alias'] -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
  {%- set exists_as_view = old_relation is not none and old_relation.is_view -%}
  {%- set target_relation = api.Relation.create(identifier=identifier, schema=schema, database=database, type='view') -%}

  {{ run_hooks(pre_hooks) }}

  {%- if old_relation is not none and old_relation.is_table -%}
    {{ handle_existing_table(should_full_refresh(), old_relation) }}
  {%- endif -%}

  {% call statement('main') -%}
    {{ get_create_view_as_sql(target_relation, sql) }}
  {%- endcall %}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(exists_as_view, full_refresh_mode=true)) -%}
  {{ run_hooks(post_hooks) }}

  {{ return({'relations': [target_relation]}) }}
{% endmacro %}

{% macro handle_existing_table(full_refresh, old_relation) -%}
  {{- return(adapter.dispatch('handle_existing_table', 'dbt')(full_refresh, old_relation)) -}}
{%- endmacro %}

{% macro default__handle_existing_table(full_refresh, old_relation) %}
  {{ log("Dropping " ~ old_relation.render() ~ ", a " ~ old_relation.type ~ " in the place of a view") }}
  {{ adapter.drop_relation(old_relation) }}
{% endmacro %}
