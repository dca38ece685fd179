{# The warehouse's clock, as models and snapshots read it. #}

{% macro current_timestamp() -%}
  {{- return(adapter.dispatch('current_timestamp', 'dbt')()) -}}
{%- endmacro %}

{% macro default__current_timestamp() -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no current_timestamp') }}
{%- endmacro %}

{% macro snapshot_get_time() -%}
  {{- return(adapter.dispatch('snapshot_get_time', 'dbt')()) -}}
{%- endmacro %}

{% macro default__snapshot_get_time() -%}
    {{ current_timestamp() }}
{%- endmacro %}

{% macro get_snapshot_get_time_data_type() %}
  {%- set clock = adapter.dispatch('snapshot_get_time', 'dbt')() -%}
  {%- set schema_of_clock = get_column_schema_from_query('select ' ~ clock ~ ' as dbt_snapshot_time') -%}
  {{ return(schema_of_clock[0].dtype or none) }}
{% endmacro %}

{# Only for old callers of dbt_utils.current_timestamp. #}
{% macro current_timestamp_backcompat() -%}
  {{- return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) -}}
{%- endmacro %}

{% macro default__current_timestamp_backcompat() %}
    current_timestamp::timestamp
{% endmacro %}

{% macro current_timestamp_in_utc_backcompat() -%}
  {{- return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) -}}
{%- endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() %}
  {{- return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) -}}
{% endmacro %}
