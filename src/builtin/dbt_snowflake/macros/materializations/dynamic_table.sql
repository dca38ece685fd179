{# Dynamic table: created, altered or replaced, whichever its settings call for. Snowflake refreshes it. #}

{% materialization dynamic_table, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='dynamic_table') -%}
  {%- set grant_config = config.get('grants') -%}

  {{ snowflake__run_pre_hooks(pre_hooks) }}

  {%- set build_sql = dynamic_table_get_build_sql(existing_relation, target_relation) -%}
  {%- if build_sql -%}
    {%- set replaced = existing_relation is none or (build_sql | lower).lstrip().startswith('create') -%}
    {% call statement('main') %}
      {{ build_sql }}
    {% endcall %}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=replaced)) -%}
    {%- do persist_docs(target_relation, model, for_relation=not replaced) -%}
  {%- else -%}
    {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') -%}
  {%- endif -%}

  {#- nobody else refreshes it; making it has filled it already -#}
  {%- if snowflake__dynamic_table_settings().scheduler == 'DISABLE' and existing_relation is not none -%}
    {% call statement('refresh') %}
      {{ snowflake__refresh_dynamic_table(target_relation) }}
    {% endcall %}
  {%- endif -%}

  {{ snowflake__run_post_hooks(post_hooks) }}

  {%- do unset_query_tag(original_query_tag) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The statements to send; an empty text if there is nothing to do. #}
{% macro dynamic_table_get_build_sql(existing_relation, target_relation) -%}
  {%- if existing_relation is none -%}
    {{ return(get_create_sql(target_relation, sql)) }}
  {%- elif should_full_refresh() or not existing_relation.is_dynamic_table -%}
    {{ return(get_replace_sql(existing_relation, target_relation, sql)) }}
  {%- endif -%}

  {%- set changes = snowflake__get_dynamic_table_configuration_changes(existing_relation, config) -%}
  {%- if changes is none -%}
    {{ log("The settings of " ~ target_relation ~ " are as configured") }}
    {{ return('') }}
  {%- endif -%}

  {%- set reaction = config.get('on_configuration_change') or 'apply' -%}
  {%- if reaction == 'apply' -%}
    {{ return(snowflake__get_alter_dynamic_table_as_sql(existing_relation, changes, target_relation, sql)) }}
  {%- endif -%}
  {%- do leave_configuration_changes(reaction, target_relation) -%}
  {{ return('') }}
{%- endmacro %}
