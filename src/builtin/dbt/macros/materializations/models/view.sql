{#
  View: made under its own name where nothing has that, or where an older view can be dropped in the same transaction.
  Anything else is traded for it by two renames. Either way, readers see what was there until the commit.
#}

{% materialization view, default %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(target_relation, existing_relation.type if existing_relation is not none else 'view') -%}
  {%- set stale_intermediate = load_cached_relation(intermediate_relation) -%}
  {%- set stale_backup = load_cached_relation(backup_relation) -%}
  {%- set grant_config = config.get('grants') -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}

  {{ drop_relation_if_exists(stale_intermediate) }}
  {{ drop_relation_if_exists(stale_backup) }}

  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {#- a hook may have dropped it -#}
  {%- if existing_relation is not none -%}
    {%- set existing_relation = load_cached_relation(existing_relation) -%}
  {%- endif -%}
  {%- set traded = existing_relation is not none and not (existing_relation.is_view and replaces_in_one_transaction()) -%}
  {%- if existing_relation is not none and not traded -%}
    {%- do ensure_node_transaction() -%}
    {%- do adapter.drop_relation(existing_relation) -%}
  {%- endif -%}

  {% call statement('main') -%}
    {{ get_create_view_as_sql(intermediate_relation if traded else target_relation, sql) }}
  {%- endcall %}

  {%- if traded -%}
    {{ adapter.rename_relation(existing_relation, backup_relation) }}
    {{ adapter.rename_relation(intermediate_relation, target_relation) }}
  {%- endif -%}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}

  {{ adapter.commit() }}

  {%- if traded -%}
    {{ drop_relation_if_exists(backup_relation) }}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
