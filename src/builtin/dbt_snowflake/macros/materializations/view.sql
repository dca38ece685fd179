{# View: one statement, comments and all. #}

{% materialization view, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set built = snowflake__create_or_replace_view() -%}
  {%- do unset_query_tag(original_query_tag) -%}
  {{ return(built) }}
{% endmaterialization %}
