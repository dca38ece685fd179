{# Creating tables and views; layout options (DuckLake) are set on the empty table before the rows come. #}

{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {{- return(adapter.dispatch('create_table_as', 'dbt')(
        temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by)) -}}
{%- endmacro %}

{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
  {%- if language == 'python' -%}
    {{ return(py_write_table(
        temporary=temporary, relation=relation, compiled_code=compiled_code,
        partitioned_by=partitioned_by, sorted_by=sorted_by)) }}
  {%- elif language != 'sql' -%}
    {%- do exceptions.raise_compiler_error("duckdb__create_table_as: models in " ~ language ~ " cannot be built") -%}
  {%- endif -%}

  {%- set sql_header = config.get('sql_header', none) -%}
  {%- set contract_enforced = config.get('contract').enforced -%}
  {%- if contract_enforced -%}
    {{ get_assert_columns_equivalent(compiled_code) }}
  {%- endif -%}
  {%- set layout -%}
    {{ duckdb__alter_table_set_partitioned_by(relation, partitioned_by) if partitioned_by }}
    {{ duckdb__alter_table_set_sorted_by(relation, sorted_by) if sorted_by }}
  {%- endset %}
    {{ sql_header if sql_header is not none }}

    create {{ 'temporary ' if temporary }}table {{ relation.include(database=(not temporary), schema=(not temporary)) }}
  {%- if contract_enforced and not temporary %}
    {#- temporary tables cannot have constraints #}
    {{ get_table_columns_and_constraints() }};
    {{ layout }}
    insert into {{ relation }} {{ get_column_names() }} (
      {{ get_select_subquery(compiled_code) }}
    );
  {%- elif layout | trim %}
    as (
      select * from (
        {{ compiled_code }}
      ) as model_subq
      limit 0
    );
    {{ layout }}
    insert into {{ relation }}
    select * from (
      {{ compiled_code }}
    ) as model_subq;
  {%- else %}
    as (
      {{ compiled_code }}
    );
  {%- endif %}
{%- endmacro %}

{% macro duckdb__create_view_as(relation, sql) -%}
  {%- set sql_header = config.get('sql_header', none) -%}
  {%- if config.get('contract').enforced -%}
    {{ get_assert_columns_equivalent(sql) }}
  {%- endif %}
  {{ sql_header if sql_header is not none }}
  create view {{ relation }} as (
    {{ sql }}
  );
{%- endmacro %}

{# Appended to a Python model: the function that stores the data frame. #}
{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) -%}
{{ compiled_code }}

def materialize(df, con):
    try:
        import pyarrow
    except ImportError:
        pyarrow = None
    if pyarrow is not None and isinstance(df, pyarrow.Table):
        import pyarrow.dataset  # the scan of an arrow table needs it loaded
    frame = '__dbt_python_model_df_' + '{{ relation.identifier }}'
    con.register(frame, df)
    layout = [
        {{ "'" ~ (duckdb__alter_table_set_partitioned_by(relation, partitioned_by) | trim) ~ "'," if partitioned_by }}
        {{ "'" ~ (duckdb__alter_table_set_sorted_by(relation, sorted_by) | trim) ~ "'," if sorted_by }}
    ]
    rows = 'select * from ' + frame
    con.execute('create {{ 'temporary ' if temporary }}table {{ relation }} as ' + rows + (' limit 0' if layout else ''))
    for setting in layout:
        con.execute(setting)
    if layout:
        con.execute('insert into {{ relation }} ' + rows)
    con.unregister(frame)
{% endmacro %}
