{# Schemas of a database. #}

{% macro snowflake__list_schemas(database) -%}
  {%- set limit = 10000 -%}
  {%- set found = run_query('show terse schemas in database ' ~ database ~ ' limit ' ~ limit) -%}
  {%- if found | length >= limit -%}
    {%- do exceptions.raise_compiler_error(
          "The database " ~ database ~ " has " ~ limit ~ " schemas or more, and the warehouse lists no more than that") -%}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}

{% macro snowflake__check_schema_exists(information_schema, schema) -%}
  {%- set query -%}
    select count(*) as schema_count
    from {{ information_schema }}.schemata
    where upper(schema_name) = upper({{ snowflake__literal(schema) }})
      and upper(catalog_name) = upper({{ snowflake__literal(information_schema.database) }})
  {%- endset -%}
  {{ return(run_query(query)) }}
{%- endmacro %}
