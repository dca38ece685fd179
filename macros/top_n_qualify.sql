{#- A condition for QUALIFY that keeps the n highest rows of each partition.
    Without a tie breaker, equal values at the cut would make the result differ from run to run. -#}
{% macro top_n_qualify(partition_by, order_by, n, tie_breaker=none) -%}
    row_number() over (
        partition by {{ partition_by }}
        order by {{ order_by }} desc nulls last{% if tie_breaker is not none %}, {{ tie_breaker }}{% endif %}
    ) <= {{ n }}
{%- endmacro %}
