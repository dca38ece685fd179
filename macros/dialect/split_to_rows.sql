{#- Continues a FROM clause: one row for each part of a separated text, in the column `value` of the alias.
    On Snowflake `value` is a variant, so callers cast it. -#}
{% macro split_to_rows(text, separator, alias) -%}
    {{ return(adapter.dispatch('split_to_rows', 'netflix')(text, separator, alias)) }}
{%- endmacro %}

{% macro default__split_to_rows(text, separator, alias) -%}
    , lateral flatten(input => split({{ text }}, '{{ separator }}')) as {{ alias }}
{%- endmacro %}

{% macro duckdb__split_to_rows(text, separator, alias) -%}
    , unnest(string_split({{ text }}, '{{ separator }}')) as {{ alias }}(value)
{%- endmacro %}
