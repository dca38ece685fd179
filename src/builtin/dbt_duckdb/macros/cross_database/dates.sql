{# DuckDB's form of the date functions. #}

{% macro duckdb__date(year, month, day) -%}
    make_date({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}

{# A number times a literal interval: works for columns too, and for the parts that DuckDB has no literal of. #}
{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) %}
    {%- set factor, unit = {'quarter': [3, 'month'], 'week': [7, 'day']}.get(datepart | lower, [1, datepart | lower]) -%}
    {%- set count = 'cast(' ~ interval ~ ' as bigint)' -%}
    {%- if factor > 1 -%}{%- set count = '(' ~ count ~ ' * ' ~ factor ~ ')' -%}{%- endif %}

    ({{ from_date_or_timestamp }} + {{ count }} * interval 1 {{ unit }})
{%- endmacro %}

{# Weeks begin on Sunday, as on other warehouses: date_diff's begin on Monday. #}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'week' -%}
    ({{ datediff(first_date, second_date, 'day') }} // 7 + case
      when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp)
        then case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
      else case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
    end)
    {%- else %}
        (date_diff('{{ datepart }}', {{ first_date }}::timestamp, {{ second_date }}::timestamp ))
    {% endif -%}
{%- endmacro %}

{% macro duckdb__last_day(date, datepart) -%}
    {%- if datepart == 'quarter' -%}
    {%- set next_quarter = dbt.dateadd('month', '3', dbt.date_trunc(datepart, date)) -%}
    cast(
        {{ dbt.dateadd('day', '-1', next_quarter) }}
        as date)
    {%- else -%}
    {{ dbt.default_last_day(date, datepart) }}
    {%- endif -%}
{%- endmacro %}
