{# persist_docs: descriptions as comments of relations and columns. #}

{% macro alter_relation_comment(relation, relation_comment) -%}
  {{- return(adapter.dispatch('alter_relation_comment', 'dbt')(relation, relation_comment)) -}}
{%- endmacro %}

{% macro default__alter_relation_comment(relation, relation_comment) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no alter_relation_comment') }}
{%- endmacro %}

{% macro alter_column_comment(relation, column_dict) -%}
  {{- return(adapter.dispatch('alter_column_comment', 'dbt')(relation, column_dict)) -}}
{%- endmacro %}

{% macro default__alter_column_comment(relation, column_dict) -%}
  {{ exceptions.raise_not_implemented('Adapter ' ~ adapter.type() ~ ' has no alter_column_comment') }}
{%- endmacro %}

{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
  {{- return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) -}}
{%- endmacro %}

{% macro default__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- do run_query(alter_relation_comment(relation, model.description)) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() and model.columns -%}
    {%- set existing_names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set comment_sql = alter_column_comment(relation, validate_doc_columns(relation, model.columns, existing_names)) -%}
    {%- if comment_sql and comment_sql | trim -%}
      {%- do run_query(comment_sql) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{# The documented columns that exist; the others are named in a warning. Quoted names must match in case. #}
{% macro validate_doc_columns(relation, column_dict, existing_column_names) %}
  {%- set lower_names = existing_column_names | map('lower') | list -%}
  {%- set known = {} -%}
  {%- set unknown = [] -%}
  {%- for name in column_dict -%}
    {%- set present = name in existing_column_names if column_dict[name]['quote'] else name | lower in lower_names -%}
    {%- if present -%}
      {%- do known.update({name: column_dict[name]}) -%}
    {%- else -%}
      {%- do unknown.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if unknown -%}
    {{ exceptions.warn("In relation " ~ relation.render() ~ ": The following columns are specified in the schema but are not present in the database: " ~ (unknown | join(', '))) }}
  {%- endif -%}
  {{ return(known) }}
{% endmacro %}
