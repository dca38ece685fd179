{# User-defined functions. Arguments of SQL and Python functions are folded as all names are; JavaScript's are quoted. #}

{% macro snowflake__scalar_function_create_replace_signature_sql(target_relation) -%}
  {{- return(snowflake__function_signature(target_relation, 'SQL', formatted_scalar_function_args_sql(), '')) -}}
{%- endmacro %}

{% macro snowflake__scalar_function_create_replace_signature_python(target_relation) -%}
  {{- return(snowflake__function_signature(target_relation, 'PYTHON', formatted_scalar_function_args_sql(), get_function_python_options())) -}}
{%- endmacro %}

{% macro snowflake__scalar_function_create_replace_signature_javascript(target_relation) -%}
  {{- return(snowflake__function_signature(target_relation, 'JAVASCRIPT', formatted_scalar_function_args_javascript(), '')) -}}
{%- endmacro %}

{% macro snowflake__function_signature(target_relation, language, arguments, options) -%}
    create or replace function {{ target_relation.render() }} ({{ arguments | trim }})
    returns {{ model.returns.data_type }}
    language {{ language }}
    {{- snowflake__clauses([scalar_function_volatility_sql(), options]) }}
    as
{%- endmacro %}

{# For each language the macro that the function materialization calls. #}
{% macro snowflake__scalar_function_python(target_relation) -%}
    {{ snowflake__scalar_function_create_replace_signature_python(target_relation) }}
    {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro snowflake__scalar_function_javascript(target_relation) -%}
    {{ snowflake__scalar_function_create_replace_signature_javascript(target_relation) }}
    {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro snowflake__aggregate_function_python(target_relation) -%}
    {{ get_aggregate_function_create_replace_signature(target_relation) }}
    {{ scalar_function_body_sql() }}
{%- endmacro %}

{% macro snowflake__aggregate_function_javascript(target_relation) -%}
  {%- do exceptions.raise_compiler_error("Snowflake has no aggregate functions in JavaScript: write this one in Python") -%}
{%- endmacro %}

{# A body that holds two dollars itself goes into quotes. #}
{% macro snowflake__scalar_function_body_sql() -%}
  {%- set body = model.compiled_code -%}
  {%- if '$$' in body -%}
    {{ return(snowflake__literal(body)) }}
  {%- endif %}
    $$
{{ body }}
    $$
{%- endmacro %}

{% macro snowflake__formatted_scalar_function_args_sql() -%}
  {{- return(snowflake__function_arguments(false)) -}}
{%- endmacro %}

{% macro snowflake__formatted_scalar_function_args_javascript() -%}
  {{- return(snowflake__function_arguments(model.config.get('snowflake', {}).get('quote_args', true))) -}}
{%- endmacro %}

{% macro snowflake__function_arguments(quoted) -%}
  {%- set declarations = [] -%}
  {%- for arg in model.arguments -%}
    {%- set default_value = arg.get('default_value', none) -%}
    {%- do declarations.append(
          (adapter.quote(arg.name) if quoted else arg.name) ~ ' ' ~ arg.data_type
          ~ (' default ' ~ default_value if default_value is not none else '')) -%}
  {%- endfor -%}
  {{ return(declarations | join(', ')) }}
{%- endmacro %}

{# Snowflake has no STABLE. #}
{% macro snowflake__scalar_function_volatility_sql() -%}
  {%- set keywords = {'deterministic': 'immutable', 'non-deterministic': 'volatile'} -%}
  {%- set volatility = model.config.get('volatility') -%}
  {%- if volatility in keywords -%}
    {{ keywords[volatility] }}
  {%- elif volatility is not none -%}
    {%- do unsupported_volatility_warning(volatility) -%}
  {%- endif -%}
{%- endmacro %}
