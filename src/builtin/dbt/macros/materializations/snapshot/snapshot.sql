{# Snapshot: keep every version of a row with the interval in which it was current. #}

{% materialization snapshot, default %}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set target_exists, target_relation = get_or_create_relation(
        database=model.database,
        schema=model.schema,
        identifier=model.get('alias', model.get('name')),
        type='table') -%}
  {%- if not target_relation.is_table -%}
    {%- do exceptions.relation_wrong_type(target_relation, 'table') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {#- the fourth argument is kept for custom strategies that still expect it -#}
  {%- set strategy_macro = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = strategy_macro(model, "snapshotted_data", "source_data", model['config'], target_exists) -%}
  {%- set staging_relation = none -%}

  {%- if not target_exists -%}
    {%- set checked_sql = build_snapshot_table(strategy, model['compiled_code']) -%}
    {%- set final_sql = create_table_as(false, target_relation, checked_sql) -%}
  {%- else -%}
    {%- set column_names = config.get("snapshot_table_column_names") or get_snapshot_table_column_names() -%}
    {{ adapter.assert_valid_snapshot_target_given_strategy(target_relation, column_names, strategy) }}

    {%- set checked_sql = snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- set staging_relation = build_snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- do adapter.expand_target_column_types(from_relation=staging_relation, to_relation=target_relation) -%}

    {#- columns that only the staging table has -#}
    {%- set internal = ['dbt_change_type', 'dbt_unique_key'] -%}
    {%- if unique_key is iterable and unique_key is not string and unique_key is not mapping -%}
      {%- for key in strategy.unique_key -%}
        {%- do internal.append('dbt_unique_key_' ~ loop.index) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- set internal = internal + (internal | map('upper') | list) -%}

    {%- do create_columns(
          target_relation,
          adapter.get_missing_columns(staging_relation, target_relation) | rejectattr('name', 'in', internal) | list) -%}

    {%- set insert_columns = [] -%}
    {%- for col in adapter.get_columns_in_relation(staging_relation) | rejectattr('name', 'in', internal) -%}
      {%- do insert_columns.append(adapter.quote(col.name)) -%}
    {%- endfor -%}
    {%- set final_sql = snapshot_merge_sql(target=target_relation, source=staging_relation, insert_cols=insert_columns) -%}
  {%- endif -%}

  {{ check_time_data_types(checked_sql) }}

  {% call statement('main') %}
    {{ final_sql }}
  {% endcall %}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(target_exists, full_refresh_mode=false)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- if not target_exists -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ adapter.commit() }}

  {%- if staging_relation is not none -%}
    {%- do post_snapshot(staging_relation) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
