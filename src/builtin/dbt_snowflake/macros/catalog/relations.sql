{# What is in a schema. SHOW needs no running warehouse. #}

{# One page of relations, beginning behind the name `watermark`. #}
{% macro snowflake__show_objects_sql(schema, max_results_per_iter=10000, watermark=none) -%}
  {{ return(
      'show objects in schema ' ~ schema ~ ' limit ' ~ max_results_per_iter
      ~ (' from ' ~ snowflake__literal(watermark) if watermark is not none else '')) }}
{%- endmacro %}

{# A row for each relation, as SHOW OBJECTS gives it. A warehouse gives 10,000 rows at most, so the rest is asked for by name. #}
{% macro snowflake__list_relations_without_caching(schema_relation, max_iter=10000, max_results_per_iter=10000) %}
  {%- set schema = schema_relation if schema_relation is string else schema_relation.include(identifier=false) -%}
  {%- set rows = [] -%}
  {%- set state = namespace(watermark=none, more=true) -%}
  {%- for page in range(max_iter) -%}
    {%- if state.more -%}
      {%- set found = run_query(snowflake__show_objects_sql(schema, max_results_per_iter, state.watermark)) -%}
      {%- for row in found -%}
        {%- do rows.append(row) -%}
      {%- endfor -%}
      {%- set state.more = found | length >= max_results_per_iter -%}
      {%- if state.more -%}
        {%- set state.watermark = rows[-1]['name'] -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if state.more -%}
    {%- do exceptions.warn(
          "The schema " ~ schema ~ " has more than " ~ (max_iter * max_results_per_iter)
          ~ " relations: those behind '" ~ state.watermark ~ "' are not known") -%}
  {%- endif -%}
  {{ return(rows) }}
{% endmacro %}

{# The same for all schemas of a database at once; none where there are more than one answer can hold. #}
{% macro snowflake__list_relations_in_database(database) -%}
  {%- set most = 10000 -%}
  {%- set found = run_query('show objects in database ' ~ database ~ ' limit ' ~ most) -%}
  {{ return(found if found | length < most else none) }}
{%- endmacro %}

{% macro snowflake__list_function_relations_without_caching(schema_relation) -%}
  {%- set schema = schema_relation if schema_relation is string else schema_relation.include(identifier=false) -%}
  {{ return(run_query('show user functions in schema ' ~ schema)) }}
{%- endmacro %}
