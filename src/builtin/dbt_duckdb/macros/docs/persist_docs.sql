{# Descriptions as DuckDB comments. #}

{# Dollar quoting, so that a description may hold quotes; only the tag itself is forbidden. #}
{% macro duckdb_escape_comment(comment) -%}
  {%- set tag = '$dbt_comment_literal_block$' -%}
  {%- if comment is not string -%}
    {%- do exceptions.raise_compiler_error("A description must be text, not: " ~ comment) -%}
  {%- elif tag in comment -%}
    {%- do exceptions.raise_compiler_error("A description must not contain " ~ tag) -%}
  {%- endif -%}
  {{ tag ~ comment ~ tag }}
{%- endmacro %}

{% macro duckdb__alter_relation_comment(relation, comment) %}
  comment on {{ relation.type }} {{ relation.render() }} is {{ duckdb_escape_comment(comment) }};
{% endmacro %}

{% macro duckdb__alter_column_comment(relation, column_dict) %}
  {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
  {%- for name in column_dict if name in present %}
  {%- set col = column_dict[name] %}
  comment on column {{ relation.render() }}.{{ adapter.quote(name) if col['quote'] else name }} is {{ duckdb_escape_comment(col['description']) }};
  {%- endfor %}
{% endmacro %}
