{# Creating a table from a query, with the declared columns when the contract is enforced. #}

{% macro get_create_table_as_sql(temporary, relation, sql) -%}
  {{- return(adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql)) -}}
{%- endmacro %}

{% macro default__get_create_table_as_sql(temporary, relation, sql) -%}
  {{- return(create_table_as(temporary, relation, sql)) -}}
{%- endmacro %}

{# The older of the two names, and the one that adapters implement; not all of them take a language. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {%- if language == 'sql' -%}
    {{ return(adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code)) }}
  {%- endif -%}
  {{ return(adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code, language)) }}
{%- endmacro %}

{% macro default__create_table_as(temporary, relation, sql) -%}
  {%- set sql_header = config.get('sql_header', none) -%}
  {%- set with_contract = config.get('contract').enforced and not temporary -%}
  {%- if with_contract -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif %}
  {{ sql_header if sql_header is not none }}
  create {{ 'temporary ' if temporary }}table {{ relation.include(database=(not temporary), schema=(not temporary)) }}
  {%- if with_contract %}
  {{ get_table_columns_and_constraints() }}
  {%- endif %}
  as (
    {{ get_select_subquery(sql) if with_contract else sql }}
  );
{%- endmacro %}

{% macro default__get_column_names() %}
  {%- set names = [] -%}
  {%- for key in model['columns'] -%}
    {%- set col = model['columns'][key] -%}
    {%- do names.append(adapter.quote(col['name']) if col.get('quote') else col['name']) -%}
  {%- endfor -%}
  {{ names | join(', ') }}
{% endmacro %}

{# The query with its columns in the order of the contract. #}
{% macro get_select_subquery(sql) -%}
  {{- return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) -}}
{%- endmacro %}

{% macro default__get_select_subquery(sql) %}
    select {{ adapter.dispatch('get_column_names', 'dbt')() }}
    from (
        {{ sql }}
    ) as model_subq
{%- endmacro %}
