{# Data test: stored failures are replaced in one step. #}

{% materialization test, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set relations = [] -%}
  {%- set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}
  {%- set main_sql = get_limit_subquery_sql(sql, config.get('limit')) -%}

  {%- if should_store_failures() -%}
    {%- set target_relation = this.incorporate(type=stored_failures_kind()) -%}
    {% call statement() %}
      {{ snowflake__build_sql(load_cached_relation(this), target_relation, main_sql) }}
    {% endcall %}
    {%- do relations.append(target_relation) -%}
    {#- count what has been stored instead of running the test a second time -#}
    {%- set main_sql = 'select * from ' ~ target_relation -%}
  {%- endif -%}

  {% call statement('main', fetch_result=true) -%}
    {{ sql_header if sql_header }}
    {#- the limit is part of main_sql already -#}
    {{ get_test_sql(main_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
  {%- endcall %}

  {%- do unset_query_tag(original_query_tag) -%}
  {{ return({'relations': relations}) }}
{% endmaterialization %}

{# The result's own description tells the columns of a unit test: nothing is created for it. #}
{% macro snowflake__unit_test_columns(sql) -%}
  {%- set columns = [] -%}
  {%- for col in snowflake__columns_of_query(sql) -%}
    {%- do columns.append(api.Column.from_description(col.name, snowflake__column_type(col))) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}
