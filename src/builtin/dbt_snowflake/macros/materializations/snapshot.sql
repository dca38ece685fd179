{# Snapshot: one MERGE whose source is the staging query itself; the columns on both sides are read once. #}

{% materialization snapshot, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set target_exists = existing_relation is not none -%}
  {%- if target_exists and not existing_relation.is_table -%}
    {%- do exceptions.relation_wrong_type(existing_relation, 'table') -%}
  {%- endif -%}

  {{ snowflake__run_pre_hooks(pre_hooks) }}

  {%- set node = snowflake__snapshot_node(model, existing_relation) -%}
  {%- set strategy_macro = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = strategy_macro(node, "snapshotted_data", "source_data", model['config'], target_exists) -%}
  {%- do snowflake__check_snapshot_time(strategy, node) -%}

  {%- if target_exists -%}
    {%- set final_sql = snowflake__snapshot_update(strategy, node, existing_relation) -%}
  {%- else -%}
    {%- set final_sql = create_table_as(false, target_relation, build_snapshot_table(strategy, model['compiled_code'])) -%}
  {%- endif -%}

  {% call statement('main') %}
    {{ final_sql }}
  {% endcall %}

  {{ snowflake__run_post_hooks(post_hooks) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(target_exists, full_refresh_mode=false)) -%}
  {%- do persist_docs(target_relation, model, for_relation=target_exists) -%}
  {%- do unset_query_tag(original_query_tag) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The node with the columns that strategies ask for: `query_columns` of its query, `table_columns` of its table. #}
{% macro snowflake__snapshot_node(model, existing_relation) -%}
  {%- set node = {} -%}
  {%- for key, value in model.items() -%}
    {%- do node.update({key: value}) -%}
  {%- endfor -%}
  {%- if existing_relation is not none or config.get('strategy') == 'timestamp' -%}
    {%- do node.update({'query_columns': snowflake__columns_of_query(model['compiled_code'])}) -%}
  {%- endif -%}
  {%- if existing_relation is not none -%}
    {%- do node.update({'table_columns': adapter.get_columns_in_relation(existing_relation)}) -%}
  {%- endif -%}
  {{ return(node) }}
{%- endmacro %}

{# Warns when the query's version time has another type than the clock, as snapshots do elsewhere; asks nothing. #}
{% macro snowflake__check_snapshot_time(strategy, node) -%}
  {%- set clock = snapshot_get_time() -%}
  {%- for col in node.query_columns or []
        if col.name | lower == strategy.updated_at | lower and 'to_timestamp_ntz' in clock and col.dtype != 'TIMESTAMP_NTZ' -%}
    {%- if exceptions.warn_snapshot_timestamp_data_types -%}
      {{ exceptions.warn_snapshot_timestamp_data_types('TIMESTAMP_NTZ', col.dtype) }}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{# Brings the table's columns in line and gives the MERGE. #}
{% macro snowflake__snapshot_update(strategy, node, target_relation) -%}
  {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set meta = [names.dbt_updated_at, names.dbt_valid_from, names.dbt_valid_to, names.dbt_scd_id] -%}
  {%- if strategy.hard_deletes == 'new_record' -%}
    {%- do meta.append(names.dbt_is_deleted) -%}
  {%- endif -%}
  {%- do snowflake__check_snapshot_columns(node.table_columns, meta, target_relation) -%}

  {%- set table_columns = snowflake__expand_text_columns(target_relation, node.query_columns, node.table_columns) -%}
  {%- set present = table_columns | map(attribute='name') | map('lower') | list -%}
  {%- set missing = [] -%}
  {%- set insert_columns = [] -%}
  {%- for col in node.query_columns -%}
    {%- do insert_columns.append(adapter.quote(col.name)) -%}
    {%- if col.name | lower not in present -%}
      {%- do missing.append(col) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if missing -%}
    {%- do create_columns(target_relation, missing) -%}
  {%- endif -%}

  {%- do strategy.update({
        'query_columns': node.query_columns | map(attribute='name') | list,
        'table_columns': node.table_columns | map(attribute='name') | list
      }) -%}
  {%- set staging_sql = snapshot_staging_table(strategy, sql, target_relation) -%}
  {{ return(snapshot_merge_sql(target_relation, '(\n' ~ staging_sql ~ '\n    )', insert_columns + meta)) }}
{%- endmacro %}

{% macro snowflake__check_snapshot_columns(table_columns, needed, target_relation) -%}
  {%- set present = table_columns | map(attribute='name') | map('lower') | list -%}
  {%- set missing = [] -%}
  {%- for name in needed if name | lower | replace('"', '') not in present -%}
    {%- do missing.append(name) -%}
  {%- endfor -%}
  {%- if missing -%}
    {%- do exceptions.raise_compiler_error(
          "The snapshot's table " ~ target_relation.render() ~ " lacks the columns " ~ (missing | join(', '))
          ~ ": it was made with other settings, or by something else. Rename it or add the columns by hand") -%}
  {%- endif -%}
{%- endmacro %}

{# Returns [has a column been added, quoted columns present on both sides], from what the node knows. #}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if not target_exists -%}
    {{ return([false, []]) }}
  {%- endif -%}
  {%- set query_names = node.query_columns | map(attribute='name') | list -%}
  {%- set table_names = node.table_columns | map(attribute='name') | list -%}
  {%- if check_cols_config == 'all' -%}
    {%- set wanted = query_names -%}
  {%- elif check_cols_config is string or check_cols_config is not iterable or check_cols_config | length == 0 -%}
    {%- do exceptions.raise_compiler_error("'check_cols' must be 'all' or a list of columns, not: " ~ check_cols_config) -%}
  {%- else -%}
    {%- set wanted = [] -%}
    {%- for given in check_cols_config -%}
      {%- set name = given | replace('"', '') -%}
      {%- set found = [] -%}
      {%- for known in query_names if known == name or ('"' not in given and known | lower == name | lower) -%}
        {%- do found.append(known) -%}
      {%- endfor -%}
      {%- if not found -%}
        {%- do exceptions.raise_compiler_error(
              "'check_cols' names the column '" ~ given ~ "', which the snapshot's query does not have: " ~ (query_names | join(', '))) -%}
      {%- endif -%}
      {%- do wanted.append(found[0]) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set shared = [] -%}
  {%- for name in wanted if name in table_names -%}
    {%- do shared.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return([shared | length < wanted | length, shared]) }}
{%- endmacro %}

{# `source` is a relation, or a query in brackets. #}
{% macro snowflake__snapshot_merge_sql(target, source, insert_cols) -%}
    {{ snowflake__header() }}{{ default__snapshot_merge_sql(target, source, insert_cols) | trim }}
{%- endmacro %}
