{# What a dynamic table's config says, and how it differs from the table that is there. #}

{# Returns a dict; values are as the model writes them. #}
{% macro snowflake__dynamic_table_settings() -%}
  {%- set target_lag = config.get('target_lag') -%}
  {%- set scheduler = (config.get('scheduler') or ('ENABLE' if target_lag else 'DISABLE')) | upper -%}
  {%- if scheduler not in ['ENABLE', 'DISABLE'] -%}
    {%- do exceptions.raise_compiler_error("`scheduler` must be ENABLE or DISABLE, not '" ~ config.get('scheduler') ~ "'") -%}
  {%- elif scheduler == 'ENABLE' and not target_lag -%}
    {%- do exceptions.raise_compiler_error("`scheduler: ENABLE` needs a `target_lag`: say how old the rows may become") -%}
  {%- elif scheduler == 'DISABLE' and target_lag -%}
    {%- do exceptions.raise_compiler_error("`scheduler: DISABLE` refreshes by this program alone: leave out `target_lag`") -%}
  {%- endif -%}
  {%- set refresh_mode = (config.get('refresh_mode') or 'AUTO') | upper -%}
  {%- if refresh_mode not in ['AUTO', 'FULL', 'INCREMENTAL'] -%}
    {%- do exceptions.raise_compiler_error("`refresh_mode` must be AUTO, FULL or INCREMENTAL, not '" ~ config.get('refresh_mode') ~ "'") -%}
  {%- endif -%}
  {%- set initialize = (config.get('initialize') or 'ON_CREATE') | upper -%}
  {%- if initialize not in ['ON_CREATE', 'ON_SCHEDULE'] -%}
    {%- do exceptions.raise_compiler_error("`initialize` must be ON_CREATE or ON_SCHEDULE, not '" ~ config.get('initialize') ~ "'") -%}
  {%- endif -%}
  {%- set warehouse = config.get('refresh_warehouse') or config.get('snowflake_warehouse') -%}
  {%- if not warehouse -%}
    {%- do exceptions.raise_compiler_error("A dynamic table needs a warehouse for its refreshes: set `snowflake_warehouse`, or `refresh_warehouse`") -%}
  {%- endif -%}
  {%- set transient = config.get('transient') -%}
  {{ return({
      'target_lag': target_lag,
      'scheduler': scheduler,
      'warehouse': warehouse,
      'initialization_warehouse': snowflake__set_or_none(config.get('snowflake_initialization_warehouse')),
      'refresh_mode': refresh_mode,
      'initialize': initialize,
      'cluster_by': snowflake__column_list('cluster_by'),
      'immutable_where': config.get('immutable_where'),
      'transient': transient,
      'is_transient': adapter.behavior.snowflake_default_transient_dynamic_tables.no_warn if transient is none else transient
  }) }}
{%- endmacro %}

{# The warehouse says '' or 'NONE' for what is not set. #}
{% macro snowflake__set_or_none(value) -%}
  {%- set text = '' if value is none or value is undefined else value | string | trim -%}
  {{ return(none if text | lower in ['', 'none'] else text) }}
{%- endmacro %}

{# The row of SHOW DYNAMIC TABLES for this table, or none. LIKE has wildcards, so the name is compared as well. #}
{% macro snowflake__describe_dynamic_table(relation) -%}
  {%- set shown = run_query(
        'show dynamic tables like ' ~ snowflake__literal(relation.identifier)
        ~ ' in schema ' ~ relation.include(identifier=false).render()) -%}
  {%- for row in shown if row['name'] == relation.identifier -%}
    {{ return(row) }}
  {%- endfor -%}
  {{ return(none) }}
{%- endmacro %}

{# Whether a table is transient is shown by SHOW TABLES alone. #}
{% macro snowflake__is_transient_table(relation) -%}
  {%- set shown = run_query(
        'show tables like ' ~ snowflake__literal(relation.identifier)
        ~ ' in schema ' ~ relation.include(identifier=false).render()) -%}
  {%- for row in shown if row['name'] == relation.identifier -%}
    {{ return(row['kind'] == 'TRANSIENT') }}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{# None if nothing changed, else {'replace': whether ALTER is not enough, <setting>: the new value or none}. #}
{% macro snowflake__get_dynamic_table_configuration_changes(existing_relation, new_config) -%}
  {%- set row = snowflake__describe_dynamic_table(existing_relation) -%}
  {%- set wanted = snowflake__dynamic_table_settings() -%}
  {%- if row is none -%}
    {{ return({'replace': true}) }}
  {%- endif -%}
  {%- set changes = {} -%}
  {%- set present_lag = snowflake__set_or_none(row['target_lag']) -%}
  {%- if wanted.target_lag and snowflake__lag_in_seconds(wanted.target_lag) != snowflake__lag_in_seconds(present_lag) -%}
    {%- do changes.update({'target_lag': wanted.target_lag}) -%}
  {%- endif -%}
  {%- if snowflake__folded_name(wanted.warehouse) != snowflake__folded_name(row['warehouse']) -%}
    {%- do changes.update({'warehouse': wanted.warehouse}) -%}
  {%- endif -%}
  {%- if snowflake__folded_name(wanted.initialization_warehouse) != snowflake__folded_name(row['initialization_warehouse']) -%}
    {%- do changes.update({'initialization_warehouse': wanted.initialization_warehouse}) -%}
  {%- endif -%}
  {#- accounts without schedulers show none #}
  {%- set present_scheduler = snowflake__set_or_none(row['scheduler']) or ('ENABLE' if present_lag else 'DISABLE') -%}
  {%- if wanted.scheduler != present_scheduler | upper -%}
    {%- do changes.update({'scheduler': wanted.scheduler}) -%}
  {%- endif -%}
  {%- if snowflake__immutable_condition(wanted.immutable_where) != snowflake__immutable_condition(row['immutable_where']) -%}
    {%- do changes.update({'immutable_where': wanted.immutable_where}) -%}
  {%- endif -%}
  {%- if snowflake__folded_keys(wanted.cluster_by) != snowflake__folded_keys(row['cluster_by']) -%}
    {%- do changes.update({'cluster_by': wanted.cluster_by}) -%}
  {%- endif -%}
  {%- set other_mode = wanted.refresh_mode != 'AUTO' and wanted.refresh_mode != (row['refresh_mode'] or '') | upper -%}
  {%- set other_kind = false -%}
  {%- if wanted.transient is not none -%}
    {%- set other_kind = snowflake__is_transient_table(existing_relation) != wanted.transient -%}
  {%- endif -%}
  {%- if other_mode or other_kind -%}
    {%- do changes.update({'replace': true}) -%}
  {%- endif -%}
  {{ return(changes if changes else none) }}
{%- endmacro %}
