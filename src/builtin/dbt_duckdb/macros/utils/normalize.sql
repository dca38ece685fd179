{# Config values that may be one text or a list of texts. #}

{% macro normalize_string_or_list(raw, field_name) -%}
  {%- if raw is none -%}
    {{ return([]) }}
  {%- elif raw is mapping or raw is not iterable -%}
    {{ exceptions.raise_compiler_error(field_name ~ " must be one string or a list of them") }}
  {%- endif -%}
  {%- set items = [raw] if raw is string else raw | list -%}
  {%- for item in items if item is not string -%}
    {{ exceptions.raise_compiler_error(field_name ~ " list values must be non-empty strings") }}
  {%- endfor -%}
  {{ return(items) }}
{%- endmacro %}
