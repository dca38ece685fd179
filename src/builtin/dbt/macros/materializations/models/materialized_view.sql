{# Materialized view: create, replace, alter or refresh, whichever the existing object calls for. #}

{% materialization materialized_view, default %}
  {%- set target_relation = this.incorporate(type=this.MaterializedView) -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(
        target_relation,
        existing_relation.type if existing_relation is not none else target_relation.MaterializedView) -%}

  {{ materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) }}

  {%- set build_sql = materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) -%}
  {%- if build_sql == '' -%}
    {{ materialized_view_execute_no_op(target_relation) }}
  {%- else -%}
    {{ materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) }}
  {%- endif -%}

  {{ materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) %}
  {#- only leftovers of an interrupted run can be there -#}
  {%- for helper in [backup_relation, intermediate_relation] -%}
    {{ drop_relation_if_exists(load_cached_relation(helper)) }}
  {%- endfor -%}
  {{ run_hooks(pre_hooks, inside_transaction=false) }}
{% endmacro %}

{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) %}
  {%- for helper in [backup_relation, intermediate_relation] -%}
    {{ drop_relation_if_exists(helper) }}
  {%- endfor -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
{% endmacro %}

{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) %}
  {%- if existing_relation is none -%}
    {%- do return(get_create_materialized_view_as_sql(target_relation, sql)) -%}
  {%- endif -%}
  {%- if should_full_refresh() or not existing_relation.is_materialized_view -%}
    {%- do return(get_replace_sql(existing_relation, target_relation, sql)) -%}
  {%- endif -%}

  {%- set reaction = config.get('on_configuration_change') -%}
  {%- set changes = get_materialized_view_configuration_changes(existing_relation, config) -%}
  {%- if changes is none -%}
    {%- do return(refresh_materialized_view(target_relation)) -%}
  {%- endif -%}

  {%- if reaction == 'apply' -%}
    {%- do return(get_alter_materialized_view_as_sql(
          target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation)) -%}
  {%- endif -%}

  {%- do leave_configuration_changes(reaction, target_relation) -%}
  {%- do return('') -%}
{% endmacro %}

{# What is done about changed settings that are not applied. #}
{% macro leave_configuration_changes(reaction, target_relation) %}
  {%- set notice = "Configuration changes were identified and `on_configuration_change` was set to `" ~ reaction ~ "` for `" ~ target_relation.render() ~ "`" -%}
  {%- if reaction == 'continue' -%}
    {{ exceptions.warn(notice) }}
  {%- elif reaction == 'fail' -%}
    {{ exceptions.raise_fail_fast_error(notice) }}
  {%- else -%}
    {{ exceptions.raise_compiler_error("`on_configuration_change` must be `apply`, `continue` or `fail`, not `" ~ reaction ~ "`") }}
  {%- endif -%}
{% endmacro %}

{% macro materialized_view_execute_no_op(target_relation) %}
  {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') -%}
{% endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
  {%- set grant_config = config.get('grants') -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {% call statement(name='main') %}
    {{ build_sql }}
  {% endcall %}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ adapter.commit() }}
{% endmacro %}
