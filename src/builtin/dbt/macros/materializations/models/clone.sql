{# Clone: copy the deferred relation where the warehouse can, otherwise point a view at it. #}

{% materialization clone, default %}
  {%- if not defer_relation -%}
    {{ log("Nothing to clone: the state manifest has no relation for " ~ model.unique_id, info=true) }}
    {{ return({'relations': []}) }}
  {%- endif -%}

  {%- set existing_relation = load_cached_relation(this) -%}
  {%- if existing_relation and not flags.FULL_REFRESH -%}
    {{ log("Relation " ~ existing_relation ~ " already exists", info=true) }}
    {{ return({'relations': []}) }}
  {%- endif -%}

  {%- set origin = load_cached_relation(defer_relation) -%}
  {%- if not (origin and origin.type == 'table' and can_clone_table()) -%}
    {#- the view materialization of this adapter, called as a plain macro -#}
    {%- set adapter_view = "materialization_view_" ~ adapter.type() -%}
    {%- set view_macro = context[adapter_view if adapter_view in context else "materialization_view_default"] -%}
    {{ return(view_macro()) }}
  {%- endif -%}

  {%- set grant_config = config.get('grants') -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- if existing_relation is not none and not existing_relation.is_table -%}
    {{ log("Dropping " ~ existing_relation.render() ~ ", a " ~ existing_relation.type ~ " where a table is to be cloned") }}
    {{ drop_relation_if_exists(existing_relation) }}
  {%- endif -%}

  {%- if target_relation.database == defer_relation.database
        and target_relation.schema == defer_relation.schema
        and target_relation.identifier == defer_relation.identifier -%}
    {{ log("Not cloning " ~ target_relation.render() ~ " onto itself") }}
  {%- else -%}
    {% call statement('main') %}
      {{ create_or_replace_clone(target_relation, defer_relation) }}
    {% endcall %}
  {%- endif -%}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro can_clone_table() %}
  {{- return(adapter.dispatch('can_clone_table', 'dbt')()) -}}
{% endmacro %}

{% macro default__can_clone_table() %}
  {{- return(false) -}}
{% endmacro %}

{% macro create_or_replace_clone(this_relation, defer_relation) %}
  {{- return(adapter.dispatch('create_or_replace_clone', 'dbt')(this_relation, defer_relation)) -}}
{% endmacro %}

{% macro default__create_or_replace_clone(this_relation, defer_relation) %}
    create or replace table {{ this_relation.render() }} clone {{ defer_relation.render() }}
{% endmacro %}
