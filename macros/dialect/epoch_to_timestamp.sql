{#- Seconds since 1970 as a timestamp without zone, in UTC. A zoned type would show, and cut at the start date,
    by the session's zone, which on Snowflake is not UTC unless someone sets it. -#}
{% macro epoch_to_timestamp(seconds) -%}
    {{ return(adapter.dispatch('epoch_to_timestamp', 'netflix')(seconds)) }}
{%- endmacro %}

{% macro default__epoch_to_timestamp(seconds) -%}
    to_timestamp_ntz({{ seconds }})
{%- endmacro %}

{% macro duckdb__epoch_to_timestamp(seconds) -%}
    make_timestamp({{ seconds }} * 1000000)
{%- endmacro %}
