{# Refreshing the data of a materialized view. #}

{% macro refresh_materialized_view(relation) -%}
  {{- log('Refresh: ' ~ relation) -}}
  {{- return(adapter.dispatch('refresh_materialized_view', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__refresh_materialized_view(relation) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no refresh_materialized_view') }}
{%- endmacro %}
