{# on_schema_change: finding out what moved between two column lists and bringing the target in line. #}

{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {%- if on_schema_change in ['ignore', 'fail', 'append_new_columns', 'sync_all_columns'] -%}
    {{ return(on_schema_change) }}
  {%- endif -%}
  {%- do log("on_schema_change: '" ~ on_schema_change ~ "' is not a known setting, using '" ~ default ~ "'") -%}
  {{ return(default) }}
{% endmacro %}

{% macro check_for_schema_changes(source_relation, target_relation) %}
  {{- return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) -}}
{% endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) %}
  {%- set source_columns = adapter.get_columns_in_relation(source_relation) -%}
  {%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
  {%- set added = diff_columns(source_columns, target_columns) -%}
  {%- set removed = diff_columns(target_columns, source_columns) -%}
  {%- set retyped = diff_column_data_types(source_columns, target_columns) -%}
  {%- set changed = (added | length) + (removed | length) + (retyped | length) > 0 -%}

  {%- do log(
        "Columns of " ~ target_relation ~ ": changed=" ~ changed ~ ", new=" ~ added
        ~ ", gone=" ~ removed ~ ", other type=" ~ retyped) -%}

  {{ return({
      'schema_changed': changed,
      'source_not_in_target': added,
      'target_not_in_source': removed,
      'source_columns': source_columns,
      'target_columns': target_columns,
      'new_target_types': retyped
  }) }}
{% endmacro %}

{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {{- return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) -}}
{% endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {%- set added = schema_changes_dict['source_not_in_target'] -%}
  {%- set removed = schema_changes_dict['target_not_in_source'] -%}
  {%- set retyped = schema_changes_dict['new_target_types'] -%}

  {%- if on_schema_change == 'append_new_columns' and added | length > 0 -%}
    {%- do alter_relation_add_remove_columns(target_relation, added, none) -%}
  {%- elif on_schema_change == 'sync_all_columns' -%}
    {%- if added | length > 0 or removed | length > 0 -%}
      {%- do alter_relation_add_remove_columns(target_relation, added, removed) -%}
    {%- endif -%}
    {%- for change in retyped -%}
      {%- do alter_column_type(target_relation, change['column_name'], change['new_type']) -%}
    {%- endfor -%}
  {%- endif -%}

  {%- do log(
        "Columns of " ~ target_relation ~ " after " ~ on_schema_change ~ ": added " ~ added
        ~ ", dropped " ~ removed ~ ", retyped " ~ retyped) -%}
{% endmacro %}

{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {{- return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) -}}
{% endmacro %}

{# Gives back the columns to write, or an empty dict when the target's own columns are to be used. #}
{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {%- if on_schema_change == 'ignore' -%}
    {{ return({}) }}
  {%- endif -%}
  {{ return(apply_schema_changes(on_schema_change, target_relation, check_for_schema_changes(source_relation, target_relation))) }}
{% endmacro %}

{# Brings the table in line, or stops the model; `changes` is what check_for_schema_changes found. #}
{% macro apply_schema_changes(on_schema_change, target_relation, changes) %}
  {%- if changes['schema_changed'] and on_schema_change == 'fail' -%}
    {%- set explanation -%}
      The columns of this incremental model and of its table no longer agree, and on_schema_change is `fail`.
        only in the model: {{ changes['source_not_in_target'] }}
        only in the table: {{ changes['target_not_in_source'] }}
        other data type:   {{ changes['new_target_types'] }}
      Ways out: run with --full-refresh, alter the table by hand, or set on_schema_change to append_new_columns or sync_all_columns.
    {%- endset -%}
    {%- do exceptions.raise_compiler_error(explanation) -%}
  {%- elif changes['schema_changed'] -%}
    {%- do sync_column_schemas(on_schema_change, target_relation, changes) -%}
  {%- endif -%}
  {{ return(changes['source_columns']) }}
{% endmacro %}
