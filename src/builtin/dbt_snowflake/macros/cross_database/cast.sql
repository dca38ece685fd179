{# Casts; the types of places have functions of their own. #}

{% macro snowflake__cast(field, type) -%}
  {%- set kind = type | trim | upper -%}
  {%- if kind in ['GEOGRAPHY', 'GEOMETRY'] -%}
    to_{{ kind | lower }}({{ field }})
  {%- else -%}
    cast({{ field }} as {{ type }})
  {%- endif -%}
{%- endmacro %}

{# try_cast takes text only, and knows neither variants nor the other types of nested values. #}
{% macro snowflake__safe_cast(field, type) -%}
  {%- set kind = type | trim | upper -%}
  {%- if kind in ['GEOGRAPHY', 'GEOMETRY'] -%}
    try_to_{{ kind | lower }}({{ field }})
  {%- elif kind == 'VARIANT' -%}
    {{ adapter.dispatch('cast', 'dbt')(field, type) }}
  {%- else -%}
    try_cast({{ dbt.string_literal(field) if field is number or field is boolean else field }} as {{ type }})
  {%- endif -%}
{%- endmacro %}
