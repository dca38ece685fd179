{# User-defined functions as DuckDB macros: one statement holds all overloads, so each repeats those before it. #}

{% macro duckdb__scalar_function_sql(target_relation) %}
  {%- if model.config.get('volatility') is not none -%}
    {%- do unsupported_volatility_warning(model.config.get('volatility')) -%}
  {%- endif %}
    CREATE OR REPLACE FUNCTION {{ target_relation.render() }}
  {%- for built in model.get('built_signatures', []) %}
    {{ duckdb__function_signature(built.arguments, built.returns, built.body) }},
  {%- endfor %}
    {{ duckdb__function_signature(model.arguments, model.returns, model.compiled_code) }};
{% endmacro %}

{% macro duckdb__function_signature(arguments, returns, body) -%}
  {%- set declarations = [] -%}
  {%- for argument in arguments -%}
    {%- set default = argument.get('default_value') -%}
    {%- set literal = "'" ~ (default | replace("'", "''")) ~ "'" if default is string else default -%}
    {%- do declarations.append(argument.name ~ ' ' ~ argument.data_type ~ (' := ' ~ literal if default is not none else '')) -%}
  {%- endfor -%}
  ({{ declarations | join(', ') }}) AS (
      cast((
        {{ body }}
      ) as {{ returns.data_type }})
    )
{%- endmacro %}
