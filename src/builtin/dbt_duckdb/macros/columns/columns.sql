{# Columns of relations; DuckDB takes one ALTER action per statement. #}

{# "describe" reads one relation; information_schema.columns would load every attached catalog. #}
{% macro duckdb__get_columns_in_relation(relation) -%}
  {%- call statement('get_columns_in_relation', fetch_result=true) -%}
    select column_name, column_type as data_type,
      null::bigint as character_maximum_length,
      null::bigint as numeric_precision,
      null::bigint as numeric_scale
    from (describe {{ relation.render() }})
  {%- endcall -%}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}

{# The result goes into "describe (...)", where a header cannot stand: it runs on its own first. #}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {%- if select_sql_header is not none -%}
      {%- do run_query(select_sql_header) -%}
    {%- endif -%}
    select * from (
        {{ select_sql }}
    ) as __dbt_sbq
    where false
    limit 0
{% endmacro %}

{% macro duckdb__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {%- for col in add_columns or [] -%}
    {%- do run_query(
          'alter ' ~ relation.type ~ ' ' ~ relation.render() ~ ' add column '
          ~ api.Relation.create(identifier=col.name) ~ ' ' ~ col.data_type) -%}
  {%- endfor -%}
  {%- for col in remove_columns or [] -%}
    {%- do run_query(
          'alter ' ~ relation.type ~ ' ' ~ relation.render() ~ ' drop column '
          ~ api.Relation.create(identifier=col.name)) -%}
  {%- endfor -%}
{% endmacro %}

{# The column list of "insert into", in parentheses. #}
{% macro get_column_names() %}
  {%- set names = [] -%}
  {%- for key in model['columns'] -%}
    {%- set col = model['columns'][key] -%}
    {%- do names.append(adapter.quote(col['name']) if col.get('quote') else col['name']) -%}
  {%- endfor -%}
  ({{ names | join(', ') }})
{% endmacro %}
