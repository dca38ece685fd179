{#- 0 for Sunday to 6 for Saturday. Snowflake's own dayofweek follows the session's WEEK_START, so it is derived
    from the ISO number, which does not. -#}
{% macro day_of_week(moment) -%}
    {{ return(adapter.dispatch('day_of_week', 'netflix')(moment)) }}
{%- endmacro %}

{% macro default__day_of_week(moment) -%}
    mod(dayofweekiso({{ moment }}), 7)
{%- endmacro %}

{% macro duckdb__day_of_week(moment) -%}
    dayofweek({{ moment }})
{%- endmacro %}
