{# Incremental: everything that changes the target, schema changes included, is one transaction. #}

{% materialization incremental, adapter="duckdb", supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(target_relation, existing_relation.type if existing_relation is not none else 'table') -%}

  {%- set unique_key = config.get('unique_key') -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set found_a_view = existing_relation is not none and existing_relation.is_view -%}
  {%- set full_refresh_mode = should_full_refresh() or found_a_view -%}
  {%- set from_scratch = existing_relation is none or full_refresh_mode -%}

  {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) if from_scratch else none -%}
  {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) if from_scratch else none -%}
  {%- set without_begin = (partitioned_by or sorted_by) and adapter.is_ducklake(target_relation) -%}

  {{ drop_relation_if_exists(load_cached_relation(intermediate_relation)) }}
  {{ drop_relation_if_exists(load_cached_relation(backup_relation)) }}

  {%- set staging = duckdb__dispatch_temporary_relation(target_relation, adapter.batch_id_for_model(model)) -%}
  {%- set temp_relation = staging.relation -%}
  {%- set to_drop = [] if staging.temporary else [temp_relation] -%}
  {%- set dropped_dependents = [] -%}
  {%- set swap = false -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if from_scratch -%}
    {%- if existing_relation is none -%}
      {%- set built_relation = target_relation -%}
    {%- elif has_foreign_key_constraints(existing_relation) -%}
      {%- set built_relation = target_relation -%}
      {%- set dropped_dependents = drop_relation_for_rebuild(existing_relation) -%}
    {%- else -%}
      {%- set built_relation = intermediate_relation -%}
      {%- set swap = true -%}
    {%- endif -%}
    {%- set build_code = create_table_as(false, built_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) -%}
  {%- else -%}
    {%- set staging_code = create_table_as(staging.temporary, temp_relation, compiled_code, language, partitioned_by=none, sorted_by=none) -%}
    {%- if language == 'python' -%}
      {% call statement('pre', language=language) %}
        {{- staging_code }}
      {% endcall %}
    {%- else -%}
      {%- do run_query(staging_code) -%}
    {%- endif -%}

    {#- new columns must not outlive a failure of the statement that fills them -#}
    {%- do ensure_node_transaction() -%}
    {%- do adapter.expand_target_column_types(from_relation=temp_relation, to_relation=target_relation) -%}
    {%- set dest_columns = process_schema_changes(on_schema_change, temp_relation, existing_relation)
          or adapter.get_columns_in_relation(existing_relation) -%}

    {%- set strategy_macro = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
    {%- set build_code = strategy_macro({
          'target_relation': target_relation,
          'temp_relation': temp_relation,
          'unique_key': unique_key,
          'dest_columns': dest_columns,
          'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
        }) -%}
    {%- set language = 'sql' -%}
  {%- endif -%}

  {% call statement('main', language=language, auto_begin=not without_begin) %}
    {{- build_code }}
  {% endcall %}

  {%- if swap -%}
    {%- do drop_indexes_on_relation(target_relation) -%}
    {%- if may_be_foreign_key_target(target_relation) -%}
      {%- set dropped_dependents = drop_foreign_key_dependents(target_relation) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(target_relation, backup_relation) -%}
    {%- do adapter.rename_relation(intermediate_relation, target_relation) -%}
    {%- do to_drop.append(backup_relation) -%}
  {%- endif -%}
  {%- do restore_foreign_key_dependents(dropped_dependents) -%}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode)) -%}
  {%- if from_scratch -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}

  {%- do adapter.commit() -%}

  {%- for relation in to_drop -%}
    {%- if not adapter.is_motherduck() -%}
      {%- do drop_indexes_on_relation(relation) -%}
    {%- endif -%}
    {%- do adapter.drop_relation(relation) -%}
  {%- endfor -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
