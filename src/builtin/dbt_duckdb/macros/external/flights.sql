{# The name of the MotherDuck job that runs a Python model; override duckdb__flight_name if two would collide. #}

{% macro flight_name(parsed_model) -%}
  {{- return(adapter.dispatch('flight_name', 'dbt')(parsed_model)) -}}
{%- endmacro %}

{% macro default__flight_name(parsed_model) -%}
  {{- return(duckdb__flight_name(parsed_model)) -}}
{%- endmacro %}

{% macro duckdb__flight_name(parsed_model) -%}
  {%- set candidates = [
        'dbt', parsed_model.get('package_name'), parsed_model.get('database'), parsed_model.get('schema'),
        parsed_model.get('alias') or parsed_model.get('name')] -%}
  {{ return(candidates | select | join('-')) }}
{%- endmacro %}
