{# Unit test: run the model on its fixtures and put the expected rows next to the result. #}

{% materialization unit, default %}
  {%- set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}
  {%- set expected_rows = config.get('expected_rows') -%}
  {%- set expected_sql = config.get('expected_sql') -%}
  {%- set compared = expected_rows[0].keys() | list if expected_rows | length > 0 else get_columns_in_query(sql) -%}

  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- for col in unit_test_columns(sql) -%}
    {%- do types.update({col.name | lower: col.data_type}) -%}
    {%- do quoted.update({col.name | lower: col.quoted}) -%}
  {%- endfor -%}

  {%- set compared_quoted = [] -%}
  {%- for name in compared -%}
    {%- do compared_quoted.append(quoted[name | lower]) -%}
  {%- endfor -%}
  {%- if not expected_sql -%}
    {%- set expected_sql = get_expected_sql(expected_rows, types, quoted) -%}
  {%- endif -%}

  {% call statement('main', fetch_result=true) -%}
    {{ sql_header if sql_header }}
    {{ get_unit_test_sql(sql, expected_sql, compared_quoted) }}
  {%- endcall %}

  {{ return({'relations': []}) }}
{% endmaterialization %}

{# The columns of the model's result, with types that a cast can name. #}
{% macro unit_test_columns(sql) -%}
  {{- return(adapter.dispatch('unit_test_columns', 'dbt')(sql)) -}}
{%- endmacro %}

{% macro default__unit_test_columns(sql) %}
  {#- an empty copy of the result tells the columns' types and quoting -#}
  {%- set shape_relation = make_temp_relation(this.incorporate(type='table')) -%}
  {%- do run_query(get_create_table_as_sql(true, shape_relation, get_empty_subquery_sql(sql))) -%}
  {%- set columns = adapter.get_columns_in_relation(shape_relation) -%}
  {%- do adapter.drop_relation(shape_relation) -%}
  {{ return(columns) }}
{% endmacro %}

{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{- return(adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names)) -}}
{%- endmacro %}

{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) %}
    {%- set column_csv = expected_column_names | join(', ') -%}
    {%- set side = adapter.quote('actual_or_expected') %}
    with dbt_internal_unit_test_actual as (
      select {{ column_csv }}, {{ dbt.string_literal('actual') }} as {{ side }}
      from (
        {{ main_sql }}
      ) _dbt_internal_unit_test_actual
    ),
    dbt_internal_unit_test_expected as (
      select {{ column_csv }}, {{ dbt.string_literal('expected') }} as {{ side }}
      from (
        {{ expected_fixture_sql }}
      ) _dbt_internal_unit_test_expected
    )
    select * from dbt_internal_unit_test_actual
    union all
    select * from dbt_internal_unit_test_expected
{%- endmacro %}
