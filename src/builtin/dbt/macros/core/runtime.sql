{# Questions about the running program, and the hook that makes a replacement transactional. #}

{% macro is_core_v2() -%}
  {{ return((dbt_version.split('.') | first | int) == 2) }}
{%- endmacro %}

{# Opens the node's transaction ahead of a step that dbt's protocol would send outside of one.
   Adapters without transactional DDL have nothing to do. #}
{% macro ensure_node_transaction() -%}
  {{ return(adapter.dispatch('ensure_node_transaction', 'dbt')()) }}
{%- endmacro %}

{% macro default__ensure_node_transaction() -%}
{%- endmacro %}

{# Whether all that a node does to its relation, dropping included, is undone when it fails. #}
{% macro replaces_in_one_transaction() -%}
  {{ return(adapter.dispatch('replaces_in_one_transaction', 'dbt')()) }}
{%- endmacro %}

{% macro default__replaces_in_one_transaction() -%}
  {{ return(false) }}
{%- endmacro %}
