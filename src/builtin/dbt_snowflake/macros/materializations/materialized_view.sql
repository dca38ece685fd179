{# Materialized views are not built: a dynamic table does what they do, for any query. #}

{% materialization materialized_view, adapter='snowflake' %}
  {%- do exceptions.raise_compiler_error(
        "Models are not built as materialized views on Snowflake: use `materialized: dynamic_table` "
        ~ "with `target_lag` and `snowflake_warehouse`, which keeps its rows fresh for any query") -%}
{% endmaterialization %}
