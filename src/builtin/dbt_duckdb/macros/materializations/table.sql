{#
  Table: where there is none yet, made under its own name. Otherwise built beside the old one, which goes in the same
  transaction in which the new one gets its name; with foreign keys, rebuilt in place.
#}

{% materialization table, adapter="duckdb", supported_languages=['sql', 'python'] %}
  {%- set language = model['language'] -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(target_relation, existing_relation.type if existing_relation is not none else 'table') -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set late_table_settings = adapter.use_ducklake_table_workarounds(target_relation) -%}
  {%- set in_place = has_foreign_key_constraints(existing_relation) -%}
  {%- set dropped_dependents = [] -%}

  {#- leftovers of a run that was cut short -#}
  {{ drop_relation_if_exists(load_cached_relation(intermediate_relation)) }}
  {{ drop_relation_if_exists(load_cached_relation(backup_relation)) }}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) -%}
  {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) -%}

  {%- if in_place and existing_relation is not none -%}
    {%- set dropped_dependents = drop_relation_for_rebuild(existing_relation) -%}
  {%- endif -%}
  {%- set beside = existing_relation is not none and not in_place -%}
  {%- set keeps_backup = beside and not replaces_in_one_transaction() -%}
  {%- set built_relation = intermediate_relation if beside else target_relation -%}
  {% call statement('main', language=language) -%}
    {{- create_table_as(false, built_relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by) }}
  {%- endcall %}

  {%- if beside -%}
    {#- DuckDB does not rename or drop a table that an index or a foreign key refers to -#}
    {%- do drop_indexes_on_relation(existing_relation) -%}
    {%- if existing_relation.is_table and may_be_foreign_key_target(existing_relation) -%}
      {%- set dropped_dependents = drop_foreign_key_dependents(existing_relation) -%}
    {%- endif -%}
    {%- if keeps_backup -%}
      {{ adapter.rename_relation(existing_relation, backup_relation) }}
    {%- else -%}
      {{ adapter.drop_relation(existing_relation) }}
    {%- endif -%}
    {{ adapter.rename_relation(intermediate_relation, target_relation) }}
  {%- endif -%}
  {%- do restore_foreign_key_dependents(dropped_dependents) -%}

  {%- do create_indexes(target_relation) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- if not late_table_settings -%}
    {%- do persist_docs(target_relation, model) -%}
  {%- endif -%}

  {{ adapter.commit() }}

  {%- if late_table_settings -%}
    {#- older DuckLake versions lose table settings in a rename and refuse comments in the same transaction -#}
    {%- if partitioned_by -%}
      {% call statement('reassert_partitioned_by', auto_begin=false) -%}
        {{ duckdb__alter_table_set_partitioned_by(target_relation, partitioned_by) }}
      {%- endcall %}
    {%- endif -%}
    {%- if sorted_by -%}
      {% call statement('reassert_sorted_by', auto_begin=false) -%}
        {{ duckdb__alter_table_set_sorted_by(target_relation, sorted_by) }}
      {%- endcall %}
    {%- endif -%}
    {%- do persist_docs(target_relation, model) -%}
  {%- endif -%}

  {%- if keeps_backup -%}
    {{ drop_relation_if_exists(backup_relation) }}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
