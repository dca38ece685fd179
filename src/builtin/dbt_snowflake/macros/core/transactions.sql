{# Statements that belong together. One statement is atomic by itself and needs no transaction. #}

{# For projects that call it: wraps one or several DML statements. #}
{% macro snowflake_dml_explicit_transaction(dml) -%}
  {%- set wrapped -%}
    begin;
    {{ dml | trim }};
    commit
  {%- endset -%}
  {{ return(wrapped) }}
{%- endmacro %}
