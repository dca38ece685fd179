{# Scalar functions in SQL and JavaScript: signature, arguments, volatility, body. #}

{% macro scalar_function_sql(target_relation) -%}
  {{- return(adapter.dispatch('scalar_function_sql', 'dbt')(target_relation)) -}}
{%- endmacro %}

{% macro default__scalar_function_sql(target_relation) %}
    {{ scalar_function_create_replace_signature_sql(target_relation) }}
    {{ scalar_function_body_sql() }};
{% endmacro %}

{% macro scalar_function_create_replace_signature_sql(target_relation) -%}
  {{- return(adapter.dispatch('scalar_function_create_replace_signature_sql', 'dbt')(target_relation)) -}}
{%- endmacro %}

{% macro default__scalar_function_create_replace_signature_sql(target_relation) %}
    CREATE OR REPLACE FUNCTION {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() }})
    RETURNS {{ model.returns.data_type }}
    {{ scalar_function_volatility_sql() }}
    AS
{% endmacro %}

{% macro formatted_scalar_function_args_sql() -%}
  {{- return(adapter.dispatch('formatted_scalar_function_args_sql', 'dbt')()) -}}
{%- endmacro %}

{% macro default__formatted_scalar_function_args_sql() -%}
  {%- set declarations = [] -%}
  {%- for arg in model.arguments -%}
    {%- do declarations.append(arg.name ~ ' ' ~ arg.data_type) -%}
  {%- endfor -%}
  {{ declarations | join(', ') }}
{%- endmacro %}

{% macro formatted_scalar_function_args_javascript() -%}
  {{- return(adapter.dispatch('formatted_scalar_function_args_javascript', 'dbt')()) -}}
{%- endmacro %}

{% macro default__formatted_scalar_function_args_javascript() %}
  {%- do exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no formatted_scalar_function_args_javascript') -%}
{% endmacro %}

{% macro scalar_function_body_sql() -%}
  {{- return(adapter.dispatch('scalar_function_body_sql', 'dbt')()) -}}
{%- endmacro %}

{% macro default__scalar_function_body_sql() %}
    $$
       {{ model.compiled_code }}
    $$ LANGUAGE SQL
{% endmacro %}

{# Without the config the warehouse's own default holds. #}
{% macro scalar_function_volatility_sql() -%}
  {{- return(adapter.dispatch('scalar_function_volatility_sql', 'dbt')()) -}}
{%- endmacro %}

{% macro default__scalar_function_volatility_sql() -%}
  {%- set keywords = {'deterministic': 'IMMUTABLE', 'stable': 'STABLE', 'non-deterministic': 'VOLATILE'} -%}
  {%- set volatility = model.config.get('volatility') -%}
  {%- if volatility in keywords -%}
    {{ keywords[volatility] }}
  {%- elif volatility is not none -%}
    {%- do unsupported_volatility_warning(volatility) -%}
  {%- endif -%}
{%- endmacro %}

{% macro scalar_function_volatility_javascript() -%}
  {{- return(adapter.dispatch('scalar_function_volatility_javascript', 'dbt')()) -}}
{%- endmacro %}

{% macro default__scalar_function_volatility_javascript() %}
  {%- if model.config.get('volatility') is not none -%}
    {%- do exceptions.warn('Adapter ' ~ adapter.type() ~ ' ignores the volatility of JavaScript functions') -%}
  {%- endif -%}
{% endmacro %}

{% macro unsupported_volatility_warning(volatility) -%}
  {{- return(adapter.dispatch('unsupported_volatility_warning', 'dbt')(volatility)) -}}
{%- endmacro %}

{% macro default__unsupported_volatility_warning(volatility) %}
  {%- do exceptions.warn(
        "Found `" ~ volatility ~ "` volatility specified on function `" ~ model.name
        ~ "`, which " ~ adapter.type() ~ " does not know: it has no effect") -%}
{% endmacro %}
