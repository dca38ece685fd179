{#- The texts of a group in one line, in a stated order: the reverse of split_to_rows. `expression` may begin with
    DISTINCT; both engines then ask that `order_by` be that same expression. -#}
{% macro join_rows(expression, order_by, separator=', ') -%}
    {{ return(adapter.dispatch('join_rows', 'netflix')(expression, order_by, separator)) }}
{%- endmacro %}

{% macro default__join_rows(expression, order_by, separator) -%}
    listagg({{ expression }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{% macro duckdb__join_rows(expression, order_by, separator) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
