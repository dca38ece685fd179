{# When relations last changed, as the warehouse's own records tell: one statement for all of a database. #}

{% macro snowflake__get_relation_last_modified(information_schema, relations) -%}
  {%- set conditions = [] -%}
  {%- for relation in relations -%}
    {%- do conditions.append(
          '(upper(table_schema) = upper(' ~ snowflake__literal(relation.schema)
          ~ ') and upper(table_name) = upper(' ~ snowflake__literal(relation.identifier) ~ '))') -%}
  {%- endfor -%}
  {%- call statement('last_modified', fetch_result=true) -%}
    select
      table_schema as schema,
      table_name as identifier,
      last_altered as last_modified,
      {{ current_timestamp() }} as snapshotted_at
    from {{ information_schema }}.tables
    where ({{ conditions | join(' or ') if conditions else '1 = 0' }})
  {%- endcall -%}
  {{ return(load_result('last_modified')) }}
{%- endmacro %}
