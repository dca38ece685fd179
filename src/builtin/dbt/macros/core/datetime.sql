{# Date strings: parsing, inclusive ranges and a sortable timestamp for unique names. #}

{% macro convert_datetime(date_str, date_fmt) %}
  {%- set on_error = "Date '" ~ date_str ~ "' cannot be read with the format '" ~ date_fmt ~ "'" -%}
  {{ return(try_or_compiler_error(on_error, modules.datetime.datetime.strptime, date_str.strip(), date_fmt)) }}
{% endmacro %}

{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt="%Y%m%d", out_fmt="%Y%m%d") %}
  {%- set first_day = convert_datetime(start_date_str, in_fmt) -%}
  {%- set last_day = first_day if end_date_str is none else convert_datetime(end_date_str, in_fmt) -%}
  {%- set span = (last_day - first_day).days -%}
  {%- if span < 0 -%}
    {{ exceptions.raise_compiler_error("Date range runs backwards: " ~ first_day ~ " is later than " ~ last_day, model) }}
  {%- endif -%}

  {%- set result = [] -%}
  {%- for offset in range(span + 1) -%}
    {%- set day = first_day + modules.datetime.timedelta(days=offset) -%}
    {%- do result.append(day.strftime(out_fmt) if out_fmt else day) -%}
  {%- endfor -%}
  {{ return(result) }}
{% endmacro %}

{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') %}
  {%- set ends = (raw_partition_date | string).split(",") -%}
  {%- if ends | length > 2 -%}
    {{ exceptions.raise_compiler_error("Partition range must be 'START' or 'START,END', not: " ~ raw_partition_date) }}
  {%- endif -%}
  {%- set upper_end = ends[1] if ends | length == 2 else none -%}
  {{ return(dates_in_range(ends[0], upper_end, in_fmt=date_fmt)) }}
{% endmacro %}

{% macro py_current_timestring() %}
  {%- do return(modules.datetime.datetime.now().strftime("%Y%m%d%H%M%S%f")) -%}
{% endmacro %}
