{# Snapshot strategies: how a row's identity, its version time and "has it changed" are written in SQL. #}

{# Finds the macro snapshot_<name>_strategy; "package.name" looks in that package only. #}
{% macro strategy_dispatch(name) -%}
  {%- set place = context -%}
  {%- set short_name = name -%}
  {%- if '.' in name -%}
    {%- set package_name, short_name = name.split('.', 1) -%}
    {%- if package_name not in context -%}
      {{ exceptions.raise_compiler_error("Snapshot strategy '" ~ name ~ "': there is no package '" ~ package_name ~ "'") }}
    {%- endif -%}
    {%- set place = context[package_name] -%}
  {%- endif -%}

  {%- set macro_name = 'snapshot_' ~ short_name ~ '_strategy' -%}
  {%- if macro_name not in place -%}
    {{ exceptions.raise_compiler_error("Snapshot strategy '" ~ name ~ "': there is no macro '" ~ macro_name ~ "'") }}
  {%- endif -%}
  {{ return(place[macro_name]) }}
{%- endmacro %}

{% macro snapshot_hash_arguments(args) -%}
  {{- return(adapter.dispatch('snapshot_hash_arguments', 'dbt')(args)) -}}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
  {%- set parts = [] -%}
  {%- for arg in args -%}
    {%- do parts.append("coalesce(cast(" ~ arg ~ " as varchar ), '')") -%}
  {%- endfor -%}
  md5({{ parts | join(" || '|' || ") }})
{%- endmacro %}

{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {%- set column_names = config.get("snapshot_table_column_names") or get_snapshot_table_column_names() -%}

  {#- compares with dbt's own column: a table that began with the check strategy may not hold `updated_at` -#}
  {%- set row_changed = '(' ~ snapshotted_rel ~ '.' ~ column_names.dbt_valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')' -%}

  {%- do return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes
      }) -%}
{% endmacro %}

{% macro snapshot_string_as_time(timestamp) -%}
  {{- return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) -}}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) %}
  {%- do exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no snapshot_string_as_time') -%}
{% endmacro %}

{# Returns [has a column been added, quoted columns present on both sides]. #}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if not target_exists -%}
    {{ return([false, []]) }}
  {%- endif -%}

  {%- if check_cols_config == 'all' -%}
    {%- set wanted = get_columns_in_query(node['compiled_code']) -%}
  {%- elif check_cols_config is iterable and check_cols_config | length > 0 -%}
    {#- ask the warehouse, so that names come back in the case it stores them -#}
    {%- set probe -%}
      select {{ check_cols_config | join(', ') }}
      from (
        {{ node['compiled_code'] }}
      ) checked
    {%- endset -%}
    {%- set wanted = get_columns_in_query(probe) -%}
  {%- else -%}
    {%- do exceptions.raise_compiler_error("'check_cols' must be 'all' or a list of columns, not: " ~ check_cols_config) -%}
  {%- endif -%}

  {%- set target_relation = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- set present = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
  {%- set shared = [] -%}
  {%- for name in wanted if name in present -%}
    {%- do shared.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return([shared | length < wanted | length, shared]) }}
{%- endmacro %}

{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') or snapshot_get_time() -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {%- set column_added, check_cols = snapshot_check_all_get_existing_columns(node, target_exists, config.get('check_cols')) -%}

  {%- set differences = [] -%}
  {%- if column_added -%}
    {%- do differences.append(get_true_sql() | trim) -%}
  {%- else -%}
    {%- for col in check_cols -%}
      {%- set old = snapshotted_rel ~ '.' ~ col -%}
      {%- set new = current_rel ~ '.' ~ col -%}
      {%- do differences.append(
            old ~ ' != ' ~ new
            ~ ' or (' ~ old ~ ' is null and ' ~ new ~ ' is not null)'
            ~ ' or (' ~ old ~ ' is not null and ' ~ new ~ ' is null)') -%}
    {%- endfor -%}
  {%- endif -%}

  {%- do return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': '(' ~ (differences | join('\n      or ')) ~ ')',
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes
      }) -%}
{% endmacro %}
