{# Descriptions as comments. CREATE carries that of the relation, and that of a view's columns: these are for the rest. #}

{# One column of the warehouse with its comment: none is an empty one. `column_dict` is the model's `columns`. #}
{% macro get_column_comment_sql(column_name, column_dict) -%}
  {%- set found = [] -%}
  {%- for name, documented in column_dict.items() if name | lower == column_name | lower -%}
    {%- do found.append(documented['description']) -%}
  {%- endfor -%}
  {{ return(adapter.quote(column_name) ~ ' comment ' ~ snowflake__literal(found[0] if found else '')) }}
{%- endmacro %}

{# The column list of "create view": every column, documented or not. #}
{% macro get_persist_docs_column_list(model_columns, query_columns) -%}
  {%- set known = validate_doc_columns(this, model_columns, query_columns) -%}
  {%- set cells = [] -%}
  {%- for name in query_columns -%}
    {%- do cells.append(get_column_comment_sql(name, known)) -%}
  {%- endfor -%}
  {{ return('(' ~ (cells | join(', ')) ~ ')') }}
{%- endmacro %}

{% macro snowflake__alter_relation_comment(relation, relation_comment) -%}
  {%- if relation.is_iceberg_format -%}
    alter iceberg table {{ relation.render() }} set comment = {{ snowflake__literal(relation_comment) }}
  {%- else -%}
    comment on {{ snowflake__kind_in_ddl(relation) }} {{ relation.render() }} is {{ snowflake__literal(relation_comment) }}
  {%- endif -%}
{%- endmacro %}

{# All comments in one statement. dbt: a column without a description loses its comment. #}
{% macro snowflake__alter_column_comment(relation, column_dict) -%}
  {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
  {%- set known = validate_doc_columns(relation, column_dict, present) -%}
  {%- set cells = [] -%}
  {%- for name in present -%}
    {%- do cells.append(get_column_comment_sql(name, known)) -%}
  {%- endfor -%}
  {%- if cells -%}
    alter {{ 'iceberg ' if relation.is_iceberg_format }}table {{ relation.render() }} alter {{ cells | join(', ') }}
  {%- endif -%}
{%- endmacro %}

{% macro snowflake__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- do run_query(snowflake__alter_relation_comment(relation, model.description)) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() and model.columns -%}
    {%- set comment_sql = alter_column_comment(relation, model.columns) -%}
    {%- if comment_sql and comment_sql | trim -%}
      {%- do run_query(comment_sql) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
