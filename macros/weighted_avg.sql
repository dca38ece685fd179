{#- The mean of a value in which each row counts as often as its weight says.
    Only a zero weight gives NULL: a weighted mean of zero is a real result. -#}
{% macro weighted_avg(val_expr, wt_expr) -%}
    sum({{ val_expr }} * {{ wt_expr }}) / nullif(sum({{ wt_expr }}), 0)
{%- endmacro %}
