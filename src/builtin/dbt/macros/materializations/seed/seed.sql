{# Seed: load a CSV file into a table, emptying or rebuilding the one that is there. #}

{% materialization seed, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) -%}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- set has_table = old_relation is not none and old_relation.is_table -%}
  {%- set grant_config = config.get('grants') -%}

  {%- set agate_table = load_agate_table() -%}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}
  {%- set row_count = agate_table.rows | length -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if old_relation is not none and old_relation.is_view -%}
    {{ exceptions.raise_compiler_error("Seed cannot be loaded into " ~ old_relation.render() ~ ": that is a view") }}
  {%- endif -%}
  {%- if has_table -%}
    {%- set prepare_sql = reset_csv_table(model, full_refresh_mode, old_relation, agate_table) -%}
  {%- else -%}
    {%- set prepare_sql = create_csv_table(model, agate_table) -%}
  {%- endif -%}
  {%- set insert_sql = load_csv_rows(model, agate_table) if row_count > 0 else '' -%}

  {%- set code = 'CREATE' if full_refresh_mode else 'INSERT' -%}
  {% call noop_statement('main', code ~ ' ' ~ row_count, code, row_count) %}
    {{ get_csv_sql(prepare_sql, insert_sql) }};
  {% endcall %}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(old_relation, full_refresh_mode)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- if full_refresh_mode or not has_table -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
