{# A DuckDB connection starts outside of any transaction, so that there is none to end before hooks outside of one. #}
{% macro run_hooks(hooks, inside_transaction=true) %}
  {%- for hook in hooks if hook['transaction'] == inside_transaction -%}
    {%- set hook_sql = adapter.translate(render(hook.get('sql')) | trim) -%}
    {%- if hook_sql -%}
      {%- call statement(auto_begin=inside_transaction) %}
        {{ hook_sql }}
      {% endcall -%}
    {%- endif -%}
  {%- endfor -%}
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
