{# The whole numbers from 1 to a bound, without a series function: binary digits cross-joined. #}

{% macro get_powers_of_two(upper_bound) -%}
  {{- return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) -}}
{%- endmacro %}

{% macro default__get_powers_of_two(upper_bound) %}
  {%- if upper_bound <= 0 -%}
    {{ exceptions.raise_compiler_error("upper bound must be positive") }}
  {%- endif -%}
  {%- for digits in range(1, 100) if 2 ** digits >= upper_bound -%}
    {{ return(digits) }}
  {%- endfor -%}
{% endmacro %}

{% macro generate_series(upper_bound) -%}
  {{- return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) -}}
{%- endmacro %}

{% macro default__generate_series(upper_bound) %}
    {%- set terms = [] -%}
    {%- set tables = [] -%}
    {%- for digit in range(dbt.get_powers_of_two(upper_bound)) -%}
      {%- do terms.append('p' ~ digit ~ '.bit * power(2, ' ~ digit ~ ')') -%}
      {%- do tables.append('bits as p' ~ digit) -%}
    {%- endfor %}
    with bits as (
      select 0 as bit union all select 1
    ),
    numbers as (
      select {{ terms | join(' + ') }} + 1 as generated_number
      from {{ tables | join(' cross join ') }}
    )
    select * from numbers
    where generated_number <= {{ upper_bound }}
    order by generated_number
{% endmacro %}
