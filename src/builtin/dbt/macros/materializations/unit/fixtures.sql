{# Fixture rows of unit tests as SQL. #}

{# An input's rows: columns that a row does not give are null. #}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
  {%- set types = column_name_to_data_types or {} -%}
  {%- set quoted = {} -%}
  {%- if types -%}
    {%- for name in types -%}
      {%- do quoted.update({name: name}) -%}
    {%- endfor -%}
  {%- else -%}
    {#- the inputs of a test may have been asked for together, where the warehouse can tell of several at once -#}
    {%- set columns = adapter.columns_of_input(this) -%}
    {%- if columns is none -%}
      {#- the deferred relation stands in only when `this` has not been built -#}
      {%- set existing = load_relation(this) -%}
      {%- set model_relation = existing or defer_relation -%}
      {%- if not model_relation -%}
        {{ exceptions.raise_compiler_error(
            "Not able to get columns for unit test '" ~ model.name ~ "' from relation " ~ this
            ~ " because the relation doesn't exist.\nBuild it first: `run --empty --select " ~ model.name
            ~ "`, or give its rows as `format: sql`.") }}
      {%- endif -%}
      {%- set columns = adapter.get_columns_in_relation(model_relation) -%}
    {%- endif -%}
    {%- for col in columns -%}
      {%- do types.update({col.name | lower: col.data_type}) -%}
      {%- do quoted.update({col.name | lower: col.quoted}) -%}
    {%- endfor -%}
  {%- endif -%}

  {{ validate_fixture_rows(rows, none) }}

  {%- set selects = [] -%}
  {%- for row in rows or [{}] -%}
    {%- set given = format_row(row, types) -%}
    {%- set cells = [] -%}
    {%- for name, data_type in types.items() -%}
      {%- set cell = given[name] if name in given else safe_cast('null', data_type) | trim -%}
      {%- do cells.append(cell ~ ' as ' ~ quoted[name]) -%}
    {%- endfor -%}
    {%- do selects.append('select ' ~ (cells | join(', '))) -%}
  {%- endfor %}
-- Fixture for {{ model.name }}
{{ selects | join('\nunion all\n') }}
  {%- if not rows %}
limit 0
  {%- endif -%}
{% endmacro %}

{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
  {%- set selects = [] -%}
  {%- for row in rows -%}
    {%- set cells = [] -%}
    {%- for name, cell in format_row(row, column_name_to_data_types).items() -%}
      {%- do cells.append(cell ~ ' as ' ~ column_name_to_quoted[name]) -%}
    {%- endfor -%}
    {%- do selects.append('select ' ~ (cells | join(', '))) -%}
  {%- endfor -%}
  {%- if selects %}
{{ selects | join('\nunion all\n') }}
  {%- else %}
select * from dbt_internal_unit_test_actual
limit 0
  {%- endif %}
{% endmacro %}

{# One row with lower-case names and values cast to the columns' types. #}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- set cells = {} -%}
  {%- for given_name, value in row.items() -%}
    {%- set name = given_name | lower -%}
    {%- if name not in column_name_to_data_types -%}
      {%- set place = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
      {{ exceptions.raise_compiler_error(
          "Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ place
          ~ ".\nAccepted columns for " ~ place ~ " are: " ~ (column_name_to_data_types.keys() | list)) }}
    {%- endif -%}

    {%- set data_type = column_name_to_data_types[name] -%}
    {%- if value is string -%}
      {#- a length would cut the fixture's text without a word -#}
      {%- set data_type = data_type.split('(')[0] if 'varying' in data_type else data_type -%}
      {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
    {%- else -%}
      {%- set literal = 'null' if value is none else value -%}
    {%- endif -%}
    {%- do cells.update({name: safe_cast(literal, data_type)}) -%}
  {%- endfor -%}
  {{ return(cells) }}
{%- endmacro %}

{% macro validate_fixture_rows(rows, row_number) -%}
  {{- return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) -}}
{%- endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
