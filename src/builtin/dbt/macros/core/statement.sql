{# Sending SQL (or Python) to the warehouse and keeping the answer for load_result(). #}

{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
  {%- if execute -%}
    {%- set body = caller() -%}
    {%- if name == 'main' -%}
      {{ log('Runtime ' ~ language ~ ' of "' ~ model['unique_id'] ~ '" goes to the run folder') }}
      {{ write(body) }}
    {%- endif -%}

    {%- set table = none -%}
    {%- if language == 'sql' -%}
      {%- set response, table = adapter.execute(body, auto_begin=auto_begin, fetch=fetch_result) -%}
    {%- elif language == 'python' -%}
      {%- set response = submit_python_job(model, body) -%}
    {%- else -%}
      {%- do exceptions.raise_compiler_error("statement: unknown language '" ~ language ~ "'") -%}
    {%- endif -%}

    {%- if name is not none -%}
      {{ store_result(name, response=response, agate_table=table) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{# Records a result under `name` without executing the block. #}
{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
  {%- set body = caller() -%}
  {%- if name == 'main' -%}
    {{ log('Runtime sql of "' ~ model['unique_id'] ~ '" goes to the run folder') }}
    {{ write(body) }}
  {%- endif -%}
  {%- if name is not none -%}
    {{ store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) }}
  {%- endif -%}
{%- endmacro %}

{# Runs one query outside of dbt's own transaction handling and hands back its table. #}
{% macro run_query(sql) %}
  {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) -%}
    {{ sql }}
  {%- endcall -%}
  {%- do return(load_result('run_query_statement').table) -%}
{% endmacro %}
