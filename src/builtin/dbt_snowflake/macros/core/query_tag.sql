{# The query tag of a node. The session knows its tag and changes it only before a statement that needs another one,
   so that nothing is asked, and nodes of the same tag follow each other without a statement between them. #}

{% macro get_current_query_tag() -%}
  {{ return(adapter.get_query_tag() or '') }}
{%- endmacro %}

{% macro set_query_tag() -%}
  {{- return(adapter.dispatch('set_query_tag', 'dbt')()) -}}
{%- endmacro %}

{# Gives back the tag that was there, or none if the node has no tag of its own. #}
{% macro snowflake__set_query_tag() -%}
  {%- set wanted = config.get('query_tag') -%}
  {{ return(adapter.set_query_tag(wanted | string) if wanted else none) }}
{%- endmacro %}

{% macro unset_query_tag(original_query_tag) -%}
  {{- return(adapter.dispatch('unset_query_tag', 'dbt')(original_query_tag)) -}}
{%- endmacro %}

{% macro snowflake__unset_query_tag(original_query_tag) -%}
  {%- if config.get('query_tag') -%}
    {%- do adapter.set_query_tag(original_query_tag) -%}
  {%- endif -%}
{%- endmacro %}
