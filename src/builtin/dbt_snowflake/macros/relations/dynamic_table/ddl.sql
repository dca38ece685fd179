{# Creating, changing and refreshing dynamic tables. #}

{% macro snowflake__get_create_dynamic_table_as_sql(relation, sql) -%}
  {%- set dynamic = snowflake__dynamic_table_settings() -%}
  {%- set settings = snowflake__table_settings() -%}
  {%- set iceberg = settings.table_format == 'ICEBERG' -%}
  {%- if settings.format not in ['default', 'iceberg'] -%}
    {%- do exceptions.raise_compiler_error("A dynamic table is a table of Snowflake's own, or an Iceberg table of its catalog: not one with the format '" ~ settings.format ~ "'") -%}
  {%- endif %}
    create or replace {{ 'transient ' if dynamic.is_transient and not iceberg }}dynamic {{ 'iceberg ' if iceberg }}table {{ relation.render() }}
    {{- snowflake__clauses([
      optional('target_lag', dynamic.target_lag, "'"),
      "scheduler = 'DISABLE'" if dynamic.scheduler == 'DISABLE' else none,
      'warehouse = ' ~ dynamic.warehouse,
      optional('initialization_warehouse', dynamic.initialization_warehouse)
    ] + (snowflake__iceberg_options(relation, settings) if iceberg else []) + [
      optional('refresh_mode', dynamic.refresh_mode),
      optional('initialize', dynamic.initialize),
      optional('cluster by', dynamic.cluster_by, '(', '')
    ] + snowflake__governance_clauses() + [
      optional('immutable where', dynamic.immutable_where, '(', '')
    ]) }}
    as (
      {{ sql }}
    )
{%- endmacro %}

{% macro snowflake__get_replace_dynamic_table_sql(relation, sql) -%}
  {{- return(snowflake__get_create_dynamic_table_as_sql(relation, sql)) -}}
{%- endmacro %}

{# `configuration_changes` is what snowflake__get_dynamic_table_configuration_changes found. #}
{% macro snowflake__get_alter_dynamic_table_as_sql(existing_relation, configuration_changes, target_relation, sql) -%}
  {%- if configuration_changes.replace -%}
    {{ return(get_replace_sql(existing_relation, target_relation, sql)) }}
  {%- endif -%}
  {%- set alter = 'alter dynamic table ' ~ existing_relation.render() -%}
  {%- set assignments = [] -%}
  {%- set statements = [] -%}
  {%- for name, quote in {'target_lag': "'", 'warehouse': '', 'initialization_warehouse': '', 'scheduler': "'"}.items()
        if configuration_changes.get(name) -%}
    {%- do assignments.append(name ~ ' = ' ~ quote ~ configuration_changes[name] ~ quote) -%}
  {%- endfor -%}
  {%- if assignments -%}
    {%- do statements.append(alter ~ ' set ' ~ (assignments | join(' '))) -%}
  {%- endif -%}
  {%- if 'initialization_warehouse' in configuration_changes and not configuration_changes.initialization_warehouse -%}
    {%- do statements.append(alter ~ ' unset initialization_warehouse') -%}
  {%- endif -%}
  {%- if 'immutable_where' in configuration_changes -%}
    {%- set condition = configuration_changes.immutable_where -%}
    {%- do statements.append(alter ~ (' set immutable where (' ~ condition ~ ')' if condition else ' unset immutable where')) -%}
  {%- endif -%}
  {%- if 'cluster_by' in configuration_changes -%}
    {%- set keys = configuration_changes.cluster_by -%}
    {%- do statements.append(alter ~ (' cluster by (' ~ keys ~ ')' if keys else ' drop clustering key')) -%}
  {%- endif -%}
  {{ return(statements | join(';\n    ')) }}
{%- endmacro %}

{% macro snowflake__refresh_dynamic_table(relation) -%}
    alter dynamic table {{ relation.render() }} refresh
{%- endmacro %}
