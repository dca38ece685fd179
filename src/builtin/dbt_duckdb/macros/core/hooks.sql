{# A DuckDB connection starts outside of any transaction. #}
{% macro duckdb__commit_before_hooks() %}
{% endmacro %}

{# DDL is transactional in DuckDB, so a replacement that fails half-way can be undone as a whole. #}
{% macro duckdb__ensure_node_transaction() -%}
  {%- if not adapter.disable_transactions() -%}
    {%- do adapter.ensure_transaction() -%}
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__replaces_in_one_transaction() -%}
  {{ return(not adapter.disable_transactions()) }}
{%- endmacro %}
