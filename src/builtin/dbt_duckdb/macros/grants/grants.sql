{# DuckDB has no privileges. #}

{% macro duckdb__apply_grants(relation, grant_config, should_revoke=true) %}
  {%- if grant_config -%}
    {{ adapter.warn_once('The grants config has no effect: DuckDB has no privileges') }}
  {%- endif -%}
{% endmacro %}
